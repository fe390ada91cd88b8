"""What a person's answers would bring: the labels of the training digits answer in their place."""

from __future__ import annotations

import numpy as np

from likewise.active import LabelOracle, ask, make_strategy
from likewise.arrays import Array
from likewise.demo.folds import Fold, make_fold, open_digits
from likewise.graph import SimilarityGraph
from likewise.sources import neighbors

EXPECTED = 0.5
"""Who was not asked about joins the group where they are expected with at least this probability."""
EVERY, LAST = 10, 200
Point = dict[str, float]


def answered_graph(fold: Fold, k: int, budget: int) -> SimilarityGraph:
    """GPS, and what so many answers say of everyone."""
    oracle = LabelOracle(fold.truth)
    asked = ask(fold.train, fold.space, budget, oracle=oracle, expected=EXPECTED, seed=fold.seed, patient=True)
    return neighbors(fold.space, k) | asked


def answer_curve(seed: int) -> list[Point]:
    """The groups of the training digits after every ten answers: purity, coverage and ARI."""
    fold = make_fold(open_digits(), seed)
    strategy, oracle = make_strategy("ours", fold.space, seed=fold.seed), LabelOracle(fold.truth)
    points = [_point(0, strategy.groups(), fold.truth)]
    for spent in range(1, LAST + 1):
        questions = strategy.next(1)
        strategy.tell([oracle.ask(question) for question in questions])
        if spent % EVERY == 0:
            points.append(_point(spent, strategy.groups(), fold.truth))
    return points


def _point(answers: int, groups: Array, truth: Array) -> Point:
    from sklearn.metrics import adjusted_rand_score

    agreement = SimilarityGraph.from_labels(groups).diagnose(truth).labels
    assert agreement is not None
    ari = float(adjusted_rand_score(truth, groups))
    return {"answers": answers, "purity": agreement.purity, "coverage": agreement.coverage, "ARI": ari}


def mean_curves(curves: list[list[Point]]) -> dict[str, list[Point]]:
    """By measure its mean over the seeds, as ``report.curves`` draws them."""
    return {
        measure: [
            {"answers": at[0]["answers"], "value": float(np.mean([point[measure] for point in at]))}
            for at in zip(*curves, strict=True)
        ]
        for measure in ("purity", "coverage", "ARI")
    }
