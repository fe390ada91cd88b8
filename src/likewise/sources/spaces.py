"""What the sources accept as a prior, and distances of its two metrics."""

from __future__ import annotations

import warnings

import numpy as np
from torch import Tensor

from likewise.arrays import Array, BoolArray
from likewise.errors import LikewiseError
from likewise.space import Space

Prior = Space | Array | Tensor


def as_space(prior: Prior, metric: str | None) -> Space:
    """A Space of a space, an array or a tensor, compared by ``metric`` where one is given."""
    from dataclasses import replace

    space = Space.of(prior)
    return space if metric is None or metric == space.metric else replace(space, metric=metric)


def blank_rows(place: Space) -> BoolArray:
    """Which rows ``[n]`` are zeros, where the metric compares directions: they have none.

    Raises:
        LikewiseError: all of them are.
    """
    blank = np.zeros(place.n, bool) if place.metric != "cosine" else (place.array == 0).all(1)
    if blank.all():
        raise LikewiseError(f"all rows of the space {place.name!r} are zeros: nothing in it is near anything.")
    return blank


def without_blanks(place: Space, ids: Array) -> Array:
    """A table of neighbours ``[n, k]`` less those of rows without a direction (-1), after saying how many these are.

    Their similarity to everybody is 0: whoever had the lowest numbers would be near to them.
    """
    blank = blank_rows(place)
    if not blank.any():
        return ids
    warnings.warn(
        f"{blank.sum():,} of {place.n:,} rows of the space {place.name!r} are zeros, which by the angles that it "
        "compares are alike nothing: they get no neighbours.",
        stacklevel=3,
    )
    return np.where(blank[:, None] | blank[ids], -1, ids)


def squared_distances(scores: Array, metric: str) -> Array:
    """Squared Euclidean distances of search scores: 2 - 2 cos for cosine similarities."""
    return np.maximum(2 - 2 * scores, 0) if metric == "cosine" else scores
