"""The similarity graph: a short list of terms that say who is alike, who is different, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Ids, as_ids, as_tensor, with_float64
from likewise.errors import LikewiseError
from likewise.graph import algebra, closure, diagnosis, matrices, operations, storage, tree
from likewise.graph.compiled import Compiled
from likewise.graph.content import Content, combined, mapped
from likewise.graph.terms import Edges, Groups, Source, edges_from_arrays, groups_from_values, term_in_words
from likewise.keys import Keys
from likewise.randomness import host_generator
from likewise.relation import Relation


@dataclass(frozen=True, eq=False, repr=False)
class SimilarityGraph(Content):
    """Who is alike and who is different among n samples.

    Build one with ``none``, ``from_edges``, ``from_scipy``, ``from_labels`` or a source (``lw.neighbors``, ...);
    combine them with ``|`` (what either says), ``&`` (what both say), ``-`` (where the other does not say alike), ``+``
    and ``*`` (of matrices) and ``mix`` (of draws). What it holds is described in ``likewise.graph.content``.
    """

    _compiled: dict[torch.device, Compiled] = field(default_factory=dict, init=False)
    __array_ufunc__ = None  # numpy's numbers and arrays leave ``2 * graph`` to the graph

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
        alike, different = matrices.signed_edges(matrix)
        cls.none(alike.n)
        graph = cls.of_term(alike, keys=keys)
        return graph | cls.of_term(different) if different.count else graph

    @classmethod
    def from_labels(cls, labels: Any, *, unlabelled: Any = -1, keys: Keys | None = None) -> SimilarityGraph:
        """The graph of labels: samples of one class are alike; NaN, None and ``unlabelled`` are in no class."""
        groups = groups_from_values(labels, source=Source("labels"), missing=unlabelled)
        return cls.of_term(groups, keys=keys)

    # -- looking -----------------------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[tuple[float, SimilarityGraph], ...]:
        """(share, graph) of what draws come from: the parts of a mixture, otherwise the graph itself."""
        parts = tree.drawn_parts(self.root, self.self_weight)
        return tuple((share, replace(self, root=root, self_weight=own)) for share, root, own in parts)

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        how = f", mix of {len(self.root.parts)}" if isinstance(self.root, tree.Mixture) else ""
        terms = "; ".join(map(term_in_words, self.terms)) or "everyone alike themselves alone"
        return f"SimilarityGraph({self.n:,} samples{how}; {terms})"

    def explain(self, i: int, j: int) -> list[tuple[Source, float, float]]:
        """What each term says of one pair: (source, alike, different), only terms that say something."""
        return operations.explanation(self, i, j)

    def diagnose(self, labels: Any = None, *, seed: int = 0) -> diagnosis.Diagnosis:
        """Degrees, isolated samples, hubs, components and, with labels, purity and coverage; print it to read it."""
        return diagnosis.diagnose(self, labels, seed=seed)

    # -- combining ---------------------------------------------------------------------------------------------

    def __or__(self, other: SimilarityGraph) -> SimilarityGraph:
        if not isinstance(other, SimilarityGraph):
            return NotImplemented
        return combined(self, other, tree.union, np.maximum)

    def __and__(self, other: SimilarityGraph) -> SimilarityGraph:
        if not isinstance(other, SimilarityGraph):
            return NotImplemented
        return combined(self, other, algebra.intersection, np.minimum)

    def __sub__(self, other: SimilarityGraph) -> SimilarityGraph:
        if not isinstance(other, SimilarityGraph):
            return NotImplemented
        return combined(self, other, algebra.difference, lambda mine, _: mine)

    def __add__(self, other: SimilarityGraph) -> SimilarityGraph:
        if not isinstance(other, SimilarityGraph):
            return NotImplemented
        return combined(self, other, lambda a, b: tree.Sum(((1.0, a), (1.0, b))), np.add)

    def __mul__(self, scale: float) -> SimilarityGraph:
        if not isinstance(scale, int | float | np.number):
            return NotImplemented
        if not (np.isfinite(scale) and scale >= 0):
            raise LikewiseError(f"a graph is scaled by a finite number of at least 0, got {scale}.")
        return mapped(self, lambda root, own: (tree.scaled(float(scale), root), (own * scale).astype(np.float32)))

    __rmul__ = __mul__

    def with_keys(self, keys: Keys | None) -> SimilarityGraph:
        """The same graph over samples of these names."""
        return replace(self, keys=keys)

    def with_veto(self, vetoes: bool) -> SimilarityGraph:
        """The same graph, with the veto of known differences switched on or off."""
        return replace(self, vetoes=vetoes)

    def symmetric(self) -> SimilarityGraph:
        """Alike in either direction is alike in both; groups are so already."""
        return operations.change_edges(self, "symmetric", operations.symmetric_edges)

    def mutual(self) -> SimilarityGraph:
        """Only edges that stand in both directions, with the smaller weight; groups are mutual already."""
        return operations.change_edges(self, "mutual", operations.mutual_edges)

    def cap_in_degree(self, limit: int) -> SimilarityGraph:
        """Each sample is a neighbour of at most ``limit`` others, the strongest first: against hubs."""
        return operations.change_edges(self, "cap_in_degree", operations.capped_edges, limit=limit)

    def khop(self, hops: int, *, decay: float = 1.0, limit: int = tree.PAIR_LIMIT) -> SimilarityGraph:
        """Alike is who is reached in at most ``hops`` edges; hop h > 1 adds pairs of weight ``decay ** (h - 1)``."""
        return operations.change_edges(self, "khop", operations.khop_edges, hops=hops, decay=decay, limit=limit)

    def to_edges(self, limit: int = tree.PAIR_LIMIT) -> SimilarityGraph:
        """The same graph with groups and sums spelled out as edges; refuses above ``limit`` pairs."""
        return operations.spelled_out(self, limit)

    def to_scipy(self, limit: int = tree.PAIR_LIMIT) -> Any:
        """The effective attraction as a directed scipy CSR matrix, without the self weights."""
        return operations.attraction_matrix(self, limit)

    def transition(self, limit: int = tree.PAIR_LIMIT) -> Any:
        """The probability with which each row draws each column, self weights included, as float64 CSR ``[n, n]``."""
        return operations.transition_matrix(self, limit)

    def closure(self) -> closure.Closure[SimilarityGraph]:
        """Must-links spread within components, cannot-links between them, contradictions reported."""
        return closure.close(self)

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
        Masses add up in float64, so that draws for a device without it are made on the CPU.
        """
        rows = self._rows(ids)
        host = with_float64(rows)
        if host.device != rows.device:
            return self.draw(host, host_generator(generator)).to(rows.device)
        return self.compiled(rows.device).draw(rows, generator)

    def among(self, rows: Ids, cols: Ids) -> tuple[Tensor, Tensor]:
        """(alike, different), float32 ``[R, C]`` each, of all rows ``[R]`` with all columns ``[C]``, either direction.

        Raw channels, before the veto. A sample is neither alike nor different from itself here.

        Raises:
            LikewiseError: an id is no sample (checked on the CPU alone).
        """
        row_ids = self._rows(rows)
        col_ids = row_ids if cols is rows else self._rows(cols)
        alike, different = self.compiled(row_ids.device).among(row_ids, col_ids)
        empty = torch.zeros(len(row_ids), len(col_ids), device=row_ids.device)
        return (empty if alike is None else alike), (empty if different is None else different)

    def relation(self, ids: Tensor, queue_ids: Tensor | None = None, *, star: bool = False) -> Relation:
        """The relation of a batch of ids ``[V, B]`` (row 0 the anchors) with itself and a queue ``[M]``.

        The graph is searched when ``attract``, or where differences are known ``apart``, is first read. ``attract``
        has the vetoes applied; all views of an anchor are bound, or with ``star`` only to the anchor's own.

        Raises:
            LikewiseError: the ids are not ``[V, B]``, or one is no sample (checked on the CPU alone).
        """
        if ids.ndim != 2:
            raise LikewiseError(f"a batch of ids has the shape [views, anchors], got {list(ids.shape)}.")
        rows = self._rows(ids).flatten().clone()  # they are read later, when the caller may have changed his
        cols = rows if queue_ids is None else torch.cat([rows, self._rows(queue_ids)])
        told = tree.holds_differences(self.root)
        search = partial(self.compiled(rows.device).relate, rows, cols)
        return Relation.of_ids(rows, cols, len(ids), search, has_apart=told, star=star)

    def _rows(self, ids: Ids) -> Tensor:
        """The ids as int64; checked on the CPU, trusted on an accelerator, where a check would wait for it."""
        if isinstance(ids, Tensor) and ids.device.type != "cpu":
            return ids.long()
        return as_tensor(as_ids(ids, self.n))

    # -- keeping -----------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the graph as a folder (see ``likewise.graph.storage`` for the format); replaces a graph at once."""
        return storage.save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, samples: Any = None) -> SimilarityGraph:
        """Read a graph, memory-mapped; with samples, refuse one that does not fit them.

        Raises:
            LikewiseError: no graph there, another version, a damaged file, or samples that it does not fit.
        """
        read = storage.load(Path(path))
        graph = cls(read.root, read.self_weight, read.keys, read.vetoes)
        return graph if samples is None else operations.require_fit(graph, samples)
