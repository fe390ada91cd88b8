"""Nearest neighbours inside of one group, or in other groups than one's own: within a plate, on other plates."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError
from likewise.graph.terms import value_codes
from likewise.search import nearest
from likewise.space import Space

WIDER = 4
"""Rows that have not found enough in other groups look so many times further."""


def group_codes(column: Any, n: int, what: str) -> Array:
    """int64 ``[n]`` codes of a column, -1 where it has no value.

    Raises:
        LikewiseError: there is not one value a sample.
    """
    values = as_numpy(column)
    if values.shape != (n,):
        raise LikewiseError(f"{what} needs one value for each of the {n:,} rows, got shape {list(values.shape)}.")
    return value_codes(values)[1]


def nearest_within(place: Space, k: int, codes: Array, engine: str) -> tuple[Array, Array]:
    """Ids ``[n, k]`` of the nearest of the own group, -1 where there are none, and their scores."""
    ids, scores = _empty(place.n, k)
    order = np.argsort(codes, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        if codes[members[0]] < 0 or len(members) < 2:
            continue
        some = min(k, len(members) - 1)
        found = nearest(place.array[members], k=some, metric=place.metric, engine=engine)
        ids[members, :some], scores[members, :some] = members[found.ids], found.scores
    return ids, scores


def nearest_across(place: Space, k: int, codes: Array, engine: str) -> tuple[Array, Array]:
    """The same of all other groups: the k nearest of everybody are sought, and more where these are of one's own."""
    ids, scores = _empty(place.n, k)
    known = np.flatnonzero(codes >= 0)
    left, reach = known, min(len(known), WIDER * k + 1)
    while len(left):
        found = nearest(place.array[left], place.array[known], k=reach, metric=place.metric, engine=engine)
        near = known[found.ids]
        other = codes[near] != codes[left][:, None]
        rank = np.cumsum(other, 1)
        row, column = np.nonzero(other & (rank <= k))
        ids[left[row], rank[row, column] - 1] = near[row, column]
        scores[left[row], rank[row, column] - 1] = found.scores[row, column]
        left = left[rank[:, -1] < k] if reach < len(known) else left[:0]
        reach = min(len(known), WIDER * reach)
    return ids, scores


def _empty(n: int, k: int) -> tuple[Array, Array]:
    return np.full((n, k), -1, np.int64), np.zeros((n, k), np.float32)
