"""Which form of adaptation, and how much of it: chosen on folds, and judged on folds that chose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from likewise.adaptation.directions import Form
from likewise.adaptation.folds import Rows, Trial, folds_of
from likewise.adaptation.scatter import Real
from likewise.graph import SimilarityGraph
from likewise.randomness import seed_of

WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
"""Shares of the adapted block that are tried. Answers see more of where the prior fails than of what it is good
at: with larger shares the folds rank better still, while on some sets the votes of neighbours begin to get worse."""
VARIANTS: tuple[tuple[dict[str, Any], ...], ...] = (
    tuple({"ridge": ridge} for ridge in (0.03, 0.1, 0.3, 1.0, 3.0)),
    ({"scaling": "plda"},),
    ({"apart": 0.5},),
    ({"every": 0.0}, {"every": 1.0}),
)
"""What is tried of a form, one setting after the other, each beside the best so far."""
FOLDS = 3
CLOSE = 1.0
"""Of weights whose scores are within so many standard errors of the best, the smallest is taken."""


@dataclass(frozen=True)
class Choice:
    """A form, the weight to take with it, and the mean score of its best weight."""

    form: Form
    weight: float
    score: float


@dataclass(frozen=True)
class Gain:
    """How much better alike samples rank in the adapted space, by samples or pairs that chose nothing.

    Attributes:
        prior: the measure in the prior space.
        adapted: the same in the adapted space.
        error: standard error of their difference.
        count: how many judged.
        measure: what is measured; the larger, the better.
        units: what judged.
    """

    prior: float
    adapted: float
    error: float
    count: int
    measure: str = "mean average precision"
    units: str = "samples"

    @classmethod
    def of(cls, before: Real, after: Real, **names: str) -> Gain:
        """Of scores ``[m]`` before and after."""
        error = float((after - before).std() / np.sqrt(max(len(before), 1)))
        return cls(float(before.mean()), float(after.mean()), error, len(before), **names)

    @property
    def sure(self) -> bool:
        """Whether the difference is above 0 by two standard errors."""
        return self.adapted - self.prior > 2 * self.error


def choose(trials: Sequence[Trial], weights: Sequence[float] = WEIGHTS, forms: Sequence[Form] | None = None) -> Choice:
    """The form and the weight with the best mean average precision over trials.

    Args:
        trials: of one graph.
        weights: to choose from.
        forms: to choose from; None: ``VARIANTS``, one setting after the other.
    """
    if forms is not None:
        return max((_tried(form, trials, weights) for form in forms), key=lambda found: found.score)
    best = _tried(Form(), trials, weights)
    for variants in VARIANTS:
        found = [_tried(replace(best.form, **changed), trials, weights) for changed in variants]
        best = max([best, *found], key=lambda one: one.score)
    return best


def _tried(form: Form, trials: Sequence[Trial], weights: Sequence[float]) -> Choice:
    scores = np.concatenate([trial.scores(form, weights) for trial in trials], axis=1)
    means = scores.mean(1)
    top = int(means.argmax())
    errors = (scores[top] - scores).std(1) / np.sqrt(scores.shape[1])
    first = int(np.flatnonzero(means >= means[top] - CLOSE * errors)[0])
    return Choice(form, weights[first], float(means[top]))


def judge(
    graph: SimilarityGraph,
    rows: Rows,
    metric: str,
    weights: Sequence[float] = WEIGHTS,
    forms: Sequence[Form] | None = None,
    *,
    seed: int = 0,
) -> Gain:
    """What the choice gains, by nested folds: each fold's anchors judge what was chosen without them.

    Raises:
        TooFew: too few samples are alike any other.
    """
    before, after = [], []
    for fold in folds_of(graph, FOLDS, seed):
        part, given = graph.subset(fold.train), rows.take(fold.train)
        inner = [Trial(one, part, given, metric) for one in folds_of(part, FOLDS, seed_of(seed, "inner"))]
        chosen = choose(inner, weights, forms)
        scores = Trial(fold, graph, rows, metric).scores(chosen.form, (0.0, chosen.weight))
        before.append(scores[0])
        after.append(scores[1])
    return Gain.of(np.concatenate(before), np.concatenate(after))
