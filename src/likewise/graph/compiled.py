"""A graph compiled for one device: drawing partners and relating a batch, vectorised and without synchronisation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import FloatArray, as_tensor
from likewise.graph.lookup import EdgeTable, GroupTable
from likewise.graph.matrices import attraction_of, edges_of_csr
from likewise.graph.terms import Edges, Groups, Source, Term
from likewise.graph.tree import Mixture, Node, Sum, Union, Without, drawn_parts, holds_differences, terms_of

ROUNDS = 32
"""How often a rejected draw is tried again; a union of two wholly overlapping terms is left over once in 2^32."""

SPELLED_OUT = 4_000_000
"""Groups that stand for fewer pairs are spelled out as edges where draws from them would have to be rejected."""

CELLS = 1 << 24
"""Rows that are left over after all rounds are drawn from whole, so many pairs at a time."""

RELATED = 1 << 22
"""So many pairs of a batch are related at a time on an accelerator, each taking some fifty bytes meanwhile."""

Channels = tuple[Tensor | None, Tensor | None]


def fold(node: Node, leaf: Callable[[Term], Channels], dropped: Callable[[Term], Channels]) -> Channels:
    """(alike, different) of a tree, given each term's (and those of restrictions); None where a channel is empty."""
    if isinstance(node, Union):
        parts = [fold(part, leaf, dropped) for part in node.parts]
        return _maximum([alike for alike, _ in parts]), _maximum([different for _, different in parts])
    if isinstance(node, Sum):
        scaled = [(scale, *fold(part, leaf, dropped)) for scale, part in node.parts]
        return _total([(scale, alike) for scale, alike, _ in scaled]), _total(
            [(scale, apart) for scale, _, apart in scaled]
        )
    if isinstance(node, Without):
        alike, different = fold(node.part, leaf, dropped)
        drop, _ = fold(node.drop, dropped, dropped)
        return (alike if alike is None or drop is None else torch.where(drop > 0, 0.0, alike)), different
    return leaf(node)


def _maximum(values: list[Tensor | None]) -> Tensor | None:
    out = None
    for value in values:
        if value is not None:
            out = value if out is None else torch.maximum(out, value)
    return out


def _total(values: list[tuple[float, Tensor | None]]) -> Tensor | None:
    out = None
    for scale, value in values:
        if value is not None:
            out = scale * value if out is None else out + scale * value
    return out


def _joined(blocks: list[Tensor | None]) -> Tensor | None:
    """Blocks of rows as one; a channel that is empty is so in all of them."""
    present = [block for block in blocks if block is not None]
    return torch.cat(present) if present else None


def attraction(channels: Channels, vetoes: bool) -> Tensor | None:
    """The effective attraction: alike, and 0 where the pair is known to be different."""
    alike, different = channels
    if alike is None or different is None or not vetoes:
        return alike
    return torch.where(different > 0, 0.0, alike)


class Compiled:
    """The terms of a graph on one device.

    A single term, or a sum of terms, is drawn from directly. Where terms overlap, or where a restriction or a veto
    takes pairs away, they are merged into one table of edges; groups too large for that propose a partner in
    proportion to their mass, and the pair is accepted in proportion to what the whole tree says of it. Both are exact
    for every union, sum, restriction and veto.
    """

    def __init__(
        self,
        root: Node,
        self_weight: FloatArray,
        vetoes: bool,
        device: torch.device,
        tables: dict[int, EdgeTable | GroupTable] | None = None,
    ):
        self.root, self.self_weight, self.vetoes, self.device = root, self_weight, vetoes, device
        self.tables = {} if tables is None else tables
        self.added = _holds(root, Sum)
        grouped = sum(term.pair_count() for term in terms_of(root) if isinstance(term, Groups))
        self.merged = not _certain(root, vetoes) and grouped <= SPELLED_OUT
        self.certain = self.merged or _certain(root, vetoes)
        self.bounded = self.certain or not (_holds(root, Without) or (vetoes and holds_differences(root)))

    @cached_property
    def parts(self) -> list[tuple[float, Compiled]]:
        """(share, part) of a mixture, whose terms are on the device once; nothing for any other tree."""
        if not isinstance(self.root, Mixture):
            return []
        parts = drawn_parts(self.root, self.self_weight)
        return [(share, Compiled(node, own, self.vetoes, self.device, self.tables)) for share, node, own in parts]

    @cached_property
    def proposals(self) -> list[tuple[float, Term]]:
        """The terms that propose partners, and how much each counts."""
        return _proposals(_merged(self.root, self.vetoes) if self.merged else self.root, 1.0)

    @cached_property
    def reach(self) -> Tensor:
        """float64 ``[1 + proposals, n]``: who proposes, in order. Made when something is first drawn: a batch is
        related to itself on devices that lack float64, too, and where the training is, nothing is drawn.
        """
        mass = [self.self_weight.astype(np.float64)] + [
            scale * self._table(term).mass for scale, term in self.proposals
        ]
        reach = np.cumsum(mass, axis=0)
        reach[:, reach[-1] <= 0] = 1.0  # a row with no mass draws itself
        return as_tensor(reach, self.device)

    def _table(self, term: Term) -> EdgeTable | GroupTable:
        if id(term) not in self.tables:
            self.tables[id(term)] = (
                GroupTable.of(term, self.device) if isinstance(term, Groups) else EdgeTable.of(term, self.device)
            )
        return self.tables[id(term)]

    def pairs(self, rows: Tensor, cols: Tensor, *, symmetric: bool) -> Channels:
        """Both channels of pairs, elementwise with broadcasting (alike of the edge row -> col, or either way)."""

        def one_way(term: Term) -> Channels:
            table = self._table(term)
            if isinstance(table, GroupTable):
                return table.pairs(rows, cols), table.different(rows, cols)
            value = table.pairs(rows, cols)
            return (None, value) if _is_different(term) else (value, None)

        def either_way(term: Term) -> Channels:
            alike, different = one_way(term)
            if isinstance(term, Groups) or alike is None:
                return alike, different
            return torch.maximum(alike, self._table(term).pairs(cols, rows)), different

        alike, different = fold(self.root, one_way, either_way)
        if symmetric:
            alike = _maximum([alike, self.pairs(cols, rows, symmetric=False)[0]])
        return alike, different

    def among(self, rows: Tensor, cols: Tensor) -> Channels:
        """Both channels ``[R, C]`` of all rows with all columns, in either direction."""
        if self.device.type != "cpu":
            blocks = rows[:, None].split(max(1, RELATED // max(1, len(cols))))
            found = [self.pairs(block, cols, symmetric=True) for block in blocks]
            return _joined([alike for alike, _ in found]), _joined([different for _, different in found])
        if not self.added:  # without sums, either direction of the whole is either direction of each term
            return self._blocks(rows, cols, symmetric=True)
        alike, different = self._blocks(rows, cols, symmetric=False)
        back = alike if rows is cols else self._blocks(cols, rows, symmetric=False)[0]
        return _maximum([alike, None if back is None else back.T]), different

    def relate(self, rows: Tensor, cols: Tensor) -> Channels:
        """Effective attraction and difference ``[R, C]`` of all rows with all columns, in either direction."""
        channels = self.among(rows, cols)
        return attraction(channels, self.vetoes), channels[1]

    def _blocks(self, rows: Tensor, cols: Tensor, *, symmetric: bool) -> Channels:
        def leaf(term: Term, symmetric: bool = symmetric) -> Channels:
            table = self._table(term)
            if isinstance(table, GroupTable):
                return table.pairs(rows[:, None], cols[None, :]), table.different(rows[:, None], cols[None, :])
            value = table.block(rows, cols, symmetric=symmetric)
            return (None, value) if _is_different(term) else (value, None)

        return fold(self.root, leaf, lambda term: leaf(term, True))

    def draw(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        """One partner of each id, in proportion to effective attraction and self weight; of a mixture, of a part."""
        if self.parts:
            return self._draw_from_parts(ids, generator)
        if self.certain:
            return self._propose(ids, generator)
        drawn, open_ = ids, torch.ones_like(ids, dtype=torch.bool)
        for _ in range(ROUNDS * max(1, len(self.proposals) - 1)):
            partner = self._propose(ids, generator)
            accepted = open_ & self._accept(ids, partner, generator)
            drawn, open_ = torch.where(accepted, partner, drawn), open_ & ~accepted
            if self.device.type == "cpu" and not open_.any():
                return drawn
        if self.bounded:  # k overlapping terms accept at least one proposal in k, so that nobody is left over
            return drawn
        drawn[open_] = self._draw_from_whole_rows(ids[open_], generator)
        return drawn

    def _draw_from_parts(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        u = torch.rand(ids.shape, generator=generator, device=ids.device)
        drawn, total = ids, 0.0
        for share, part in self.parts:
            partner = part.draw(ids, generator)
            drawn, total = torch.where(u >= total, partner, drawn), total + share
        return drawn

    def _draw_from_whole_rows(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        """Draws for ids whose proposals are nearly all taken away: from all n pairs of each, so exact but slow."""
        n = self.reach.shape[1]
        everyone, drawn = torch.arange(n, device=ids.device), ids.clone()
        for first in range(0, len(ids), max(1, CELLS // n)):
            rows = ids[first : first + max(1, CELLS // n), None]
            mass = attraction(self.pairs(rows, everyone, symmetric=False), self.vetoes)
            if mass is None:
                continue
            reach = mass.double().scatter(1, rows, self.reach[0][rows]).cumsum(1)
            u = torch.rand(rows.shape, generator=generator, device=ids.device, dtype=torch.float64) * reach[:, -1:]
            at = torch.searchsorted(reach, u, right=True)
            drawn[first : first + len(rows)] = torch.where(reach[:, -1:] > 0, at.clamp(max=n - 1), rows)[:, 0]
        return drawn

    def _propose(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        if not self.proposals:
            return ids.clone()
        reach = self.reach[:, ids]
        u = torch.rand(ids.shape, generator=generator, device=ids.device, dtype=torch.float64) * reach[-1]
        drawn = ids
        for at, (_, term) in enumerate(self.proposals):
            low, high = reach[at], reach[at + 1]
            inside = (u >= low) & (u < high)
            share = ((u - low) / (high - low).clamp(min=1e-300)).clamp(0, 1 - 1e-12)
            drawn = torch.where(inside, self._table(term).draw(ids, share), drawn)
        return drawn

    def _accept(self, ids: Tensor, partner: Tensor, generator: torch.Generator | None) -> Tensor:
        value = attraction(self.pairs(ids, partner, symmetric=False), self.vetoes)
        offered = _total([(scale, self._table(term).pairs(ids, partner)) for scale, term in self.proposals])
        if value is None or offered is None:
            return torch.ones_like(ids, dtype=torch.bool)
        u = torch.rand(ids.shape, generator=generator, device=ids.device)
        return (partner == ids) | (u * offered < value)


def _merged(root: Node, vetoes: bool) -> Node:
    """The effective attraction as one term of edges."""
    matrix = attraction_of(root, vetoes)
    return Union() if matrix is None else edges_of_csr(matrix, Source("merged"))


def _is_different(term: Term) -> bool:
    return bool(len(term.apart)) if isinstance(term, Groups) else term.different


def _proposals(node: Node, scale: float) -> list[tuple[float, Term]]:
    if isinstance(node, Union):
        return [proposal for part in node.parts for proposal in _proposals(part, scale)]
    if isinstance(node, Sum):
        return [proposal for factor, part in node.parts for proposal in _proposals(part, scale * factor)]
    if isinstance(node, Without):
        return _proposals(node.part, scale)
    silent = node.weight <= 0 if isinstance(node, Groups) else node.different
    return [] if silent else [(scale, node)]


def _certain(node: Node, vetoes: bool) -> bool:
    """Whether every proposal would be accepted: no union of two terms, no restriction, no veto."""
    if isinstance(node, Union):
        return len(node.parts) <= 1 and all(_certain(part, vetoes) for part in node.parts)
    if isinstance(node, Sum):
        return all(_certain(part, vetoes) for _, part in node.parts) and not (vetoes and holds_differences(node))
    return isinstance(node, Edges | Groups) and not (vetoes and holds_differences(node))


def _holds(node: Node, kind: type[Sum | Without]) -> bool:
    """Whether anything in the tree adds up (Sum), or takes pairs away (Without)."""
    if isinstance(node, kind):
        return True
    if isinstance(node, Union):
        return any(_holds(part, kind) for part in node.parts)
    if isinstance(node, Sum):
        return any(_holds(part, kind) for _, part in node.parts)
    return isinstance(node, Without) and _holds(node.part, kind)
