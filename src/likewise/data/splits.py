"""Cutting n samples into random parts: stratified, and with groups kept whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.missing import missing_in
from likewise.randomness import numpy_generator


def sizes_of(sizes: float | Sequence[float], n: int) -> list[int]:
    """Counts of shares or counts; a single share or count leaves the rest as a second part.

    >>> sizes_of(0.8, 10), sizes_of([0.5, 0.25], 10), sizes_of([3, 4], 10)
    ([8, 2], [5, 3], [3, 4])
    """
    given = [sizes] if isinstance(sizes, int | float) else list(sizes)
    shares = any(isinstance(size, float) for size in given)
    if not given or min(given) <= 0 or sum(given) > (1 + 1e-9 if shares else n):
        total = "shares that sum to at most 1" if shares else f"counts that sum to at most {n}"
        raise LikewiseError(f"sizes must be positive {total}, got {sizes}.")
    edges = np.rint(np.cumsum(given) * (n if shares else 1) + (1e-9 if shares else 0)).astype(int)
    counts = np.diff(edges, prepend=0).tolist()
    counts += [n - counts[0]] if isinstance(sizes, int | float) else []
    if min(counts) == 0:
        raise LikewiseError(f"sizes {sizes} of {n} samples leave a part empty.")
    return [int(count) for count in counts]


def cut(n: int, counts: Sequence[int], strata: Array | None, groups: Array | None, seed: int) -> list[Array]:
    """int64 ids of each part, sorted.

    Systematic sampling: every unit (a sample, or a group) gets a random place in (0, 1) that is even within its
    stratum; units in the order of their places are cut where the counts say. Every stretch of that order holds each
    stratum in proportion, and without groups the counts are met exactly.

    Raises:
        LikewiseError: there are fewer groups than parts, or groups too large to give each part one.
    """
    unit = np.arange(n) if groups is None else _units(groups)
    weight = np.bincount(unit)
    stratum = np.zeros(len(weight), dtype=np.int64) if strata is None else _majority(unit, strata)
    random = numpy_generator("split", seed)
    order = random.permutation(len(weight))
    order = order[np.argsort(stratum[order], kind="stable")]
    size = np.bincount(stratum)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    place = (rank + random.random(len(order))) / np.repeat(size, size)
    order = order[np.argsort(place, kind="stable")]
    filled = np.concatenate([[0], np.cumsum(weight[order])])
    edges = [int(np.abs(filled - edge).argmin()) for edge in np.cumsum([0, *counts])]
    if min(np.diff(edges)) == 0:
        raise LikewiseError(f"{len(weight)} groups cannot fill parts of {list(counts)} samples: a part stays empty.")
    parts = np.full(len(weight), -1)
    for part, (start, stop) in enumerate(pairwise(edges)):
        parts[order[start:stop]] = part
    return [np.flatnonzero(parts[unit] == part) for part in range(len(counts))]


def _units(groups: Array) -> Array:
    """The number of each sample's group; a sample whose group is missing is one of its own."""
    gone = missing_in(groups)
    code = np.empty(len(groups), np.int64)
    code[~gone] = np.unique(groups[~gone], return_inverse=True)[1].reshape(-1)
    code[gone] = len(np.unique(code[~gone])) + np.arange(int(gone.sum()))
    return code


def _majority(unit: Array, strata: Array) -> Array:
    """The commonest stratum of each unit."""
    code = np.unique(strata, return_inverse=True)[1].reshape(-1)
    pairs, count = np.unique(np.stack([unit, code]), axis=1, return_counts=True)
    order = np.lexsort((count, pairs[0]))
    last = np.append(np.diff(pairs[0][order]) > 0, True)
    return np.asarray(pairs[1][order][last])
