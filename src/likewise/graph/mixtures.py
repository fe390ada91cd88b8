"""Mixtures of graphs, which say how to draw, and the union of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import or_

import numpy as np

from likewise.errors import LikewiseError, is_number
from likewise.graph import operations, tree
from likewise.graph.similarity_graph import SimilarityGraph
from likewise.graph.terms import Groups


def mix(g: SimilarityGraph, h: SimilarityGraph, share: float) -> SimilarityGraph:
    """Draw from h's row with probability ``share``, else from g's: a mixture of transitions, not of matrices.

    With 5 neighbours and 5,000 same-label partners, ``0.9 * g + 0.1 * h`` draws a label partner 99 % of the time;
    ``mix(g, h, 0.1)`` does so 10 % of the time. ``mix(none(n), g, p)`` is SPPS (arXiv 2306.16122) at equal steps.
    What either graph knows to be different is never drawn from the other. In everything but draws (``among``,
    ``to_scipy``) a mixture is the union of its parts.

    Raises:
        LikewiseError: the share is not in [0, 1], or the graphs are not over the same samples.

    >>> mix(SimilarityGraph.none(4), SimilarityGraph.from_labels([0, 0, 1, 1]), 0.5)
    SimilarityGraph(4 samples, mix of 2; labels(): 2 groups, 2 pairs)
    """
    if not (is_number(share) and 0 <= share <= 1):
        raise LikewiseError(f"the share of a mix must lie in [0, 1], got {share!r}.")
    keys = operations.shared_keys(g, h)
    vetoes = g.vetoes and h.vetoes
    parts = [(p, part.with_keys(keys).with_veto(vetoes)) for p, part in _flat([(1 - share, g), (share, h)])]
    root = tree.union(*(part.root for _, part in parts))
    weight = sum((p * part.self_weight for p, part in parts), np.zeros(g.n))
    return SimilarityGraph(root, weight.astype(np.float32), keys, vetoes, _share_vetoes(parts))


def union_of(graphs: Iterable[SimilarityGraph]) -> SimilarityGraph:
    """The union of one or more graphs.

    Raises:
        LikewiseError: there is no graph, or they are not over the same samples.
    """
    known = list(graphs)
    if not known:
        raise LikewiseError("a union needs at least one graph.")
    return reduce(or_, known)


def _flat(parts: list[tuple[float, SimilarityGraph]]) -> Iterator[tuple[float, SimilarityGraph]]:
    """A mixture of mixtures as one, without impossible parts."""
    for probability, graph in parts:
        for inner, part in graph.mixture or ((1.0, graph),):
            if probability * inner > 0:
                yield probability * inner, part


def _share_vetoes(parts: list[tuple[float, SimilarityGraph]]) -> tuple[tuple[float, SimilarityGraph], ...]:
    """Every part learns what any part knows to be different, so that no draw breaks a veto."""
    different = [
        replace(term, weight=0.0) if isinstance(term, Groups) else term
        for _, graph in parts
        for term in graph.terms
        if (len(term.apart) if isinstance(term, Groups) else term.different)
    ]
    return tuple((p, replace(g, root=tree.union(g.root, *different), _compiled={})) for p, g in parts)
