"""Random partners: what any source of positives has to beat."""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array, FloatArray
from likewise.graph import SimilarityGraph, Source
from likewise.graph.content import mapped
from likewise.graph.terms import Edges, edges_from_arrays
from likewise.graph.tree import Node
from likewise.randomness import numpy_generator

CROWDED = 4
"""Rows that hold more than one sample in so many are dealt from a shuffled deck: redrawing would take too long."""


def random_like(graph: SimilarityGraph, seed: int = 0) -> SimilarityGraph:
    """A random graph in which every sample has as many neighbours, as strong, as in this one: any source's control.

    Self weights stay, and so do the shares of a mix.

    Raises:
        LikewiseError: the graph has more than 50 million pairs once its groups are spelled out.
    """
    parts = enumerate(part for _, part in graph.parts)

    def shuffled(_: Node, weight: FloatArray) -> tuple[Node, FloatArray]:
        at, part = next(parts)
        return _shuffled(part, seed + at), weight

    return mapped(graph, shuffled)


def _shuffled(graph: SimilarityGraph, seed: int) -> Edges:
    matrix = graph.to_scipy()
    rows = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    cols = _random_partners(rows, graph.n, numpy_generator(seed, "random_like"))
    source = Source("random_like", {"seed": seed}, parents=tuple(term.source for term in graph.terms))
    return edges_from_arrays(graph.n, rows, cols, matrix.data, source=source)


def _random_partners(rows: Array, n: int, generator: np.random.Generator) -> Array:
    """A random other sample for each entry, distinct within a row; ``rows`` is sorted."""
    cols = np.empty(len(rows), np.int64)
    degree = np.bincount(rows, minlength=n)
    crowded = degree > n // CROWDED
    for row, start in zip(np.flatnonzero(crowded), (np.cumsum(degree) - degree)[crowded], strict=True):
        dealt = generator.permutation(n - 1)[: degree[row]]
        cols[start : start + degree[row]] = dealt + (dealt >= row)
    open_ = np.flatnonzero(~crowded[rows])
    again = open_
    while len(again):  # draw, then draw repetitions again
        cols[again] = generator.integers(0, n - 1, len(again))
        cols[again] += cols[again] >= rows[again]
        pair = rows[open_] * n + cols[open_]
        order = np.argsort(pair, kind="stable")
        again = open_[order[1:][pair[order][1:] == pair[order][:-1]]]
    return cols
