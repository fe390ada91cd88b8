"""What the prior space says of who may be alike: nodes of a few samples each, joined to their near neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from likewise.arrays import Array, FloatArray
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator
from likewise.search import nearest
from likewise.space import Space

NODES = 10_000
"""Up to so many samples each is a node of its own; of more, so many groups are made."""
SCALE = 4
"""Which neighbour is at the distance that counts as near."""
LLOYD = 3
"""Rounds of k-means."""


class Affinities:
    """Nodes and a symmetric sparse matrix of how near they are.

    An affinity of neighbours is ``exp(-d^2 / (s_i s_j))`` with s the distance to the fourth of them (self-tuning,
    Zelnik-Manor and Perona 2004), divided by the square roots of both degrees.

    Attributes:
        x: float32 ``[n, d]``, rows whose Euclidean distance is the metric.
        node: int64 ``[n]``, the node of each sample.
        centers: float32 ``[m, d]``.
        weight: float32 ``[m]``, samples in each node.
        kernel: scipy CSR ``[n, n]``, the affinities of samples to their neighbours.
        matrix: scipy CSR ``[m, m]``, those of nodes, normalised.
    """

    def __init__(self, space: Space, *, k: int = 10, nodes: int = NODES, seed: int = 0) -> None:
        if space.n < 2:
            raise LikewiseError(f"questions are about two samples: the space has {space.n}.")
        self.x: FloatArray = space.normalized if space.metric == "cosine" else space.array.astype(np.float32)
        self.kernel: Any = _kernel(self.x, max(1, min(k, space.n // 4)))  # so that few samples are not all neighbours
        if space.n <= nodes:
            self.node, self.centers = np.arange(space.n), self.x.copy()
        else:
            self.node, self.centers = _groups(self.x, nodes, seed)
        self._sums: Any = self.kernel
        self._collect()

    @property
    def m(self) -> int:
        """The number of nodes."""
        return len(self.centers)

    def members(self, node: int) -> Array:
        """The samples of a node, the nearest to its centre first."""
        inside = np.flatnonzero(self.node == node)
        return inside[np.argsort(((self.x[inside] - self.centers[node]) ** 2).sum(1), kind="stable")]

    def distances(self, node: int) -> FloatArray:
        """Squared distances ``[m]`` of all nodes to one."""
        gap = self._squares - 2 * (self.centers @ self.centers[node]) + self._squares[node]
        return np.asarray(np.maximum(gap, 0), np.float32)

    def split(self, node: int, stays: int, leaves: int) -> int:
        """Part a node in two around two of its samples; the new node holds ``leaves``."""
        inside = np.flatnonzero(self.node == node)
        to_stay, to_leave = (((self.x[inside] - self.x[i]) ** 2).sum(1) for i in (stays, leaves))
        gone = inside[to_leave < to_stay]
        self.node[gone] = self.m
        self.centers = np.vstack([self.centers, self.x[gone].mean(0)])
        self.centers[node] = self.x[self.node == node].mean(0)
        self._sums = self._parted(node, self.m - 1)
        self._normalize()
        return self.m - 1

    def _parted(self, node: int, new: int) -> Any:
        """The sums of affinities with the rows and columns of two nodes made anew."""
        from scipy.sparse import coo_matrix

        old = self._sums.tocoo()
        keep = (old.row != node) & (old.col != node)
        row, col, value = [old.row[keep]], [old.col[keep]], [old.data[keep]]
        for one in (node, new):
            near = self.kernel[np.flatnonzero(self.node == one)]
            sums = np.bincount(self.node[near.indices], near.data, new + 1)
            sums[one] = 0
            ends = np.flatnonzero(sums)
            once = ends if one == node else ends[ends != node]  # the affinity of the two halves comes only once
            here = np.full(len(once), one)
            row, col = [*row, here, once], [*col, once, here]
            value += [sums[once], sums[once]]
        where = (np.concatenate(row), np.concatenate(col))
        return coo_matrix((np.concatenate(value), where), shape=(new + 1, new + 1)).tocsr()

    def _collect(self) -> None:
        """Sum the affinities of samples by node."""
        from scipy.sparse import csr_matrix, diags

        if self.m < len(self.node):
            belongs = csr_matrix((np.ones(len(self.node), np.float32), (np.arange(len(self.node)), self.node)))
            sums = (belongs.T @ self.kernel @ belongs).tocsr()
            self._sums = (sums - diags(sums.diagonal())).tocsr()
            self._sums.eliminate_zeros()
        self._normalize()

    def _normalize(self) -> None:
        from scipy.sparse import csr_matrix

        self.weight: FloatArray = np.bincount(self.node, minlength=self.m).astype(np.float32)
        self._squares: FloatArray = (self.centers**2).sum(1)
        root = 1 / np.sqrt(np.maximum(np.asarray(self._sums.sum(1)).ravel(), 1e-12))
        sums = self._sums
        value = sums.data * root[sums.indices] * np.repeat(root, np.diff(sums.indptr))
        self.matrix: Any = csr_matrix((value.astype(np.float32), sums.indices, sums.indptr), shape=sums.shape)


def _kernel(x: FloatArray, k: int) -> Any:
    """The self-tuning kernel of k neighbours, symmetric."""
    from scipy.sparse import csr_matrix

    found = nearest(x, k=k, metric="euclidean")
    squared = found.scores.astype(np.float64)
    positive = squared[squared > 0]
    floor = 1e-6 * float(np.median(positive)) if len(positive) else 1.0
    scale = np.sqrt(np.maximum(squared[:, min(k, SCALE) - 1], floor))
    value = np.exp(-squared / (scale[:, None] * scale[found.ids]))
    indptr = np.arange(0, value.size + 1, k)
    matrix = csr_matrix((value.ravel(), found.ids.ravel(), indptr), shape=(len(x), len(x)))
    return matrix.maximum(matrix.T)


def _groups(x: FloatArray, count: int, seed: int) -> tuple[Array, FloatArray]:
    """A few rounds of k-means from random samples: many small groups, none empty."""
    centers = torch.from_numpy(x[numpy_generator(seed, "groups").permutation(len(x))[:count]])
    rows = torch.from_numpy(np.ascontiguousarray(x))
    for last in [False] * LLOYD + [True]:
        half = (centers**2).sum(1) / 2
        group = torch.cat([(block @ centers.T - half).argmax(1) for block in rows.split(1 << 12)])
        used, group = torch.unique(group, return_inverse=True)
        if last:
            break
        total = torch.zeros(len(used), rows.shape[1]).index_add_(0, group, rows)
        centers = total / torch.bincount(group)[:, None]
    return group.numpy(), centers[used].numpy()
