"""The linear probe: a linear classifier of frozen features, its regularisation chosen on training rows alone."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.data.splits import cut
from likewise.errors import LikewiseError
from likewise.randomness import random_rows

CHOOSE_ON = 20_000  # training rows that take part in the choice
WORK = 3e10  # numbers n * d * C beyond which a logistic regression takes hours
STEPS = 300
STRENGTHS = {"logistic": tuple(10.0**e for e in range(-4, 3)), "ridge": tuple(10.0**e for e in range(-1, 6))}


def linear_probe(
    train: Array, train_y: Array, test: Array, test_y: Array, *, seed: int = 0, work: float = WORK
) -> tuple[float, dict[str, Any]]:
    """Accuracy of a linear probe on test rows, and how the probe was chosen.

    A logistic regression on standardised features. Its regularisation is chosen on a random fifth of the training rows
    (of 20,000 of them, where there are more), then it is fitted to all training rows. Where n * d * C exceeds ``work``
    a ridge classifier takes its place; the second result says which it was, and whether it converged.

    Args:
        train: [n, d].
        train_y: codes [n].
        test: [m, d].
        test_y: codes [m].
        seed: of the part that chooses.
        work: beyond which the probe is a ridge classifier.

    Raises:
        LikewiseError: fewer than two classes, or too few training rows to choose on a part of them.
    """
    classes = len(np.unique(train_y))
    kind = "logistic" if train.shape[0] * train.shape[1] * classes <= work else "ridge"
    pool = random_rows(len(train), CHOOSE_ON, seed, "probe")
    part = len(pool) // 5
    if classes < 2 or not part:
        raise LikewiseError(
            f"a linear probe needs two classes and five training rows, got {classes} and {len(pool)}: "
            "leave 'linear' out of the metrics."
        )
    fit, check = (pool[ids] for ids in cut(len(pool), [len(pool) - part, part], train_y[pool], None, seed))
    if len(np.unique(train_y[fit])) < 2:
        raise LikewiseError("too few labelled training rows to choose a linear probe: leave 'linear' out.")
    scores = {
        s: _fitted(kind, s, train[fit], train_y[fit]).score(train[check], train_y[check]) for s in STRENGTHS[kind]
    }
    best = max(scores, key=lambda strength: scores[strength])
    probe = _fitted(kind, best, train, train_y)
    facts: dict[str, Any] = {"probe": kind, "C" if kind == "logistic" else "alpha": best, "chosen_on": part}
    if kind == "logistic":
        facts["converged"] = bool(probe[-1].n_iter_.max() < STEPS)
    return float(probe.score(test, test_y)), facts


def _fitted(kind: str, strength: float, x: Array, y: Array) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(C=strength, max_iter=STEPS) if kind == "logistic" else RidgeClassifier(alpha=strength)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the facts say it
        return make_pipeline(StandardScaler(), model).fit(x, y)
