"""Terms as tensors of one device: is this pair alike, and draw one that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import as_tensor
from likewise.graph.terms import Edges, Groups


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """Edges on a device.

    Attributes:
        indptr, indices, weights: the compressed rows, as in ``Edges``.
        steps: how often a row must be halved to find an edge in it, the same for all rows: no host synchronisation.
        mass: float32 ``[n]``, the sum of each row's weights.
        cumulative: float32 ``[m]``, running sums within each row (a global sum would lose float32 digits past 2^24);
            None where all weights of a row are equal, so that any edge is as likely.
    """

    indptr: Tensor
    indices: Tensor
    weights: Tensor
    steps: int
    mass: Tensor
    cumulative: Tensor | None

    @classmethod
    def of(cls, edges: Edges, device: torch.device) -> EdgeTable:
        """The table of edges on the device."""
        degree = np.diff(edges.indptr)
        uniform = not edges.count or bool((edges.weights == edges.weights[0]).all())
        cumulative = None if uniform else _row_cumulative(edges)
        if cumulative is None:
            mass = degree.astype(np.float32) * (edges.weights[0] if edges.count else 0)
        else:
            last = np.maximum(edges.indptr[1:] - 1, 0)
            mass = np.where(degree > 0, cumulative[last], 0).astype(np.float32)
        tensors = [as_tensor(a, device) for a in (edges.indptr, edges.indices, edges.weights, mass)]
        steps = int(degree.max(initial=0)).bit_length()
        table = None if cumulative is None else as_tensor(cumulative, device)
        return cls(tensors[0], tensors[1], tensors[2], steps, tensors[3], table)

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
        low, end = self.indptr[rows], self.indptr[rows + 1]
        if self.cumulative is None:
            at = torch.minimum(low + (u * (end - low)).long(), end - 1)
        else:
            target, high = u * self.mass[rows].double(), end - 1
            for _ in range(self.steps):
                middle = (low + high) // 2
                less = (self.cumulative[middle.clamp(min=0)] <= target) & (low < high)
                low, high = torch.where(less, middle + 1, low), torch.where(less, high, middle)
            at = low
        return self.indices[at.clamp(0, max(len(self.indices) - 1, 0))].long() if len(self.indices) else rows

    def block(self, rows: Tensor, cols: Tensor) -> Tensor:
        """float32 ``[R, C]``: the weights in either direction, by walking the rows' edges (the CPU's route)."""
        out = torch.zeros(len(rows), len(cols))
        row, col, weight = self._hits(rows, cols)
        out[row, col] = weight
        if rows is cols:
            row, col = col, row
        else:
            col, row, weight = self._hits(cols, rows)
        out[row, col] = torch.maximum(out[row, col], weight)
        return out

    def _hits(self, rows: Tensor, cols: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Positions (in rows, in cols) and weights of the edges from rows to cols; repeated ids hit repeatedly."""
        start = self.indptr[rows]
        degree = self.indptr[rows + 1] - start
        row = torch.repeat_interleave(degree)
        edge = torch.arange(len(row)) + (start - (degree.cumsum(0) - degree))[row]
        target = self.indices[edge].long()
        ordered, place = cols.sort()
        first = torch.searchsorted(ordered, target)
        found = ordered[first.clamp(max=len(cols) - 1)] == target
        row, first, target, weight = row[found], first[found], target[found], self.weights[edge[found]]
        count = torch.searchsorted(ordered, target, right=True) - first
        again = torch.repeat_interleave(count)
        offset = torch.arange(len(again)) - (count.cumsum(0) - count)[again]
        return row[again], place[first[again] + offset], weight[again]


def _row_cumulative(edges: Edges) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Running sums within each row, from sums in float64 over blocks of rows so that memory stays small."""
    out = np.empty(edges.count, np.float32)
    rows = 1 << 16
    for first in range(0, edges.n, rows):
        bounds = edges.indptr[first : min(first + rows, edges.n) + 1]
        part = np.cumsum(edges.weights[bounds[0] : bounds[-1]], dtype=np.float64)
        degree = np.diff(bounds)
        before = np.r_[0.0, part][bounds[:-1] - bounds[0]]
        out[bounds[0] : bounds[-1]] = part - np.repeat(before, degree)
    return out


@dataclass(frozen=True, eq=False)
class GroupTable:
    """Groups on a device: the samples in order of their code, so that a group is a slice.

    Attributes:
        codes: int64 ``[n]``. order: int64 ``[members]``, sample ids by code. place: int64 ``[n]``, where each sample
        stands in its group. start, size: int64 ``[codes + 1]``, each group's slice (a last, empty one for code -1).
        apart: int64 ``[p]``, sorted ``low * codes + high`` of the pairs of codes known to be different.
    """

    codes: Tensor
    order: Tensor
    place: Tensor
    start: Tensor
    size: Tensor
    apart: Tensor
    mass: Tensor
    weight: float

    @classmethod
    def of(cls, groups: Groups, device: torch.device) -> GroupTable:
        """The table of groups on the device."""
        order = np.argsort(groups.codes, kind="stable")
        order = order[np.searchsorted(groups.codes[order], 0) :]
        size = np.r_[groups.sizes(), 0].astype(np.int64)
        start = np.r_[0, np.cumsum(size[:-1])].astype(np.int64)
        place = np.zeros(groups.n, np.int64)
        place[order] = np.arange(len(order)) - start[groups.codes[order]]
        mass = np.where(groups.codes >= 0, (size[groups.codes] - 1) * groups.weight, 0).astype(np.float32)
        pairs = np.sort(groups.apart, axis=1).astype(np.int64)
        apart = np.unique(pairs[:, 0] * len(size) + pairs[:, 1])
        arrays = (groups.codes.astype(np.int64), order.astype(np.int64), place, start, size, apart, mass)
        tensors = [as_tensor(array, device) for array in arrays]
        codes, members, places, starts, sizes, differences, masses = tensors
        return cls(codes, members, places, starts, sizes, differences, masses, groups.weight)

    def pairs(self, rows: Tensor, cols: Tensor) -> Tensor:
        """float32: ``weight`` where the codes agree, elementwise with broadcasting; never for a sample and itself."""
        a, b = self.codes[rows], self.codes[cols]
        return ((a == b) & (a >= 0) & (rows != cols)) * self.weight

    def different(self, rows: Tensor, cols: Tensor) -> Tensor | None:
        """float32: 1 where the codes are known to be different; None where no codes are."""
        if not len(self.apart):
            return None
        a, b = self.codes[rows], self.codes[cols]
        pair = torch.minimum(a, b) * len(self.size) + torch.maximum(a, b)
        at = torch.searchsorted(self.apart, pair.contiguous()).clamp(max=len(self.apart) - 1)
        return ((self.apart[at] == pair) & (torch.minimum(a, b) >= 0)).float()

    def draw(self, rows: Tensor, u: Tensor) -> Tensor:
        """Another member of each row's group, each as likely, from u uniform in [0, 1); rows must have company."""
        code = self.codes[rows]
        others = (self.size[code] - 1).clamp(min=1)
        at = torch.minimum((u * others).long(), others - 1)
        at = at + (at >= self.place[rows])
        return self.order[(self.start[code] + at).clamp(max=max(len(self.order) - 1, 0))] if len(self.order) else rows
