"""The affinity graph of the prior space: nodes of a few samples each, joined to their near neighbours."""

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
"""Up to so many samples each is a node of its own; more are grouped into so many by k-means."""
SCALE = 4
"""The neighbour whose distance is the local scale."""
LLOYD = 3
"""Rounds of k-means."""


class AffinityGraph:
    """Nodes and a symmetric sparse matrix of how near they are.

    An affinity of neighbours is ``exp(-d^2 / (s_i s_j))`` with s the distance to the fourth of them (self-tuning,
    Zelnik-Manor and Perona 2004), divided by the square roots of both degrees.

    Attributes:
        x: float32 ``[n, d]``, rows whose Euclidean distance is the metric.
        node: int64 ``[n]``, the node of each sample.
        centers: float32 ``[m, d]``.
        weight: float32 ``[m]``, samples in each node.
        kernel: scipy CSR ``[n, n]``, the affinities of samples to their neighbours.
        sums: scipy CSR ``[m, m]``, their sums by node, without those within a node.
        root: float32 ``[m]``, one over the square root of the sums of each row.
    """

    def __init__(self, space: Space, *, k: int = 10, nodes: int = NODES, seed: int = 0) -> None:
        if space.n < 2:
            raise LikewiseError(f"questions are about two samples: the space has {space.n}.")
        self.x: FloatArray = space.compared
        self.kernel: Any = _kernel(self.x, max(1, min(k, space.n // 4)))  # so that few samples are not all neighbours
        if space.n <= nodes:
            self.node, self.centers = np.arange(space.n), self.x.copy()
        else:
            self.node, self.centers = _groups(self.x, nodes, seed)
        self.weight: FloatArray = np.bincount(self.node).astype(np.float32)
        self._squares: FloatArray = (self.centers**2).sum(1)
        self.sums: Any = self._summed()
        self.root = _root(np.asarray(self.sums.sum(1)).ravel())

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

    def step(self, mass: FloatArray) -> FloatArray:
        """Where mass ``[m]`` comes to lie after one step of a walk: the normalised affinities times mass."""
        return np.asarray(self.root * (self.sums @ (self.root * mass)), np.float32)

    def neighbors(self, node: int) -> tuple[Array, FloatArray]:
        """The nodes next to one, and their normalised affinities to it."""
        row = slice(*self.sums.indptr[node : node + 2])
        near = self.sums.indices[row]
        return near, self.root[node] * self.sums.data[row] * self.root[near]

    def single_out(self, sample: int) -> int:
        """The node of this sample alone; it leaves the others of its node, if there are any, for a new one."""
        old, new = int(self.node[sample]), self.m
        if self.weight[old] == 1:
            return old
        mine = self.kernel[[sample]]
        near, where = np.unique(self.node[mine.indices].astype(self.sums.indices.dtype), return_inverse=True)
        affinity = np.bincount(where, mine.data).astype(np.float32)
        self._take_from(old, near, affinity)
        self._append(near, affinity)
        self.node[sample] = new
        self.weight = np.append(self.weight, np.float32(1))
        self.weight[old] -= 1
        self.centers = np.vstack([self.centers, self.x[sample]])
        self.centers[old] = self.x[self.node == old].mean(0)
        self._squares = np.append(self._squares, np.float32(0))
        self._squares[[old, new]] = (self.centers[[old, new]] ** 2).sum(1)
        changed = np.append(near, [old, new])
        self.root = np.append(self.root, np.float32(0))
        self.root[changed] = _root(np.asarray(self.sums[changed].sum(1)).ravel())
        return new

    def _take_from(self, node: int, near: Array, affinity: FloatArray) -> None:
        """Take what one sample of a node added to its affinities away from them."""
        sums, others = self.sums, near != node  # affinities within a node are in no sum
        for other, value in zip(near[others].tolist(), affinity[others].tolist(), strict=True):
            for row, col in ((node, other), (other, node)):
                begin, end = sums.indptr[row : row + 2]
                at = begin + np.searchsorted(sums.indices[begin:end], col)
                sums.data[at] = max(sums.data[at] - value, 0)

    def _append(self, near: Array, affinity: FloatArray) -> None:
        """A new node, the last one, with affinities to others."""
        from scipy.sparse import csr_matrix

        sums, new = self.sums, self.m
        ends = sums.indptr[near + 1]
        data = np.append(np.insert(sums.data, ends, affinity), affinity)
        indices = np.append(np.insert(sums.indices, ends, new), near)  # a row ends with the last node
        length = np.append(np.diff(sums.indptr), len(near))
        length[near] += 1
        indptr = np.append(0, np.cumsum(length))
        self.sums = csr_matrix((data, indices, indptr), shape=(new + 1, new + 1))

    def _summed(self) -> Any:
        """The affinities of samples, summed by node."""
        from scipy.sparse import csr_matrix, diags

        if self.m == len(self.node):
            return self.kernel.astype(np.float32)
        belongs = csr_matrix((np.ones(len(self.node), np.float32), (np.arange(len(self.node)), self.node)))
        sums = (belongs.T @ self.kernel @ belongs).tocsr()
        sums = (sums - diags(sums.diagonal())).tocsr().astype(np.float32)
        sums.eliminate_zeros()
        sums.sort_indices()
        return sums


def _root(total: Array) -> FloatArray:
    return np.asarray(1 / np.sqrt(np.maximum(total, 1e-12)), np.float32)


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
