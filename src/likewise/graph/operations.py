"""What can be done to a graph besides combining: directions, hops, hubs, renumbering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.graph import tree
from likewise.graph.keys import Keys
from likewise.graph.terms import Edges, Groups, Source, edges_from_arrays

if TYPE_CHECKING:
    from likewise.graph.similarity_graph import SimilarityGraph


def shared_keys(g: SimilarityGraph, h: SimilarityGraph) -> Keys | None:
    """The keys of two graphs over the same samples; a graph without keys takes the other's.

    Raises:
        LikewiseError: the graphs have different numbers of samples or different keys.
    """
    if g.n != h.n:
        raise LikewiseError(f"the graphs have {g.n} and {h.n} samples: align one with graph.align(samples).")
    if g.keys is not None and h.keys is not None:
        g.keys.require_same(h.keys, "the second graph")
    return g.keys if g.keys is not None else h.keys


def change_edges(graph: SimilarityGraph, name: str, change: Callable[..., Edges], **arguments: Any) -> SimilarityGraph:
    """The graph with its alike edges changed; a tree other than a union of terms becomes edges first."""
    plain = isinstance(graph.root, Edges | Groups) or (
        isinstance(graph.root, tree.Union) and all(isinstance(part, Edges | Groups) for part in graph.root.parts)
    )
    if graph.mixture:
        raise LikewiseError(f"{name} changes who is alike: apply it before mixing.")
    if not plain:
        graph = graph.to_edges()

    def one(term: tree.Term) -> tree.Term:
        if isinstance(term, Groups):
            if name in ("khop", "cap_in_degree"):
                raise LikewiseError(f"{name} works on edges, and this graph has groups: call .to_edges() first.")
            return term
        if term.different:
            return term
        return change(term, Source(name, arguments, parents=(term.source,)), **arguments)

    return replace(graph, root=tree.map_terms(graph.root, one), _compiled={})


def symmetric_edges(edges: Edges, source: Source) -> Edges:
    """The larger weight of the two directions, in both."""
    rows, cols = edges.rows(), edges.indices
    both = np.r_[rows, cols], np.r_[cols, rows]
    return edges_from_arrays(edges.n, *both, np.r_[edges.weights, edges.weights], source=source)


def mutual_edges(edges: Edges, source: Source) -> Edges:
    """The smaller weight of the two directions, where both stand."""
    matrix = tree.to_csr(edges)
    return tree.edges_of_csr(matrix.minimum(matrix.T.tocsr()), source)


def capped_edges(edges: Edges, source: Source, limit: int) -> Edges:
    """Each sample keeps its ``limit`` strongest incoming edges; ties go to the lower row."""
    if limit < 1:
        raise LikewiseError(f"the cap on in-degree must be at least 1, got {limit}.")
    rows, cols = edges.rows(), edges.indices
    order = np.lexsort((rows, -edges.weights, cols))
    begin = np.r_[0, np.cumsum(np.bincount(cols, minlength=edges.n))][:-1]
    rank = np.empty(edges.count, np.int64)
    rank[order] = np.arange(edges.count) - begin[cols[order]]
    keep = rank < limit
    return edges_from_arrays(edges.n, rows[keep], cols[keep], edges.weights[keep], source=source)


def khop_edges(edges: Edges, source: Source, hops: int, decay: float, limit: int) -> Edges:
    """Everything reached in at most ``hops`` edges, each pair with the weight of its first hop."""
    if hops < 1 or not 0 < decay <= 1:
        raise LikewiseError(f"khop needs hops >= 1 and decay in (0, 1], got {hops} and {decay}.")
    reached = tree.to_csr(edges).copy()
    step = reached.copy()
    step.data[:] = 1
    frontier = step
    for hop in range(2, hops + 1):
        size = int((np.diff(step.indptr)[frontier.indices]).sum())
        if size > limit:
            raise LikewiseError(f"hop {hop} walks {size:,} paths, above the limit of {limit:,}: take fewer hops.")
        frontier = frontier @ step
        frontier.data[:] = 1
        new = frontier - frontier.multiply(reached > 0)
        new.setdiag(0)
        new.eliminate_zeros()
        reached = reached + new * np.float32(decay ** (hop - 1))
        frontier = new.tocsr()
    return tree.edges_of_csr(reached, source)


def attraction_matrix(graph: SimilarityGraph, limit: int) -> Any:
    """The effective attraction as a directed scipy CSR matrix ``[n, n]`` in float32."""
    from scipy.sparse import csr_matrix

    pairs = sum(term.pair_count() for term in graph.terms if isinstance(term, Groups))
    if pairs > limit:
        raise LikewiseError(f"these groups stand for {pairs:,} pairs, above the limit of {limit:,}.")
    matrix = tree.attraction_of(graph.root, graph.vetoes)
    return csr_matrix((graph.n, graph.n), dtype=np.float32) if matrix is None else matrix.astype(np.float32)


def reindexed(graph: SimilarityGraph, positions: Array, keys: Keys | None = None) -> SimilarityGraph:
    """The graph over new samples: ``positions[m]`` is each one's old position, -1 for a sample that is new."""
    old = positions[positions >= 0]
    if len(np.unique(old)) != len(old):
        raise LikewiseError("a graph cannot hold one sample twice: the ids of a subset must be unique.")
    inverse = np.full(graph.n, -1, np.int64)
    inverse[old] = np.flatnonzero(positions >= 0)

    def one(term: tree.Term) -> tree.Term:
        if isinstance(term, Groups):
            codes = np.where(positions >= 0, term.codes[np.maximum(positions, 0)], -1).astype(np.int32)
            return replace(term, codes=codes)
        rows, cols = inverse[term.rows()], inverse[term.indices]
        keep = (rows >= 0) & (cols >= 0)
        return edges_from_arrays(
            len(positions), rows[keep], cols[keep], term.weights[keep], source=term.source, different=term.different
        )

    weight = np.where(positions >= 0, graph.self_weight[np.maximum(positions, 0)], 1).astype(np.float32)
    if keys is None and graph.keys is not None:
        keys = Keys(graph.keys.values[positions])
    parts = tuple((p, reindexed(part, positions, keys)) for p, part in graph.mixture)
    return replace(
        graph, root=tree.map_terms(graph.root, one), self_weight=weight, keys=keys, mixture=parts, _compiled={}
    )


def aligned(graph: SimilarityGraph, samples: Any) -> SimilarityGraph:
    """The graph renumbered for samples (or keys) in their order; samples it does not know are isolated."""
    keys = samples if isinstance(samples, Keys) else samples.keys
    if graph.keys is None:
        raise LikewiseError("this graph knows its samples by position alone, so it cannot be aligned: give it keys.")
    return reindexed(graph, graph.keys.positions(keys), keys)


def mixture_parts(parts: list[tuple[float, SimilarityGraph]]) -> Iterator[tuple[float, SimilarityGraph]]:
    """A mixture of mixtures as one flat mixture, without impossible parts."""
    for probability, graph in parts:
        for inner, part in graph.mixture or ((1.0, graph),):
            if probability * inner > 0:
                yield probability * inner, part


def share_vetoes(parts: list[tuple[float, SimilarityGraph]]) -> tuple[tuple[float, SimilarityGraph], ...]:
    """Every part of a mixture learns what any part knows to be different, so that no draw breaks a veto."""
    different = [
        replace(term, weight=0.0) if isinstance(term, Groups) else term
        for _, graph in parts
        for term in graph.terms
        if (len(term.apart) if isinstance(term, Groups) else term.different)
    ]
    if not different:
        return tuple(parts)
    return tuple((p, replace(g, root=tree.union(g.root, *different), _compiled={})) for p, g in parts)


def require_fit(graph: SimilarityGraph, samples: Any) -> SimilarityGraph:
    """The graph, if it fits the samples in number and keys.

    Raises:
        LikewiseError: the numbers or the keys differ; names the first differing key.
    """
    if graph.n != len(samples):
        raise LikewiseError(
            f"the graph has {graph.n} samples, the data {len(samples)}: align it with graph.align(samples)."
        )
    if graph.keys is not None and getattr(samples, "keys", None) is not None:
        graph.keys.require_same(samples.keys, "the samples")
    return graph
