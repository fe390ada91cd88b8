"""What the sources accept as a prior, and distances of its two metrics."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from likewise.arrays import Array
from likewise.space import Space

Prior = Space | Array | Tensor


def as_space(prior: Prior, metric: str | None) -> Space:
    """A Space of a space, an array or a tensor, compared by ``metric`` where one is given."""
    from dataclasses import replace

    space = Space.of(prior)
    return space if metric is None or metric == space.metric else replace(space, metric=metric)


def squared_distances(scores: Array, metric: str) -> Array:
    """Squared Euclidean distances of search scores: 2 - 2 cos for cosine similarities."""
    return np.maximum(2 - 2 * scores, 0) if metric == "cosine" else scores
