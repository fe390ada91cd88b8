"""Platt calibration of the posterior by recent answers.

Questions are chosen where the posterior is uncertain, and there it is overconfident: of many groups that might be the
likeliest one, the maximum is biased upwards. Answers about nodes that were in no component correct it by a logistic
curve (Platt 1999), each weighted by its likelihood ratio, since answers may be wrong.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from likewise.arrays import Array, FloatArray

WINDOW = 200
"""So many recent answers count: the posterior drifts."""
PRECISION = 4.0, 1.0
"""Of the normal prior of slope and intercept, whose means are 1 and 0."""
MIN_SLOPE = 0.25
"""The curve always rises: calibration keeps the order of probabilities."""
EPSILON = 1e-4
"""Probabilities are clipped to [EPSILON, 1 - EPSILON]."""


class PlattCalibration:
    """Predicted probabilities and what was answered, and the curve between the two."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._curve: tuple[float, float] | None = None

    def update(self, predicted: float, log_ratio: float) -> None:
        """Add an answer of this log-likelihood ratio to what was predicted with this probability."""
        self._seen.append((predicted, log_ratio))
        self._curve = None

    @property
    def curve(self) -> tuple[float, float]:
        """Slope and intercept of the calibrated log-odds in the predicted ones."""
        if self._curve is None:
            self._curve = self._fitted() if self._seen else (1.0, 0.0)
        return self._curve

    def calibrated(self, predicted: Array) -> FloatArray:
        """float32, of the same shape: calibrated probabilities.

        >>> calibration = PlattCalibration()
        >>> for log_ratio in [9, -9, -9, -9] * 50:
        ...     calibration.update(0.6, log_ratio)
        >>> round(float(calibration.calibrated(np.array([0.6]))[0]), 2)
        0.26
        """
        from scipy.special import expit

        slope, intercept = self.curve
        return np.asarray(expit(slope * log_odds(predicted) + intercept), np.float32)

    def _fitted(self) -> tuple[float, float]:
        """The maximum a posteriori."""
        from scipy.optimize import minimize
        from scipy.special import expit

        predicted, log_ratio = np.array(self._seen).T
        x = np.stack([log_odds(predicted), np.ones(len(predicted))], 1)
        mean, precision = np.array([1.0, 0.0]), np.array(PRECISION)

        def loss(curve: Array) -> tuple[float, Array]:  # the likelihood of an answer is p exp(log_ratio) + 1 - p
            logits, gap = x @ curve, curve - mean
            likelihood = (np.logaddexp(0, logits) - np.logaddexp(0, logits + log_ratio)).sum()
            value = likelihood + (precision * gap**2).sum() / 2
            return float(value), x.T @ (expit(logits) - expit(logits + log_ratio)) + precision * gap

        bounds = [(MIN_SLOPE, None), (None, None)]
        slope, intercept = minimize(loss, mean, jac=True, method="L-BFGS-B", bounds=bounds).x
        return float(slope), float(intercept)


def log_odds(probability: Array, epsilon: float = EPSILON) -> Array:
    """Of probabilities, clipped to [epsilon, 1 - epsilon]."""
    from scipy.special import logit

    return np.asarray(logit(np.clip(probability, epsilon, 1 - epsilon)))
