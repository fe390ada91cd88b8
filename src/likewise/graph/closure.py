"""What alike and different imply: alike spreads within a component, different between components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic

import numpy as np

from likewise.arrays import Array, IntArray
from likewise.graph import tree
from likewise.graph.content import Content, G
from likewise.graph.matrices import kept_edges, materialise, matrix_of
from likewise.graph.terms import Edges, Groups, Source, Term

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
class Closure(Generic[G]):
    """A closed graph and what contradicts itself in it.

    Attributes:
        graph: groups of samples that are alike by deduction, with the pairs of groups known to be different. A
            component that contradicts itself is not spread: its pairs stay as they were told.
        contradictions: the first hundred, each with its chain.
        contradicted: how many known differences contradict a chain of alike pairs.
    """

    graph: G
    contradictions: tuple[Contradiction, ...]
    contradicted: int


def close(graph: G) -> Closure[G]:
    """The transitive closure of what is alike, honouring what is different.

    Every alike pair counts as a must-link, whatever its weight, and every pair of the closure has weight 1: close
    answers, not neighbours. Of a mixture, what any of its parts says is closed.

    Raises:
        LikewiseError: the graph takes pairs away from groups too large to spell out.
    """
    links = links_of(graph.root, graph.n)
    every = components(links)
    component = every[: graph.n]
    a, b = ends = _differences(graph, component)
    clash = component[a] == component[b]
    broken = np.isin(every, component[a[clash]])
    codes = np.where(broken[: graph.n], len(every) + np.arange(graph.n), component)  # a broken component is not spread
    source = Source("closure", parents=tuple(term.source for term in graph.terms))
    root: tree.Node = _groups(codes, np.unique(np.sort(codes[ends].T, axis=1), axis=0), source)
    if broken.any():
        root = tree.union(root, tree.map_terms(graph.root, lambda term: _as_told(term, broken[: graph.n])))
    chains = _chains(links, broken, np.c_[a, b][clash][:REPORTED])
    found = tuple(Contradiction(tuple(node for node in chain if node < graph.n)) for chain in chains)
    return Closure(replace(graph, root=root), found, int(clash.sum()))


def _groups(codes: Array, apart: Array, source: Source) -> Groups:
    """Groups of the samples with equal codes, renumbered; who is alone and not known to differ has no group."""
    values, inverse, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    useful = sizes > 1
    useful[np.searchsorted(values, apart)] = True
    renumbered = np.where(useful, np.cumsum(useful) - 1, -1).astype(np.int32)
    return Groups(renumbered[inverse], 1.0, source, renumbered[np.searchsorted(values, apart)])


def links_of(node: tree.Node, n: int) -> Any:
    """Alike pairs as a scipy matrix over samples and, after them, one node for each group of each term.

    A path through a group costs as much as one edge, so that shortest paths are those of the spelled-out graph.
    """
    from scipy.sparse import coo_matrix

    rows, cols, costs, size = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)], n
    for term in _unrestricted(node):
        if isinstance(term, Groups):
            if term.weight > 0:
                member = np.flatnonzero(term.codes >= 0)
                rows.append(member)
                cols.append(size + term.codes[member].astype(np.int64))
                costs.append(np.full(len(member), 0.5))
                size += term.count
        elif not term.different:
            rows.append(term.rows().astype(np.int64))
            cols.append(term.indices.astype(np.int64))
            costs.append(np.ones(term.count))
    ends = (np.concatenate(rows), np.concatenate(cols))
    matrix = coo_matrix((np.concatenate(costs), ends), shape=(size, size)).tocsr()
    matrix.data = np.minimum(matrix.data, 1.0)  # an edge of two terms costs no more
    return matrix


def _unrestricted(node: tree.Node) -> Iterator[Term]:
    """The terms, restrictions spelled out as the edges that they leave."""
    if isinstance(node, tree.Union):
        for part in node.parts:
            yield from _unrestricted(part)
    elif isinstance(node, tree.Sum):
        for _, part in node.parts:
            yield from _unrestricted(part)
    elif isinstance(node, tree.Without):
        yield from materialise(node, Source("difference"))
    else:
        yield node


def components(links: Any) -> IntArray:
    """The component of each node of a scipy matrix, edges taken in either direction."""
    from scipy.sparse.csgraph import connected_components

    return np.asarray(connected_components(links, directed=False)[1])


def _differences(graph: Content, component: Array) -> Array:
    """Known differences as pairs of samples ``[2, p]``; one sample of a group and component stands for the others."""
    pairs = [np.empty((2, 0), np.int64)]
    for term in graph.terms:
        if isinstance(term, Edges):
            rows = term.rows()
            upper = term.different & (rows < term.indices)
            pairs.append(np.stack([rows[upper], term.indices[upper]]).astype(np.int64))
        elif len(term.apart):
            member = np.flatnonzero(np.isin(term.codes, term.apart))
            block = component[member].astype(np.int64) * term.count + term.codes[member]
            stand_in = np.sort(member[np.unique(block, return_index=True)[1]])
            apart = matrix_of(term.with_codes(term.codes[stand_in]), True)
            a, b = ((), ()) if apart is None else apart.nonzero()
            pairs.append(np.sort(stand_in[np.stack([a, b]).astype(np.int64)], axis=0))
    return np.unique(np.concatenate(pairs, axis=1), axis=1)


def _chains(links: Any, inside: Array, pairs: Array) -> Iterator[list[int]]:
    """A shortest path between each pair, searched in the contradicting components alone."""
    from scipy.sparse.csgraph import dijkstra

    nodes = np.flatnonzero(inside)
    links = links[nodes][:, nodes]
    for start, end in np.searchsorted(nodes, pairs).tolist():
        before = dijkstra(links, directed=False, indices=start, return_predecessors=True)[1]
        chain = [end]
        while chain[-1] != start:
            chain.append(int(before[chain[-1]]))
        yield nodes[chain[::-1]].tolist()


def _as_told(term: Term, inside: Array) -> tree.Node:
    """What the term says of the samples inside, and all that it knows to be different."""
    if isinstance(term, Edges):
        return term if term.different else kept_edges(term, inside[term.rows()] & inside[term.indices], term.source)
    told = term.with_codes(np.where(inside, term.codes, -1))
    return tree.union(replace(told, apart=term.apart[:0]), *([replace(term, weight=0.0)] if len(term.apart) else []))
