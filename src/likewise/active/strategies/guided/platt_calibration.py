"""How right beliefs turned out to be lately.

Questions are chosen where beliefs are unsure, and there they are surer than they are right: of many groups that might
be the likeliest one, the one that seems so was lucky. What was answered about nodes that are in no part yet corrects
them by a logistic curve (Platt 1999), as much as answers that may be wrong can tell.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from likewise.arrays import Array, FloatArray

LATELY = 200
"""So many answers count: beliefs change their kind."""
CERTAIN = 4.0, 1.0
"""How certain slope 1 and intercept 0 are before anything was answered: precisions of a normal distribution."""
RISES = 0.25
"""At least so steep is the curve: whatever was answered, what is believed more is not taken for less."""
LEAST = 1e-4
"""No belief is surer than this or 1 - this."""


class Foretold:
    """Beliefs and what was answered then."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=LATELY)
        self._curve: tuple[float, float] | None = None

    def hear(self, believed: float, worth: float) -> None:
        """Somebody answered what was believed with this probability; the answer is worth these log-odds."""
        self._seen.append((believed, worth))
        self._curve = None

    @property
    def curve(self) -> tuple[float, float]:
        """Slope and intercept of the log-odds of being right, in those of the belief."""
        if self._curve is None:
            self._curve = self._fitted() if self._seen else (1.0, 0.0)
        return self._curve

    def calibrated(self, believed: Array) -> FloatArray:
        """float32, of the same shape: beliefs, as often as such ones were right.

        >>> foretold = Foretold()
        >>> for worth in [9, -9, -9, -9] * 50:
        ...     foretold.hear(0.6, worth)
        >>> round(float(foretold.calibrated(np.array([0.6]))[0]), 2)
        0.26
        """
        from scipy.special import expit

        slope, intercept = self.curve
        return np.asarray(expit(slope * log_odds(believed) + intercept), np.float32)

    def _fitted(self) -> tuple[float, float]:
        from scipy.optimize import minimize
        from scipy.special import expit

        believed, worth = np.array(self._seen).T
        x = np.stack([log_odds(believed), np.ones(len(believed))], 1)
        usual, precision = np.array([1.0, 0.0]), np.array(CERTAIN)

        def loss(curve: Array) -> tuple[float, Array]:  # of an answer: p exp(worth) + 1 - p
            said, gap = x @ curve, curve - usual
            value = (np.logaddexp(0, said) - np.logaddexp(0, said + worth)).sum() + (precision * gap**2).sum() / 2
            return float(value), x.T @ (expit(said) - expit(said + worth)) + precision * gap

        rising = [(RISES, None), (None, None)]
        slope, intercept = minimize(loss, usual, jac=True, method="L-BFGS-B", bounds=rising).x
        return float(slope), float(intercept)


def log_odds(chance: Array, least: float = LEAST) -> Array:
    """Of chances, none taken to be surer than ``least`` or 1 - this."""
    from scipy.special import logit

    return np.asarray(logit(np.clip(chance, least, 1 - least)))
