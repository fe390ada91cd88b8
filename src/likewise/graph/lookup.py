"""Terms as tensors of one device: is this pair alike, and draw one that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, FloatArray, as_tensor
from likewise.graph.terms import ROWS_AT_ONCE, Edges, Groups


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """Edges on a device.

    Attributes:
        indptr, indices, weights: the compressed rows, as in ``Edges``.
        steps: how often a row must be halved to find an edge in it, the same for all rows: no host synchronisation.
        mass: float64 ``[n]``, the sum of each row's weights; not on the device, which may lack float64.
        cumulative: float32 ``[m]``, running sums within each row as a share of its mass (a global sum would lose
            float32 digits past 2^24); None where all weights are equal, so that any edge is as likely.
    """

    indptr: Tensor
    indices: Tensor
    weights: Tensor
    steps: int
    mass: Array
    cumulative: Tensor | None

    @classmethod
    def of(cls, edges: Edges, device: torch.device) -> EdgeTable:
        """The table of edges on the device."""
        degree = np.diff(edges.indptr)
        if not edges.count or (edges.weights == edges.weights[0]).all():
            cumulative, mass = None, degree * float(edges.weights[0] if edges.count else 0)
        else:
            shares, mass = _running_shares(edges)
            cumulative = as_tensor(shares, device)
        indptr, indices, weights = (as_tensor(array, device) for array in (edges.indptr, edges.indices, edges.weights))
        return cls(indptr, indices, weights, int(degree.max(initial=0)).bit_length(), mass, cumulative)

    def pairs(self, rows: Tensor, cols: Tensor) -> Tensor:
        """float32: the weight of each edge row -> col, elementwise with broadcasting; 0 where there is none."""
        if not len(self.indices):
            return torch.zeros((), device=rows.device).expand(torch.broadcast_shapes(rows.shape, cols.shape))
        low, end = self.indptr[rows], self.indptr[rows + 1]
        shape = torch.broadcast_shapes(rows.shape, cols.shape)
        low, end = low.expand(shape), end.expand(shape)
        high, last = end, len(self.indices) - 1
        for _ in range(self.steps):
            middle = (low + high) // 2
            less = (self.indices[middle.clamp(max=last)] < cols) & (low < high)
            low, high = torch.where(less, middle + 1, low), torch.where(less, high, middle)
        at = low.clamp(max=last)
        return torch.where((low < end) & (self.indices[at] == cols), self.weights[at], 0.0)

    def draw(self, rows: Tensor, u: Tensor) -> Tensor:
        """One neighbour of each row, in proportion to weight, from u uniform in [0, 1); rows must have edges."""
        if not len(self.indices):
            return rows
        low, end = self.indptr[rows], self.indptr[rows + 1]
        if self.cumulative is None:
            at = torch.minimum(low + (u * (end - low)).long(), end - 1)
        else:
            at, high = low, end - 1
            for _ in range(self.steps):
                middle = (at + high) // 2
                less = (self.cumulative[middle.clamp(min=0)] <= u) & (at < high)
                at, high = torch.where(less, middle + 1, at), torch.where(less, high, middle)
        return self.indices[at.clamp(0, len(self.indices) - 1)].long()

    def block(self, rows: Tensor, cols: Tensor, *, symmetric: bool) -> Tensor:
        """float32 ``[R, C]``: the weights of row -> col, or either way, by walking the edges (the CPU's route)."""
        out = torch.zeros(len(rows), len(cols))
        row, col, weight = self._hits(rows, cols)
        out[row, col] = weight
        if symmetric:
            col, row, weight = (row, col, weight) if rows is cols else self._hits(cols, rows)
            out[row, col] = torch.maximum(out[row, col], weight)
        return out

    def _hits(self, rows: Tensor, cols: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Positions (in rows, in cols) and weights of the edges from rows to cols; repeated ids hit repeatedly."""
        if not len(cols):
            cols = rows.new_full((1,), -1)  # nobody
        start = self.indptr[rows]
        degree = self.indptr[rows + 1] - start
        row = torch.repeat_interleave(degree)
        edge = torch.arange(len(row)) + (start - (degree.cumsum(0) - degree))[row]
        target = self.indices[edge]
        # few targets stand in a column: a table of the columns' last 16 bits spares nearly all others the search
        seen = torch.zeros(1 << 16, dtype=torch.bool)
        seen[cols & 0xFFFF] = True
        maybe = seen[target & 0xFFFF]
        row, edge, target = row[maybe], edge[maybe], target[maybe].long()
        ordered, place = cols.sort()
        first = torch.searchsorted(ordered, target)
        found = ordered[first.clamp(max=len(cols) - 1)] == target
        row, first, target, weight = row[found], first[found], target[found], self.weights[edge[found]]
        count = torch.searchsorted(ordered, target, right=True) - first
        again = torch.repeat_interleave(count)
        offset = torch.arange(len(again)) - (count.cumsum(0) - count)[again]
        return row[again], place[first[again] + offset], weight[again]


def _running_shares(edges: Edges) -> tuple[FloatArray, Array]:
    """float32 ``[m]`` running sums within each row as shares of its mass, and float64 ``[n]``, the masses.

    Rows are divided by their largest weight first: one row of large weights must not round another's away.
    """
    shares, mass = np.empty(edges.count, np.float32), np.zeros(edges.n)
    for first in range(0, edges.n, ROWS_AT_ONCE):
        bounds = edges.indptr[first : first + ROWS_AT_ONCE + 1]
        degree = np.diff(bounds)
        filled, degree = np.flatnonzero(degree), degree[degree > 0]
        if not len(filled):
            continue
        begin, weights = bounds[filled] - bounds[0], edges.weights[bounds[0] : bounds[-1]].astype(np.float64)
        largest = np.maximum.reduceat(weights, begin)
        running = np.r_[0.0, np.cumsum(weights / np.repeat(largest, degree))]
        before, total = running[begin], running[begin + degree] - running[begin]
        part = (running[1:] - np.repeat(before, degree)) / np.repeat(total, degree)
        shares[bounds[0] : bounds[-1]] = part
        mass[first + filled] = largest * total
    return shares, mass


@dataclass(frozen=True, eq=False)
class GroupTable:
    """Groups on a device: the samples in order of their code, so that a group is a slice.

    Attributes:
        codes: int32 ``[n]``. order: int32 ``[members]``, sample ids by code. place: int32 ``[n]``, where each sample
            stands in its group.
        start, size: int64 ``[codes + 1]``, each group's slice (a last, empty one for code -1).
        apart: int64 ``[p]``, sorted ``low * (codes + 1) + high`` of the pairs of codes known to be different.
        mass: float64 ``[n]``, the sum of the weights to the others of the group; not on the device.
        weight: how alike two samples of a group are.
    """

    codes: Tensor
    order: Tensor
    place: Tensor
    start: Tensor
    size: Tensor
    apart: Tensor
    mass: Array
    weight: float

    @classmethod
    def of(cls, groups: Groups, device: torch.device) -> GroupTable:
        """The table of groups on the device."""
        order = np.argsort(groups.codes, kind="stable").astype(np.int32)
        order = order[np.count_nonzero(groups.codes < 0) :]
        size = np.r_[groups.sizes(), 0].astype(np.int64)
        start = np.r_[0, np.cumsum(size[:-1])].astype(np.int64)
        place = np.zeros(groups.n, np.int32)
        place[order] = np.arange(len(order)) - np.repeat(start, size)
        mass = np.where(groups.codes >= 0, (size[groups.codes] - 1) * groups.weight, 0.0)
        pairs = np.sort(groups.apart, axis=1).astype(np.int64)
        apart = np.unique(pairs[:, 0] * len(size) + pairs[:, 1])
        codes, members, places, starts, sizes, differences = (
            as_tensor(array, device) for array in (groups.codes, order, place, start, size, apart)
        )
        return cls(codes, members, places, starts, sizes, differences, mass, groups.weight)

    def pairs(self, rows: Tensor, cols: Tensor) -> Tensor:
        """float32: ``weight`` where the codes agree, elementwise with broadcasting; never for a sample and itself."""
        a, b = self.codes[rows], self.codes[cols]
        a = torch.where(a < 0, -2, a)  # whoever is in no group is like nobody
        return ((a == b) & (rows != cols)) * self.weight

    def different(self, rows: Tensor, cols: Tensor) -> Tensor | None:
        """float32: 1 where the codes are known to be different; None where no codes are."""
        if not len(self.apart):
            return None
        a, b = self.codes[rows].long(), self.codes[cols]
        pair = torch.minimum(a, b) * len(self.size) + torch.maximum(a, b)
        at = torch.searchsorted(self.apart, pair.contiguous()).clamp(max=len(self.apart) - 1)
        return ((self.apart[at] == pair) & (torch.minimum(a, b) >= 0)).float()

    def draw(self, rows: Tensor, u: Tensor) -> Tensor:
        """Another member of each row's group, each as likely, from u uniform in [0, 1); rows must have company."""
        if not len(self.order):
            return rows
        code = self.codes[rows]
        others = self.size[code] - 1
        at = torch.minimum((u * others).long(), others - 1)
        at = at + (at >= self.place[rows])
        return self.order[(self.start[code] + at).clamp(0, len(self.order) - 1)].long()
