"""What can be done to a graph besides combining: directions, hops, hubs, renumbering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from likewise.arrays import Array, FloatArray, as_ids
from likewise.errors import LikewiseError
from likewise.graph import matrices, tree
from likewise.graph.content import Content, G, Part, mapped
from likewise.graph.terms import Edges, Groups, Source, Term, edges_from_arrays
from likewise.keys import Keys


def change_edges(graph: G, name: str, change: Callable[..., Edges], **arguments: Any) -> G:
    """The graph with its alike edges changed as a whole; sums and restrictions become edges first."""
    return mapped(graph, lambda node, own: (_changed(node, name, change, arguments), own))


def _changed(node: tree.Node, name: str, change: Callable[..., Edges], arguments: dict[str, Any]) -> tree.Node:
    parts = node.parts if isinstance(node, tree.Union) else (node,)
    if not all(isinstance(part, Edges | Groups) for part in parts):
        node = _spelled(node)
    terms = list(tree.terms_of(node))
    kept: list[tree.Node] = [term for term in terms if isinstance(term, Groups) or term.different]
    if name in ("khop", "cap_in_degree") and any(isinstance(term, Groups) and term.weight for term in kept):
        raise LikewiseError(f"{name} works on edges, and this graph has groups: call .to_edges() first.")
    edges = [term for term in terms if isinstance(term, Edges) and not term.different]
    if not edges:
        return node
    source = Source(name, arguments, parents=tuple(term.source for term in edges))
    return tree.union(change(matrices.merged_edges(edges), source, **arguments), *kept)


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


def spelled_out(graph: G, limit: int) -> G:
    """The graph (of a mixture, each part) as one term of alike edges and one of different edges."""
    return mapped(graph, lambda node, own: (_spelled(node, limit), own))


def _spelled(node: tree.Node, limit: int = tree.PAIR_LIMIT) -> tree.Node:
    source = Source("to_edges", parents=tuple(term.source for term in tree.terms_of(node)))
    return tree.union(*matrices.materialise(node, source, limit))


def explanation(graph: Content, i: int, j: int) -> list[tuple[Source, float, float]]:
    """(source, alike, different) of the pair for each term that says something of it."""
    rows, cols = as_ids([i], graph.n), as_ids([j], graph.n)
    out = []
    for term in graph.terms:
        says = [float(matrices.channel_of_pairs(term, rows, cols, different=d)[0]) for d in (False, True)]
        if any(says):
            out.append((term.source, says[0], says[1]))
    return out


def attraction_matrix(graph: Content, limit: int) -> Any:
    """The effective attraction as a directed scipy CSR matrix ``[n, n]`` in float32."""
    matrices.refuse_above(graph.root, limit, differences=False)
    return matrices.attraction_or_empty(graph.root, graph.vetoes, graph.n)


def transition_matrix(graph: Content, limit: int) -> Any:
    """The probability of each draw, float64 CSR ``[n, n]``: rows sum to 1; a row without any mass draws itself."""
    from scipy.sparse import diags_array

    matrices.refuse_above(graph.root, limit, differences=False)
    total: Any = 0
    for share, node, own in tree.drawn_parts(graph.root, graph.self_weight):
        mass = matrices.attraction_or_empty(node, graph.vetoes, graph.n).astype(np.float64)
        whole = np.asarray(mass.sum(axis=1)).reshape(-1)
        own = np.where(whole + own > 0, own, 1.0).astype(np.float64)
        total = total + diags_array(share / (whole + own)) @ (mass + diags_array(own))
    return total.tocsr()


def reindexed(graph: G, positions: Array, keys: Keys | None = None) -> G:
    """The graph over new samples: ``positions[m]`` is each one's old position, -1 for a sample that is new."""
    old = positions[positions >= 0]
    if positions.ndim != 1 or not len(positions):
        raise LikewiseError(f"a graph needs a list of at least one sample, got ids of shape {positions.shape}.")
    if len(np.unique(old)) != len(old):
        raise LikewiseError("a graph cannot hold one sample twice: the ids of a subset must be unique.")
    inverse = np.full(graph.n, -1, np.int64)
    inverse[old] = np.flatnonzero(positions >= 0)
    if keys is None and graph.keys is not None:
        keys = Keys(graph.keys.values[positions])

    def moved(node: tree.Node, own: FloatArray) -> Part:
        weight = np.where(positions >= 0, own[np.maximum(positions, 0)], 1).astype(np.float32)
        return tree.map_terms(node, lambda term: _reindexed_term(term, positions, inverse)), weight

    return replace(mapped(replace(graph, keys=None), moved), keys=keys)


def _reindexed_term(term: Term, positions: Array, inverse: Array) -> Term:
    if isinstance(term, Groups):
        return term.with_codes(np.where(positions >= 0, term.codes[np.maximum(positions, 0)], -1))
    rows, cols = inverse[term.rows()], inverse[term.indices]
    keep = (rows >= 0) & (cols >= 0)
    if term.different:
        keep &= rows < cols
    return edges_from_arrays(
        len(positions), rows[keep], cols[keep], term.weights[keep], source=term.source, different=term.different
    )


def aligned(graph: G, samples: Any) -> G:
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


def require_fit(graph: G, samples: Any) -> G:
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
