"""The similarity graph: a short list of terms that say who is alike, who is different, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, FloatArray, Ids, as_ids, as_tensor
from likewise.errors import LikewiseError
from likewise.graph import operations, tree
from likewise.graph.compiled import Compiled, attraction
from likewise.graph.keys import Keys
from likewise.graph.terms import Edges, Groups, Source, edges_from_arrays, groups_from_values
from likewise.relation import Relation

if TYPE_CHECKING:
    from likewise.graph.closure import Closure
    from likewise.graph.diagnosis import Diagnosis


@dataclass(frozen=True, eq=False, repr=False)
class SimilarityGraph:
    """Who is alike and who is different among n samples.

    Build one with ``none``, ``from_edges``, ``from_scipy``, ``from_labels``, ``from_table`` or a source
    (``lw.neighbors``, ``lw.band``, ``lw.labels``, ``lw.same``, ``lw.pairs``); combine them with ``|`` (maximum),
    ``&`` (minimum), ``-`` (where the other does not say alike), ``+`` and ``*`` (matrices) and ``mix`` (draws).

    Attributes:
        root: the terms and how they combine.
        self_weight: float32 ``[n]``, the weight with which a sample is drawn as its own partner.
        keys: the samples' stable names, or None where samples are known by position alone.
        vetoes: whether a pair known to be different attracts nobody, whatever else says that it is alike.
        mixture: for a ``mix``, the (probability, graph) that draws come from; the root is then their union.
    """

    root: tree.Node
    self_weight: FloatArray
    keys: Keys | None = None
    vetoes: bool = True
    mixture: tuple[tuple[float, SimilarityGraph], ...] = ()
    _compiled: dict[torch.device, Compiled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.keys is not None and len(self.keys) != self.n:
            raise LikewiseError(f"the graph has {self.n} samples, but {len(self.keys)} keys were given.")

    # -- making ------------------------------------------------------------------------------------------------

    @classmethod
    def none(cls, n: int, keys: Keys | None = None) -> SimilarityGraph:
        """The empty graph: every sample is alike itself and nothing else, as in SSL by augmentation alone."""
        if n < 1:
            raise LikewiseError(f"a graph needs at least one sample, got n = {n}.")
        return cls(tree.Union(), np.ones(n, np.float32), keys)

    @classmethod
    def of_term(cls, term: Edges | Groups, *, self_weight: float = 1.0, keys: Keys | None = None) -> SimilarityGraph:
        """The graph of one term."""
        empty = cls.none(term.n, keys)
        return replace(empty, root=term, self_weight=np.full(term.n, self_weight, np.float32))

    @classmethod
    def from_edges(
        cls, n: int, rows: Any, cols: Any, weights: Any = None, *, different: bool = False, keys: Keys | None = None
    ) -> SimilarityGraph:
        """The graph of directed edges row -> col; duplicates keep the largest weight, self-pairs fall away.

        With ``different`` the pairs are known differences and count in both directions.

        >>> g = SimilarityGraph.from_edges(3, [0, 1], [1, 2])
        >>> g.draw(torch.tensor([2])).tolist()
        [2]
        """
        source = Source("edges", {"different": True} if different else {})
        cls.none(n)
        return cls.of_term(edges_from_arrays(n, rows, cols, weights, source=source, different=different), keys=keys)

    @classmethod
    def from_scipy(cls, matrix: Any, *, keys: Keys | None = None) -> SimilarityGraph:
        """The graph of a scipy sparse matrix ``[n, n]``: positive entries are alike, negative ones different."""
        if matrix.shape[0] != matrix.shape[1]:
            raise LikewiseError(f"a similarity graph needs a square matrix, got {matrix.shape}.")
        coo, n = matrix.tocoo(), matrix.shape[0]
        alike = coo.data > 0
        graph = cls.from_edges(n, coo.row[alike], coo.col[alike], coo.data[alike], keys=keys)
        if (coo.data >= 0).all():
            return graph
        negative = coo.data < 0
        return graph | cls.from_edges(n, coo.row[negative], coo.col[negative], -coo.data[negative], different=True)

    @classmethod
    def from_labels(cls, labels: Any, *, unlabelled: Any = -1, keys: Keys | None = None) -> SimilarityGraph:
        """The graph of labels: samples of one class are alike; NaN, None and ``unlabelled`` are in no class."""
        groups = groups_from_values(labels, source=Source("labels"), missing=unlabelled)
        return cls.of_term(groups, keys=keys)

    # -- looking -----------------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.self_weight)

    @property
    def terms(self) -> tuple[Edges | Groups, ...]:
        """The terms, in the order in which they joined."""
        return tuple(tree.terms_of(self.root))

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        parts = []
        for term in self.terms:
            if isinstance(term, Groups):
                parts.append(f"{term.source}: {len(term.sizes()):,} groups, {term.pair_count() // 2:,} pairs")
            else:
                parts.append(f"{term.source}: {term.count:,} {'different ' if term.different else ''}edges")
        how = f", mix of {len(self.mixture)}" if self.mixture else ""
        return f"SimilarityGraph({self.n:,} samples{how}; {'; '.join(parts) or 'no terms'})"

    def explain(self, i: int, j: int) -> list[tuple[Source, float, float]]:
        """What each term says of one pair: (source, alike, different), only terms that say something."""
        rows, cols = as_ids([i], self.n), as_ids([j], self.n)
        out = []
        for term in self.terms:
            alike, different = (float(tree.alike_pairs(term, rows, cols, different=d)[0]) for d in (False, True))
            if alike or different:
                out.append((term.source, alike, different))
        return out

    def diagnose(self, labels: Any = None, *, seed: int = 0) -> Diagnosis:
        """Degrees, isolated samples, hubs, components and, with labels, purity and coverage; print it to read it."""
        from likewise.graph.diagnosis import diagnose

        return diagnose(self, labels, seed=seed)

    # -- combining ---------------------------------------------------------------------------------------------

    def _with(self, other: SimilarityGraph, root: tree.Node, self_weight: Array) -> SimilarityGraph:
        for graph in (self, other):
            if graph.mixture:
                raise LikewiseError(
                    "a mix says how to draw, not who is alike: combine the graphs first, mix them last."
                )
        return SimilarityGraph(
            root, self_weight.astype(np.float32), operations.shared_keys(self, other), self.vetoes and other.vetoes
        )

    def __or__(self, other: SimilarityGraph) -> SimilarityGraph:
        return self._with(other, tree.union(self.root, other.root), np.maximum(self.self_weight, other.self_weight))

    def __and__(self, other: SimilarityGraph) -> SimilarityGraph:
        operations.shared_keys(self, other)
        root = tree.intersection(self.root, other.root)
        return self._with(other, root, np.minimum(self.self_weight, other.self_weight))

    def __sub__(self, other: SimilarityGraph) -> SimilarityGraph:
        operations.shared_keys(self, other)
        return self._with(other, tree.difference(self.root, other.root), self.self_weight)

    def __add__(self, other: SimilarityGraph) -> SimilarityGraph:
        root = tree.Sum(((1.0, self.root), (1.0, other.root)))
        return self._with(other, root, self.self_weight + other.self_weight)

    def __mul__(self, scale: float) -> SimilarityGraph:
        if not (np.isfinite(scale) and scale >= 0):
            raise LikewiseError(f"a graph is scaled by a finite number of at least 0, got {scale}.")
        return self._with(self, tree.Sum(((float(scale), self.root),)), self.self_weight * scale)

    __rmul__ = __mul__

    def with_keys(self, keys: Keys | None) -> SimilarityGraph:
        """The same graph over samples of these names."""
        return replace(self, keys=keys, _compiled={})

    def with_veto(self, vetoes: bool) -> SimilarityGraph:
        """The same graph, with the veto of known differences switched on or off."""
        return replace(self, vetoes=vetoes, _compiled={})

    def symmetric(self) -> SimilarityGraph:
        """Alike in either direction is alike in both; groups are so already."""
        return operations.change_edges(self, "symmetric", operations.symmetric_edges)

    def mutual(self) -> SimilarityGraph:
        """Only edges that stand in both directions, with the smaller weight."""
        return operations.change_edges(self, "mutual", operations.mutual_edges)

    def cap_in_degree(self, limit: int) -> SimilarityGraph:
        """Each sample is a neighbour of at most ``limit`` others, the strongest first: against hubs."""
        return operations.change_edges(self, "cap_in_degree", operations.capped_edges, limit=limit)

    def khop(self, hops: int, *, decay: float = 1.0, limit: int = tree.PAIR_LIMIT) -> SimilarityGraph:
        """Alike is whoever is reached in at most ``hops`` edges; hop h adds pairs of weight ``decay ** (h - 1)``."""
        return operations.change_edges(self, "khop", operations.khop_edges, hops=hops, decay=decay, limit=limit)

    def to_edges(self, limit: int = tree.PAIR_LIMIT) -> SimilarityGraph:
        """The same graph with groups and sums spelled out as edges; refuses above ``limit`` pairs."""
        source = Source("to_edges", parents=tuple(term.source for term in self.terms))
        return replace(self, root=tree.union(*tree.materialise(self.root, source, limit)), _compiled={})

    def to_scipy(self, limit: int = tree.PAIR_LIMIT) -> Any:
        """The effective attraction as a directed scipy CSR matrix, without the self weights."""
        return operations.attraction_matrix(self, limit)

    def closure(self) -> Closure:
        """Must-links spread within components, cannot-links between them, contradictions reported."""
        from likewise.graph.closure import close

        return close(self)

    def subset(self, ids: Ids) -> SimilarityGraph:
        """The graph among these samples alone, renumbered in their order."""
        return operations.reindexed(self, as_ids(ids, self.n))

    def align(self, samples: Any) -> SimilarityGraph:
        """The graph renumbered for samples (or keys) that were re-ordered, grew or shrank; new ones are isolated."""
        return operations.aligned(self, samples)

    # -- using -------------------------------------------------------------------------------------------------

    def compiled(self, device: torch.device | str = "cpu") -> Compiled:
        """The terms as tensors of a device, made once."""
        device = torch.device(device)
        if device not in self._compiled:
            self._compiled[device] = Compiled(self.root, self.self_weight, self.vetoes, device)
        return self._compiled[device]

    def draw(self, ids: Ids, generator: torch.Generator | None = None) -> Tensor:
        """A partner for each id, in proportion to effective attraction and self weight; int64, of the ids' shape.

        A sample without any mass draws itself. On an accelerator nothing is synchronised; there the ids are trusted.
        """
        rows = ids.long() if isinstance(ids, Tensor) else as_tensor(as_ids(ids, self.n))
        if rows.device.type == "cpu":
            as_ids(rows, self.n)
        if not self.mixture:
            return self.compiled(rows.device).draw(rows, generator)
        u = torch.rand(rows.shape, generator=generator, device=rows.device)
        drawn, total = rows, 0.0
        for probability, graph in self.mixture:
            partner = graph.draw(rows, generator)
            drawn = torch.where((u >= total) & (u < total + probability), partner, drawn)
            total += probability
        return drawn

    def among(self, rows: Ids, cols: Ids) -> tuple[Tensor, Tensor]:
        """(alike, different), float32 ``[R, C]`` each, of all rows with all columns, in either direction.

        Raw channels, before the veto. A sample is neither alike nor different from itself here.
        """
        rows, cols = as_tensor(rows).long(), as_tensor(cols).long()
        alike, different = self.compiled(rows.device).among(rows, cols)
        empty = torch.zeros(len(rows), len(cols), device=rows.device)
        return (empty if alike is None else alike), (empty if different is None else different)

    def relation(self, ids: Tensor, queue_ids: Tensor | None = None, *, star: bool = False) -> Relation:
        """The relation of a batch of ids ``[V, B]`` (row 0 the anchors) with itself and a queue ``[M]``."""
        views, batch = ids.shape
        rows = ids.reshape(-1)
        cols = rows if queue_ids is None else torch.cat([rows, queue_ids])
        same = rows[:, None] == cols[None, :]
        bound = Relation.bind(views, batch, len(cols) - len(rows), star=star, device=ids.device)
        channels = self.compiled(ids.device).among(rows, cols)
        attract = attraction(channels, self.vetoes)
        return Relation(bound, same, attract, channels[1], views)

    # -- keeping -----------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the graph as a folder (see ``likewise.graph.storage`` for the format); replaces a graph at once."""
        from likewise.graph.storage import save

        return save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, samples: Any = None) -> SimilarityGraph:
        """Read a graph, memory-mapped; with samples, refuse one that does not fit them."""
        from likewise.graph.storage import load

        return load(Path(path), samples)


def mix(g: SimilarityGraph, h: SimilarityGraph, share: float) -> SimilarityGraph:
    """Draw from h's row with probability ``share``, else from g's: a mixture of transitions, not of matrices.

    With 5 neighbours and 5,000 same-label partners, ``0.9 * g + 0.1 * h`` draws a label partner 99 % of the time;
    ``mix(g, h, 0.1)`` does so 10 % of the time. ``mix(none(n), g, p)`` is SPPS (arXiv 2306.16122) at equal steps.
    """
    if not 0 <= share <= 1:
        raise LikewiseError(f"the share of a mix must lie in [0, 1], got {share}.")
    keys = operations.shared_keys(g, h)
    parts = list(operations.mixture_parts([(1 - share, g), (share, h)]))
    root = tree.union(*(graph.root for _, graph in parts))
    weight = sum(probability * graph.self_weight for probability, graph in parts)
    return SimilarityGraph(
        root, np.asarray(weight, np.float32), keys, g.vetoes and h.vetoes, operations.share_vetoes(parts)
    )


def union_of(graphs: Iterable[SimilarityGraph]) -> SimilarityGraph:
    """The union of one or more graphs."""
    first, *rest = graphs
    for graph in rest:
        first = first | graph
    return first
