"""Calibration: a few answers turn the distances of a prior space into probabilities of being alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from likewise.answers.curves import Curve, Isotonic, Logistic
from likewise.answers.pair_features import PairFeatures, pair_features, reference_pairs
from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError, unknown_name
from likewise.randomness import numpy_generator
from likewise.space import Space

Method = Literal["auto", "logistic", "isotonic"]
CURVES: dict[str, type[Logistic] | type[Isotonic]] = {"logistic": Logistic, "isotonic": Isotonic}
ENOUGH = 100
"""From so many answers on, isotonic regression is tried, too."""
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Calibration:
    """P(alike) of a pair, given its distance, rank and local density in a space.

    Its prior are two pseudo-observations: nearest neighbours are alike and random pairs are different, with the weight
    of one answer each; answers soon outweigh them. Make one with ``fit`` (or ``of``, where features are at hand).

    Attributes:
        curve: the fitted curve.
        features: of the answered pairs.
        alike: float64 ``[m]``, what was answered, in [0, 1].
        weights: float64 ``[m]``, how much each answer counts.
        reference: features of near pairs, then of as many far ones.
        space: the space, where known.
    """

    curve: Curve
    features: PairFeatures
    alike: Array
    weights: Array
    reference: PairFeatures
    space: Space | None = None

    @classmethod
    def fit(cls, space: Space, pairs: Any, alike: Any, weights: Any = None, *, method: Method = "auto") -> Calibration:
        """Fit to answered pairs ``[m, 2]`` of a space, alike ``[m]`` (bool, or a probability: a posterior's).

        Give answers, not deductions: what was deduced is no fair sample of its distance. "auto" is logistic
        regression below 100 answers, and from then on whichever of it and isotonic regression predicts better.

        Raises:
            LikewiseError: lengths differ, a sample does not exist, values outside of [0, 1], weights not positive.
        """
        reference = pair_features(space, np.concatenate(reference_pairs(space)))
        features = pair_features(space, as_numpy(pairs))
        return cls.of(features, alike, weights, reference=reference, method=method, space=space)

    @classmethod
    def of(
        cls,
        features: PairFeatures,
        alike: Any,
        weights: Any = None,
        *,
        reference: PairFeatures,
        method: Method = "auto",
        space: Space | None = None,
    ) -> Calibration:
        """Fit to features that are at hand, so that fitting again after every round costs milliseconds.

        Args:
            features: of the answered pairs.
            alike: ``[m]``, in [0, 1].
            weights: ``[m]``, positive.
            reference: features of ``reference_pairs(space)``, the near and then the far ones.
            method: "auto", "logistic" or "isotonic".
            space: for ``predict``.
        """
        if method not in ("auto", *CURVES):
            raise unknown_name("calibration", method, ["auto", *CURVES])
        answered = np.asarray(as_numpy(alike), np.float64).reshape(-1)
        weight = np.ones(len(answered)) if weights is None else np.asarray(as_numpy(weights), np.float64).reshape(-1)
        _check(features, answered, weight)
        fitted = {
            name: cls(
                _fit(CURVES[name], features, answered, weight, reference), features, answered, weight, reference, space
            )
            for name in (CURVES if method == "auto" else [method])
            if name != "isotonic" or method == "isotonic" or len(answered) >= ENOUGH
        }
        return min(fitted.values(), key=lambda one: one.scores["log_loss"]) if len(fitted) > 1 else fitted.popitem()[1]

    @property
    def method(self) -> str:
        """Which curve: "logistic" or "isotonic"."""
        return type(self.curve).__name__.lower()

    def predict(self, pairs: Any) -> Array:
        """P(alike) of pairs ``[m, 2]``, float64 ``[m]``."""
        return self.probability(self._features(pairs))

    def interval(self, pairs: Any, level: float = 0.9) -> tuple[Array, Array]:
        """How sure that is: (low, high) ``[m]``, between which P(alike) lies with probability ``level``."""
        return self.bounds(self._features(pairs), level)

    def probability(self, features: PairFeatures) -> Array:
        """P(alike) of features, of their shape."""
        return self.curve.predict(features.table).reshape(features.distance.shape)

    def bounds(self, features: PairFeatures, level: float = 0.9) -> tuple[Array, Array]:
        """(low, high) of features, of their shape.

        Raises:
            LikewiseError: a level outside of (0, 1).
        """
        from scipy.stats import norm

        if not 0 < level < 1:
            raise LikewiseError(f"the level of an interval must lie in (0, 1), got {level}.")
        width = float(norm.ppf((1 + level) / 2))
        low, high = (
            self.curve.predict(features.table, end).reshape(features.distance.shape) for end in (-width, width)
        )
        return low, high

    @cached_property
    def scores(self) -> dict[str, float]:
        """How well answers are predicted that were held out: "brier" and "log_loss" over five folds.

        "base_brier" and "base_log_loss" are those of the plain share of alike answers: what distance adds is the
        difference.

        Raises:
            LikewiseError: fewer than two answers.
        """
        m = len(self.alike)
        if m < 2:
            raise LikewiseError(f"held-out scores need at least two answers, there {'is' if m == 1 else 'are'} {m}.")
        fold = numpy_generator(0, "calibration").permutation(m) % min(FOLDS, m)
        model, base = np.empty(m), np.empty(m)
        for held in range(min(FOLDS, m)):
            out, kept = fold == held, fold != held
            curve = _fit(type(self.curve), self.features[kept], self.alike[kept], self.weights[kept], self.reference)
            model[out] = curve.predict(self.features[out].table)
            total = self.weights[kept].sum()
            base[out] = (self.weights[kept] @ self.alike[kept] + 1) / (total + 2)
        scores = {}
        for name, p in (("", model), ("base_", base)):
            p = np.clip(p, 1e-12, 1 - 1e-12)
            loss = -self.alike * np.log(p) - (1 - self.alike) * np.log1p(-p)
            scores[f"{name}brier"] = float(np.average((p - self.alike) ** 2, weights=self.weights))
            scores[f"{name}log_loss"] = float(np.average(loss, weights=self.weights))
        return scores

    def _features(self, pairs: Any) -> PairFeatures:
        if self.space is None:
            raise LikewiseError("this calibration was fitted to features alone: use probability(features).")
        return pair_features(self.space, as_numpy(pairs))


def _check(features: PairFeatures, alike: Array, weight: Array) -> None:
    if not len(features) == len(alike) == len(weight):
        raise LikewiseError(
            f"a calibration needs one answer and weight a pair, got {len(features)} pairs, {len(alike)} answers and "
            f"{len(weight)} weights."
        )
    if not ((alike >= 0) & (alike <= 1)).all():
        raise LikewiseError("answers of a calibration must lie in [0, 1]: 1 alike, 0 different.")
    if not ((weight > 0) & np.isfinite(weight)).all():
        raise LikewiseError("the weights of a calibration must be positive.")


def _fit(
    kind: type[Logistic] | type[Isotonic], features: PairFeatures, alike: Array, weight: Array, reference: PairFeatures
) -> Curve:
    """A curve through answers and beliefs; the near and the far beliefs are worth one answer each."""
    half = len(reference) // 2
    table = np.concatenate([features.table, reference.table])
    assumed = np.repeat([1.0, 0.0], half)
    return kind.fit(table, np.concatenate([alike, assumed]), np.concatenate([weight, np.full(2 * half, 1 / half)]))


def hellinger(alike: Array | Sequence[float], different: Array | Sequence[float]) -> float:
    """The squared Hellinger distance in [0, 1] of the distances of alike and of different pairs: what a prior saves.

    1: the prior tells them apart, 0: it knows nothing. About k^2 log n / H^2 questions settle k groups of n samples
    with its help, instead of n k (Mazumdar and Saha, Query complexity of clustering with side information, 2017).
    Densities are Gaussian kernel estimates of one bandwidth (Silverman's), which errs on the low side.

    Args:
        alike: distances of pairs answered alike.
        different: distances of pairs answered different.

    Raises:
        LikewiseError: fewer than two distances of either, or one that is not finite.

    >>> round(hellinger([0.1, 0.2, 0.3], [5.1, 5.2, 5.3]), 2), hellinger([1, 2], [1, 2])
    (1.0, 0.0)
    """
    f, g = (np.asarray(as_numpy(values), np.float64).reshape(-1) for values in (alike, different))
    if min(len(f), len(g)) < 2 or not (np.isfinite(f).all() and np.isfinite(g).all()):
        raise LikewiseError(
            f"the Hellinger distance needs two finite distances of either kind, got {len(f)} alike and "
            f"{len(g)} different."
        )
    spread = np.sqrt((len(f) * f.var() + len(g) * g.var()) / (len(f) + len(g)))
    reach = float(np.ptp(np.concatenate([f, g])))
    width = max(0.9 * float(spread) * (len(f) + len(g)) ** -0.2, 1e-3 * reach)
    if width == 0:
        return 0.0  # all distances are equal
    grid = np.linspace(min(f.min(), g.min()) - 4 * width, max(f.max(), g.max()) + 4 * width, 4096)
    both = [np.exp(-0.5 * ((grid[:, None] - x) / width) ** 2).mean(1) for x in (f, g)]
    overlap = np.sqrt(both[0] * both[1]).sum() / np.sqrt(both[0].sum() * both[1].sum())
    return float(np.clip(1 - overlap, 0, 1))
