"""Mixtures of graphs, which say how to draw, and the union of many."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from likewise.errors import LikewiseError, is_number
from likewise.graph.content import mixed
from likewise.graph.similarity_graph import SimilarityGraph


def mix(g: SimilarityGraph, h: SimilarityGraph, share: float) -> SimilarityGraph:
    """Draw from h's row with probability ``share``, else from g's: a mixture of transitions, not of matrices.

    With 5 neighbours and 5,000 same-label partners, ``0.9 * g + 0.1 * h`` draws a label partner 99 % of the time;
    ``mix(g, h, 0.1)`` does so 10 % of the time. ``mix(none(n), g, p)`` is SPPS (arXiv 2306.16122) at equal steps.
    What either graph knows to be different is never drawn from the other. In everything but draws (``among``,
    ``to_scipy``, ``closure``) a mixture is the union of its parts, and whatever is done to it is done to each part:
    ``mix(g, h, p) & other`` is ``mix(g & other, h & other, p)``.

    Raises:
        LikewiseError: the share is not in [0, 1], or the graphs are not over the same samples.

    >>> mix(SimilarityGraph.none(4), SimilarityGraph.from_labels([0, 0, 1, 1]), 0.5)
    SimilarityGraph(4 samples, mix of 2; labels(): 2 groups, 2 pairs)
    """
    if not (is_number(share) and 0 <= share <= 1):
        raise LikewiseError(f"the share of a mix must lie in [0, 1], got {share!r}.")
    return mixed(g, h, share)


def union_of(graphs: Iterable[SimilarityGraph]) -> SimilarityGraph:
    """The union of one or more graphs.

    Raises:
        LikewiseError: there is no graph, or they are not over the same samples.
    """
    known = list(graphs)
    if not known:
        raise LikewiseError("a union needs at least one graph.")
    return reduce(or_, known)
