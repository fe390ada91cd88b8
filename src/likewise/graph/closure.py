"""What alike and different imply: alike spreads within a component, different between components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array, IntArray
from likewise.graph import tree
from likewise.graph.terms import Edges, Groups, Source

if TYPE_CHECKING:
    from likewise.graph.similarity_graph import SimilarityGraph

REPORTED = 100
"""How many contradictions are spelled out with their chain."""


@dataclass(frozen=True)
class Contradiction:
    """A shortest chain of alike pairs whose two ends are known to be different.

    Attributes:
        chain: sample ids, each alike the next; the first and the last are known to be different.
    """

    chain: tuple[int, ...]

    def __str__(self) -> str:
        return f"{' ~ '.join(map(str, self.chain))}, yet {self.chain[0]} and {self.chain[-1]} are different"


@dataclass(frozen=True)
class Closure:
    """A closed graph and what contradicts itself in it.

    Attributes:
        graph: groups of samples that are alike by deduction, with the pairs of groups known to be different. A
            component that contradicts itself is not spread: its pairs stay as they were told.
        contradictions: the first hundred, each with its chain.
        contradicted: how many known differences contradict a chain of alike pairs.
    """

    graph: SimilarityGraph
    contradictions: tuple[Contradiction, ...]
    contradicted: int


def close(graph: SimilarityGraph) -> Closure:
    """The transitive closure of what is alike, honouring what is different."""
    links = links_of(graph)
    component = components(links)[: graph.n]
    ends = _differences(graph)
    a, b = ends.T
    clash = component[a] == component[b]
    found = tuple(Contradiction(_chain(links, start, end, graph.n)) for start, end in ends[clash][:REPORTED].tolist())
    broken = np.isin(component, component[a[clash]])
    codes = np.where(broken, links.shape[0] + np.arange(graph.n), component)  # a broken component is not spread
    apart = np.unique(np.sort(np.c_[codes[a], codes[b]], axis=1), axis=0)
    useful = np.unique(np.r_[np.unique(codes)[np.unique(codes, return_counts=True)[1] > 1], apart.reshape(-1)])
    renumber = np.searchsorted(useful, codes)
    known = np.isin(codes, useful)
    source = Source("closure", parents=tuple(term.source for term in graph.terms))
    groups = Groups(
        np.where(known, renumber, -1).astype(np.int32), 1.0, source, np.searchsorted(useful, apart).astype(np.int32)
    )
    root: tree.Node = groups
    if broken.any():
        told = tree.union(*tree.materialise(graph.root, source))
        root = tree.union(groups, tree.map_terms(told, lambda term: _within(term, broken)))
    return Closure(replace(graph, root=root, mixture=(), _compiled={}), found, int(clash.sum()))


def links_of(graph: SimilarityGraph) -> Any:
    """Alike pairs as a scipy matrix over samples and, after them, one node for each group of each term.

    A path through a group costs as much as one edge, so that shortest paths are those of the spelled-out graph.
    """
    from scipy.sparse import coo_matrix

    rows, cols, costs, size = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)], graph.n
    for term in graph.terms:
        if isinstance(term, Groups):
            if term.weight > 0:
                member = np.flatnonzero(term.codes >= 0)
                rows.append(member)
                cols.append(size + term.codes[member].astype(np.int64))
                costs.append(np.full(len(member), 0.5))
                size += int(term.codes.max(initial=-1)) + 1
        elif not term.different:
            rows.append(term.rows().astype(np.int64))
            cols.append(term.indices.astype(np.int64))
            costs.append(np.ones(term.count))
    ends = (np.concatenate(rows), np.concatenate(cols))
    matrix = coo_matrix((np.concatenate(costs), ends), shape=(size, size)).tocsr()
    matrix.data = np.where(matrix.data < 1, 0.5, 1.0)
    return matrix


def components(links: Any) -> IntArray:
    """The component of each node of a scipy matrix, edges taken in either direction."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(links, directed=False)[1])


def _differences(graph: SimilarityGraph) -> Array:
    """Known differences as pairs of samples ``[p, 2]``; groups are stood for by their first samples."""
    pairs = [np.empty((0, 2), np.int64)]
    for term in graph.terms:
        if isinstance(term, Groups):
            first = np.full(int(term.codes.max(initial=-1)) + 1, -1, np.int64)
            member = np.flatnonzero(term.codes >= 0)[::-1]
            first[term.codes[member]] = member
            ends = first[term.apart].reshape(-1, 2)
            pairs.append(ends[(ends >= 0).all(axis=1)])
        elif term.different:
            rows = term.rows()
            upper = rows < term.indices
            pairs.append(np.c_[rows[upper], term.indices[upper]].astype(np.int64))
    return np.unique(np.concatenate(pairs), axis=0)


def _chain(links: Any, start: int, end: int, n: int) -> tuple[int, ...]:
    from scipy.sparse.csgraph import dijkstra

    _, before = dijkstra(links, directed=False, indices=start, return_predecessors=True)
    chain = [end]
    while chain[-1] != start:
        chain.append(int(before[chain[-1]]))
    return tuple(node for node in reversed(chain) if node < n)


def _within(term: tree.Term, inside: Array) -> tree.Term:
    """The edges whose both ends are inside."""
    if isinstance(term, Groups):
        return term
    keep = inside[term.rows()] & inside[term.indices]
    indptr = np.r_[0, np.cumsum(np.bincount(term.rows()[keep], minlength=term.n))].astype(np.int64)
    return Edges(indptr, term.indices[keep], term.weights[keep], term.source, term.different)
