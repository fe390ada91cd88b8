"""What a prior space says of a pair: its distance, its rank, and how dense the space is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator
from likewise.space import Space

LOCAL = 10
"""Density is read off the distance to this neighbour."""
REFERENCES = 64
"""How many samples the pseudo-observations of near and far pairs are taken from."""
NUMBERS = 1 << 24
"""Distances held at a time: 128 MiB."""


@dataclass(frozen=True, eq=False)
class PairFeatures:
    """Features of pairs, each an array of one shape; both orders of a pair have the same.

    Attributes:
        distance: Euclidean; with the cosine metric that of the normalised vectors, sqrt(2 - 2 cos).
        rank: the smaller of the two ranks, 1 for a nearest neighbour.
        density: minus the mean log distance of the two samples to their tenth neighbour.
    """

    distance: Array
    rank: Array
    density: Array

    def __len__(self) -> int:
        return len(self.distance)

    def __getitem__(self, rows: Array | slice) -> PairFeatures:
        return PairFeatures(self.distance[rows], self.rank[rows], self.density[rows])

    @property
    def table(self) -> Array:
        """float64 ``[m, 3]``: distance, log rank, density."""
        return np.stack([self.distance.ravel(), np.log(self.rank).ravel(), self.density.ravel()], axis=1)

    @classmethod
    def join(cls, parts: list[PairFeatures]) -> PairFeatures:
        """The pairs of all parts, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def pair_features(space: Space, pairs: Array) -> PairFeatures:
    """Features of pairs ``[m, 2]``; costs the distances of all samples to each one that occurs.

    Raises:
        LikewiseError: a sample that does not exist, a pair of one sample, not ``[m, 2]``.
    """
    ends = as_ids(pairs, len(space.array), "samples of pairs")
    if ends.size and (ends.ndim != 2 or ends.shape[1] != 2):
        raise LikewiseError(f"pairs have the shape [m, 2], got {list(ends.shape)}.")
    a, b = ends.reshape(-1, 2).T
    if (a == b).any():
        raise LikewiseError(f"sample {a[np.argmax(a == b)]} cannot be compared with itself: a pair is two samples.")
    x = _rows(space)
    samples, where = np.unique(np.concatenate([a, b]), return_inverse=True)
    order = np.argsort(where, kind="stable")
    starts = np.searchsorted(where[order], np.arange(len(samples) + 1))
    others, scale = np.concatenate([b, a]), np.empty(len(samples))
    rank = np.empty(2 * len(a))
    for first, block in _distances(x, samples):
        for at, row in enumerate(block, first):
            mine = order[starts[at] : starts[at + 1]]
            row[samples[at]] = np.inf
            rank[mine] = [1 + np.count_nonzero(row < row[other]) for other in others[mine]]
            scale[at] = np.partition(row, min(LOCAL, len(x) - 1) - 1)[min(LOCAL, len(x) - 1) - 1]
    sides = _log(scale)[where].reshape(2, -1)
    distance = np.linalg.norm(x[a].astype(np.float64) - x[b], axis=1)
    return PairFeatures(distance, np.minimum(*rank.reshape(2, -1)), -sides.mean(0))


def neighbor_features(ids: Array, distance: Array) -> PairFeatures:
    """Features ``[n, k]`` of the pairs of a table of nearest neighbours ``[n, k]``, nearest first, and its distances.

    Raises:
        LikewiseError: fewer than ten neighbours, unless these are all the other samples.
    """
    n, k = ids.shape
    local = min(LOCAL, n - 1)
    if k < local:
        raise LikewiseError(f"density needs {local} neighbours of each sample, the table has {k}.")
    rank = np.broadcast_to(np.arange(1, k + 1), ids.shape)
    key = np.arange(n)[:, None] * n + ids.astype(np.int64)
    back = (ids.astype(np.int64) * n + np.arange(n)[:, None]).ravel()
    order = np.argsort(key, axis=None)
    at = np.minimum(np.searchsorted(key.ravel(), back, sorter=order), key.size - 1)
    found = key.ravel()[order[at]] == back
    other = np.where(found, rank.ravel()[order[at]], k + 1).reshape(ids.shape)
    scale = _log(distance[:, local - 1].astype(np.float64))
    return PairFeatures(distance.astype(np.float64), np.minimum(rank, other), -(scale[:, None] + scale[ids]) / 2)


def reference_pairs(space: Space) -> tuple[Array, Array]:
    """Pairs ``[m, 2]`` of what the space says is nearest, and as many of random samples: what it says is far."""
    x = _rows(space)
    random = numpy_generator(0, "reference pairs")
    anchors = np.sort(random.permutation(len(x))[:REFERENCES])
    nearest = np.empty(len(anchors), np.int64)
    for first, block in _distances(x, anchors):
        block[np.arange(len(block)), anchors[first : first + len(block)]] = np.inf
        nearest[first : first + len(block)] = block.argmin(1)
    others = random.integers(0, len(x) - 1, len(anchors))
    return np.stack([anchors, nearest], 1), np.stack([anchors, others + (others >= anchors)], 1)


def _rows(space: Space) -> Array:
    """The rows to compare, float32 and centred, so that little is lost in products."""
    if space.n < 2:
        raise LikewiseError("a calibration needs a space of at least two samples.")
    centred: Array = space.compared - space.compared.mean(0)
    return centred


def _distances(x: Array, samples: Array) -> Iterator[tuple[int, Array]]:
    """Distances ``[block, n]`` of the samples to all, with where each block begins."""
    squares = np.einsum("nd,nd->n", x, x).astype(np.float64)
    step = max(1, NUMBERS // len(x))
    for first in range(0, len(samples), step):
        chosen = samples[first : first + step]
        block = squares[chosen, None] + squares - 2.0 * (x[chosen] @ x.T)
        yield first, np.sqrt(np.maximum(block, 0))


def _log(scale: Array) -> Array:
    """Logarithms of distances; duplicates count as a thousandth of the usual distance."""
    positive = scale[scale > 0]
    return np.log(np.maximum(scale, 1e-3 * float(np.median(positive)) if len(positive) else 1.0))
