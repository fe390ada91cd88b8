"""A graph compiled for one device: drawing partners and relating a batch, vectorised and without synchronisation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from likewise.graph.lookup import EdgeTable, GroupTable
from likewise.graph.terms import Edges, Groups, Source
from likewise.graph.tree import Node, Sum, Term, Union, Without, attraction_of, edges_of_csr, holds_groups

ROUNDS = 32
"""How often a rejected draw is tried again; a union of two wholly overlapping terms fails once in 2^32."""

Channels = tuple[Tensor | None, Tensor | None]


def fold(node: Node, leaf: Callable[[Term], Channels], dropped: Callable[[Term], Channels] | None = None) -> Channels:
    """(alike, different) of a tree, given each term's (and those of restrictions); None where a channel is empty."""
    if isinstance(node, Union):
        parts = [fold(part, leaf, dropped) for part in node.parts]
        return tuple(_maximum([part[c] for part in parts]) for c in (0, 1))  # type: ignore[return-value]
    if isinstance(node, Sum):
        scaled = [(scale, fold(part, leaf, dropped)) for scale, part in node.parts]
        return tuple(_total([(s, part[c]) for s, part in scaled]) for c in (0, 1))  # type: ignore[return-value]
    if isinstance(node, Without):
        alike, different = fold(node.part, leaf, dropped)
        drop, _ = fold(node.drop, dropped or leaf)
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


def attraction(channels: Channels, vetoes: bool) -> Tensor | None:
    """The effective attraction: alike, and 0 where the pair is known to be different."""
    alike, different = channels
    if alike is None or different is None or not vetoes:
        return alike
    return torch.where(different > 0, 0.0, alike)


class Compiled:
    """The terms of a graph on one device.

    Drawing from edges alone walks one merged table. With groups, a term proposes a partner in proportion to its mass
    and the pair is accepted in proportion to what the whole tree says of it: exact for every union, sum,
    restriction and veto, and no edges of groups are ever spelled out.
    """

    def __init__(
        self, root: Node, self_weight: np.ndarray[tuple[int], np.dtype[np.float32]], vetoes: bool, device: torch.device
    ):
        self.root, self.vetoes, self.device = root, vetoes, device
        self.tables: dict[int, EdgeTable | GroupTable] = {}
        self.self_weight = torch.from_numpy(np.array(self_weight, np.float32)).to(device)
        drawn = root if holds_groups(root) else _merged(root, vetoes)
        self.proposals = list(_proposals(drawn, 1.0))
        self.certain = not holds_groups(root) or _certain(root)
        mass = [self.self_weight] + [scale * self._table(term).mass for scale, term in self.proposals]
        self.reach = torch.stack(mass).double().cumsum(0)  # [1 + proposals, n]: who proposes, in order
        alone = self.reach[-1] <= 0
        self.reach[:, alone] = 1.0  # a row with no mass draws itself

    def _table(self, term: Term) -> EdgeTable | GroupTable:
        if id(term) not in self.tables:
            make = GroupTable.of if isinstance(term, Groups) else EdgeTable.of
            self.tables[id(term)] = make(term, self.device)  # type: ignore[arg-type]
        return self.tables[id(term)]

    def pairs(self, rows: Tensor, cols: Tensor, *, symmetric: bool) -> Channels:
        """Both channels of pairs, elementwise with broadcasting (alike of the edge row -> col, or either way)."""

        def directed(term: Term) -> Channels:
            table = self._table(term)
            if isinstance(table, GroupTable):
                return table.pairs(rows, cols), table.different(rows, cols)
            value = table.pairs(rows, cols)
            return (None, value) if _is_different(term) else (value, None)

        def either(term: Term) -> Channels:
            alike, different = directed(term)
            if isinstance(term, Groups) or alike is None:
                return alike, different
            return torch.maximum(alike, self._table(term).pairs(cols, rows)), different

        return fold(self.root, either if symmetric else directed, either)

    def among(self, rows: Tensor, cols: Tensor) -> Channels:
        """Both channels ``[R, C]`` of all rows with all columns, in either direction."""
        if self.device.type != "cpu":
            return self.pairs(rows[:, None], cols[None, :], symmetric=True)

        def leaf(term: Term) -> Channels:
            table = self._table(term)
            if isinstance(table, GroupTable):
                return table.pairs(rows[:, None], cols[None, :]), table.different(rows[:, None], cols[None, :])
            value = table.block(rows, cols)
            return (None, value) if _is_different(term) else (value, None)

        return fold(self.root, leaf)

    def draw(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        """One partner of each id, in proportion to effective attraction and self weight."""
        if self.certain:
            return self._propose(ids, generator)
        drawn, open_ = ids, torch.ones_like(ids, dtype=torch.bool)
        for _ in range(ROUNDS):
            partner = self._propose(ids, generator)
            accepted = open_ & self._accept(ids, partner, generator)
            drawn, open_ = torch.where(accepted, partner, drawn), open_ & ~accepted
            if self.device.type == "cpu" and not open_.any():
                break
        return drawn

    def _propose(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
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
    """Edges alone as one alike term, vetoed pairs left out; the term itself where nothing needs merging."""
    if isinstance(root, Edges) and not root.different:
        return root
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
    return [] if isinstance(node, Edges) and node.different else [(scale, node)]


def _certain(node: Node) -> bool:
    """Whether every proposal is accepted: no union of two terms, no restriction, nothing known to be different."""
    if isinstance(node, Union):
        return len(node.parts) <= 1 and all(map(_certain, node.parts))
    if isinstance(node, Sum):
        return all(_certain(part) for _, part in node.parts)
    return not isinstance(node, Without) and not _is_different(node)
