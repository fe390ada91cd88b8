"""Two ways to turn features of a pair into a probability, each of which knows how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.arrays import Array


@dataclass(frozen=True, eq=False)
class Logistic:
    """Ridge logistic regression on distance, log rank and density (scikit-learn), for few answers.

    Attributes:
        center: float64 ``[3]``, taken from the features before anything else.
        scale: float64 ``[3]``, by which they are divided.
        weights: float64 ``[4]``, of the features so standardised, and the intercept.
        covariance: float64 ``[4, 4]`` of the weights (Laplace's approximation).
    """

    center: Array
    scale: Array
    weights: Array
    covariance: Array

    @classmethod
    def fit(cls, table: Array, alike: Array, weight: Array) -> Logistic:
        """Fit to features ``[m, 3]``, probabilities of alike ``[m]`` and weights ``[m]``."""
        from scipy.special import expit
        from sklearn.linear_model import LogisticRegression

        center = np.average(table, axis=0, weights=weight)
        scale = np.sqrt(np.average((table - center) ** 2, axis=0, weights=weight))
        scale = np.where(scale > 1e-9 * (1 + np.abs(center)), scale, 1.0)
        x = (table - center) / scale
        y = np.repeat([1, 0], len(x))
        model = LogisticRegression(C=1.0).fit(
            np.vstack([x, x]), y, np.concatenate([weight * alike, weight * (1 - alike)])
        )
        weights = np.append(model.coef_[0], model.intercept_)
        design = np.column_stack([x, np.ones(len(x))])
        p = expit(design @ weights)
        information = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag([1.0, 1, 1, 1e-6])
        return cls(center, scale, weights, np.linalg.inv(information))

    def predict(self, table: Array, level: float = 0.0) -> Array:
        """P(alike) ``[m]``, or the end of its interval so many standard deviations away."""
        from scipy.special import expit

        design = np.column_stack([(table - self.center) / self.scale, np.ones(len(table))])
        spread = np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", design, self.covariance, design), 0)) if level else 0.0
        return np.asarray(expit(design @ self.weights + level * spread))


@dataclass(frozen=True, eq=False)
class Isotonic:
    """Isotonic regression on distance (scikit-learn), each step shrunk as if half an answer more spoke either way.

    Attributes:
        distance: float64 ``[s]``, rising.
        alike: float64 ``[s]``, falling: P(alike) there; between them lines, beyond them level.
        count: float64 ``[s]``, how many answers each value rests on.
    """

    distance: Array
    alike: Array
    count: Array

    @classmethod
    def fit(cls, table: Array, alike: Array, weight: Array) -> Isotonic:
        """Fit to features ``[m, 3]``, probabilities of alike ``[m]`` and weights ``[m]``."""
        from sklearn.isotonic import IsotonicRegression

        def steps(values: Array) -> Array:
            return np.asarray(
                IsotonicRegression(increasing=False).fit_transform(distance, values, sample_weight=weight)
            )

        distance = table[:, 0]
        level, block = np.unique(steps(alike), return_inverse=True)
        count = np.bincount(block.reshape(-1), weight)
        shrunk = steps(((level * count + 0.5) / (count + 1))[block.reshape(-1)])
        order = np.argsort(distance, kind="stable")
        return cls(distance[order], shrunk[order], count[block.reshape(-1)][order])

    def predict(self, table: Array, level: float = 0.0) -> Array:
        """P(alike) ``[m]``, or the end of its interval so many standard deviations away."""
        from scipy.stats import beta, norm

        p = np.interp(table[:, 0], self.distance, self.alike)
        if not level:
            return np.asarray(p)
        count = np.interp(table[:, 0], self.distance, self.count) + 1
        return np.asarray(beta.ppf(norm.cdf(level), count * p, count * (1 - p)))


Curve = Logistic | Isotonic
