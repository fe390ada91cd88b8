"""What can be done to a graph besides combining: directions, hops, hubs, renumbering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError
from likewise.graph import matrices, tree
from likewise.graph.terms import Edges, Groups, Source, Term, edges_from_arrays
from likewise.keys import Keys

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
    """The graph with its alike edges changed as a whole; sums and restrictions become edges first."""
    if graph.mixture:
        raise LikewiseError(f"{name} changes who is alike: apply it before mixing.")
    parts = graph.root.parts if isinstance(graph.root, tree.Union) else (graph.root,)
    if not all(isinstance(part, Edges | Groups) for part in parts):
        graph = graph.to_edges()
    kept: list[tree.Node] = [term for term in graph.terms if isinstance(term, Groups) or term.different]
    if name in ("khop", "cap_in_degree") and any(isinstance(term, Groups) and term.weight for term in kept):
        raise LikewiseError(f"{name} works on edges, and this graph has groups: call .to_edges() first.")
    edges = [term for term in graph.terms if isinstance(term, Edges) and not term.different]
    if not edges:
        return graph
    source = Source(name, arguments, parents=tuple(term.source for term in edges))
    changed = change(matrices.merged_edges(edges), source, **arguments)
    return replace(graph, root=tree.union(changed, *kept), _compiled={})


def symmetric_edges(edges: Edges, source: Source) -> Edges:
    """The larger weight of the two directions, in both."""
    rows, cols = edges.rows(), edges.indices
    both = np.r_[rows, cols], np.r_[cols, rows]
    return edges_from_arrays(edges.n, *both, np.r_[edges.weights, edges.weights], source=source)


def mutual_edges(edges: Edges, source: Source) -> Edges:
    """The smaller weight of the two directions, where both stand."""
    matrix = matrices.to_csr(edges)
    return matrices.edges_of_csr(matrix.minimum(matrix.T.tocsr()), source)


def capped_edges(edges: Edges, source: Source, limit: int) -> Edges:
    """Each sample keeps its ``limit`` strongest incoming edges; ties go to the lower row."""
    if limit < 1:
        raise LikewiseError(f"the cap on in-degree must be at least 1, got {limit}.")
    cols = edges.indices
    order = np.lexsort((-edges.weights, cols))  # stable, and edges stand in order of their rows
    begin = np.r_[0, np.cumsum(np.bincount(cols, minlength=edges.n))][:-1]
    rank = np.empty(edges.count, np.int64)
    rank[order] = np.arange(edges.count) - begin[cols[order]]
    return matrices.kept_edges(edges, rank < limit, source)


def khop_edges(edges: Edges, source: Source, hops: int, decay: float, limit: int) -> Edges:
    """Everything reached in at most ``hops`` edges, each pair with the weight of its first hop."""
    if hops < 1 or not 0 < decay <= 1:
        raise LikewiseError(f"khop needs hops >= 1 and decay in (0, 1], got {hops} and {decay}.")
    from scipy.sparse import csr_matrix

    reached = matrices.to_csr(edges).copy()
    step = reached.copy()
    step.data[:] = 1
    frontier = step
    for hop in range(2, hops + 1):
        size = int((np.diff(step.indptr)[frontier.indices]).sum())
        if size > limit:
            raise LikewiseError(f"hop {hop} walks {size:,} paths, above the limit of {limit:,}: take fewer hops.")
        frontier = frontier @ step
        frontier.data[:] = 1
        coo = (frontier - frontier.multiply(reached > 0)).tocoo()
        new = (coo.row != coo.col) & (coo.data > 0)
        frontier = csr_matrix((coo.data[new], (coo.row[new], coo.col[new])), shape=coo.shape)
        reached = reached + frontier * np.float32(decay ** (hop - 1))
    return matrices.edges_of_csr(reached, source)


def spelled_out(graph: SimilarityGraph, limit: int) -> SimilarityGraph:
    """The graph as one term of alike edges and one of different edges."""
    source = Source("to_edges", parents=tuple(term.source for term in graph.terms))
    return replace(graph, root=tree.union(*matrices.materialise(graph.root, source, limit)), _compiled={})


def explanation(graph: SimilarityGraph, i: int, j: int) -> list[tuple[Source, float, float]]:
    """(source, alike, different) of the pair for each term that says something of it."""
    rows, cols = as_ids([i], graph.n), as_ids([j], graph.n)
    out = []
    for term in graph.terms:
        says = [float(matrices.channel_of_pairs(term, rows, cols, different=d)[0]) for d in (False, True)]
        if any(says):
            out.append((term.source, says[0], says[1]))
    return out


def attraction_matrix(graph: SimilarityGraph, limit: int) -> Any:
    """The effective attraction as a directed scipy CSR matrix ``[n, n]`` in float32."""
    from scipy.sparse import csr_matrix

    matrices.refuse_above(graph.root, limit, differences=False)
    matrix = matrices.attraction_of(graph.root, graph.vetoes)
    return csr_matrix((graph.n, graph.n), dtype=np.float32) if matrix is None else matrix.astype(np.float32)


def reindexed(graph: SimilarityGraph, positions: Array, keys: Keys | None = None) -> SimilarityGraph:
    """The graph over new samples: ``positions[m]`` is each one's old position, -1 for a sample that is new."""
    old = positions[positions >= 0]
    if positions.ndim != 1 or not len(positions):
        raise LikewiseError(f"a graph needs a list of at least one sample, got ids of shape {positions.shape}.")
    if len(np.unique(old)) != len(old):
        raise LikewiseError("a graph cannot hold one sample twice: the ids of a subset must be unique.")
    inverse = np.full(graph.n, -1, np.int64)
    inverse[old] = np.flatnonzero(positions >= 0)

    def one(term: Term) -> Term:
        if isinstance(term, Groups):
            return term.with_codes(np.where(positions >= 0, term.codes[np.maximum(positions, 0)], -1))
        rows, cols = inverse[term.rows()], inverse[term.indices]
        keep = (rows >= 0) & (cols >= 0)
        if term.different:
            keep &= rows < cols
        return edges_from_arrays(
            len(positions), rows[keep], cols[keep], term.weights[keep], source=term.source, different=term.different
        )

    if keys is None and graph.keys is not None:
        keys = Keys(graph.keys.values[positions])
    return replace(
        graph,
        root=tree.map_terms(graph.root, one),
        self_weight=np.where(positions >= 0, graph.self_weight[np.maximum(positions, 0)], 1).astype(np.float32),
        keys=keys,
        mixture=tuple((share, reindexed(part, positions, keys)) for share, part in graph.mixture),
        _compiled={},
    )


def aligned(graph: SimilarityGraph, samples: Any) -> SimilarityGraph:
    """The graph renumbered for samples (or keys) in their order; samples it does not know are isolated."""
    keys = samples if isinstance(samples, Keys) else getattr(samples, "keys", None)
    if graph.keys is None:
        raise LikewiseError("this graph knows its samples by position alone, so it cannot be aligned: give it keys.")
    if not isinstance(keys, Keys):
        raise LikewiseError(
            f"a graph is aligned with samples that have keys, or with Keys, got {type(samples).__name__}."
        )
    positions = graph.keys.positions(keys)
    if (positions < 0).all():
        raise LikewiseError("the graph knows none of these samples' keys: it was made for other samples.")
    return reindexed(graph, positions, keys)


def require_fit(graph: SimilarityGraph, samples: Any) -> SimilarityGraph:
    """The graph, if it fits the samples in number and keys.

    Raises:
        LikewiseError: the numbers or the keys differ; names the first differing key.
    """
    if graph.n != len(samples):
        raise LikewiseError(
            f"the graph has {graph.n} samples, the data {len(samples)}: make a graph of these or, if samples were "
            "added or left out, align it with graph.align(samples)."
        )
    if graph.keys is not None and getattr(samples, "keys", None) is not None:
        graph.keys.require_same(samples.keys, "the samples")
    return graph
