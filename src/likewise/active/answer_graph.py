"""From answers to a graph: what follows from them, neighbours that they calibrate, and groups that are expected."""

from __future__ import annotations

from collections.abc import Sequence

from likewise.answers import Answer
from likewise.arrays import IntArray, fingerprint
from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import groups_from_values
from likewise.keys import Keys
from likewise.sources import neighbors as nearest_neighbors
from likewise.sources.calibrated import calibration_of
from likewise.space import Space


def answer_graph(
    deduced: SimilarityGraph,
    answers: Sequence[Answer],
    keys: Keys,
    space: Space | None,
    *,
    neighbors: int = 0,
    expected: SimilarityGraph | None = None,
) -> SimilarityGraph:
    """The graph of answers, with what else was asked for; known differences veto.

    Args:
        deduced: what follows from the answers.
        answers: the valid ones, which calibrate the space.
        keys: of the samples that the answers are about.
        space: the prior space of the graph's samples; None where no neighbours are wanted.
        neighbors: joins each sample with so many near ones, weighted by the probability that they are alike.
        expected: of ``expected_graph``.
    """
    graph = deduced
    if neighbors and space is not None:
        near = nearest_neighbors(space, neighbors, calibrated=calibration_of(space, keys, answers))
        graph = graph | near.with_keys(graph.keys)
    return graph if expected is None else graph | expected


def expected_graph(strategy: str, codes: IntArray, at_least: float, keys: Keys | None) -> SimilarityGraph:
    """The groups that a strategy expects, each edge with the probability that its samples have at least.

    Args:
        strategy: its name.
        codes: int32 ``[n]``, of ``expected_groups``.
        at_least: the probability that was demanded.
        keys: of the samples.
    """
    source = Source("expected", {"strategy": strategy, "at_least": at_least}, fingerprint(codes))
    return at_least * SimilarityGraph.of_term(groups_from_values(codes, source=source, missing=-1), keys=keys)
