"""What the sources read off a space: neighbours without blank rows, and distances of its two metrics."""

from __future__ import annotations

import warnings

import numpy as np

from likewise.arrays import Array, BoolArray
from likewise.errors import LikewiseError
from likewise.space import Space


def directed_rows(place: Space) -> BoolArray:
    """Which rows ``[n]`` can be near any other: those that are not blank.

    Raises:
        LikewiseError: no row can.
    """
    if place.blank.all():
        raise LikewiseError(f"all rows of the space {place.name!r} are zeros: nothing in it is near anything.")
    return ~place.blank


def without_blanks(place: Space, ids: Array) -> Array:
    """A table of neighbours ``[n, k]`` less those of rows without a direction (-1), after saying how many these are.

    Their similarity to everybody is 0: whoever had the lowest numbers would be near to them.

    Raises:
        LikewiseError: no row has a direction.
    """
    blank = ~directed_rows(place)
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
