"""Random partners: what any source of positives has to beat."""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array
from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import edges_from_arrays
from likewise.randomness import numpy_generator


def random_like(graph: SimilarityGraph, seed: int = 0) -> SimilarityGraph:
    """A random graph in which every sample has as many neighbours as in this one: the control for any source.

    Raises:
        LikewiseError: the graph has more than 50 million pairs once its groups are spelled out.
    """
    degree = np.diff(graph.to_scipy().indptr)
    rows = np.repeat(np.arange(graph.n), degree)
    generator = numpy_generator(seed, "random_like")
    cols = _random_partners(rows, graph.n, generator)
    source = Source("random_like", {"seed": seed}, parents=tuple(term.source for term in graph.terms))
    term = edges_from_arrays(graph.n, rows, cols, source=source)
    own = float(graph.self_weight.mean())
    return SimilarityGraph.of_term(term, self_weight=own, keys=graph.keys)


def _random_partners(rows: Array, n: int, generator: np.random.Generator) -> Array:
    """A random other sample for each entry, distinct within a row (redrawn until it is)."""
    cols = generator.integers(0, max(n - 1, 1), len(rows))
    cols += cols >= rows
    while True:
        pair = rows * n + cols
        order = np.argsort(pair, kind="stable")
        again = order[1:][pair[order][1:] == pair[order][:-1]]
        if not len(again):
            return cols
        cols[again] = generator.integers(0, n - 1, len(again))
        cols[again] += cols[again] >= rows[again]
