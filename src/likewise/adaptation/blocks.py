"""Prior and adapted rows side by side, so that the similarity is their weighted mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.adaptation.scatter import Real


def unit(rows: Real) -> Real:
    """Rows divided by their length; a row of zeros stays."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Real = rows / np.where(norms > 0, norms, 1)
    return scaled


@dataclass(frozen=True)
class Blocks:
    """Joins two blocks of rows, each divided by one factor, so that they count by their weight and not by their units.

    A row that says little in the adapted block stays short there, and is compared by the prior.

    Attributes:
        prior: the root mean square length of the prior's training rows (under Euclid, about their mean).
        adapted: the same of the adapted training rows.
    """

    prior: float = 1.0
    adapted: float = 1.0

    @classmethod
    def of(cls, metric: str, prior: Real, adapted: Real) -> Blocks:
        """Measured on training rows ``[n, d]`` and ``[n, k]``."""
        center = 0.0 if metric == "cosine" else prior.mean(0)
        return cls(_length(prior - center), _length(adapted))

    def join(self, prior: Real, adapted: Real, weight: float) -> Real:
        """``[n, d + k]``: sqrt(1 - weight) of the prior beside sqrt(weight) of the adapted rows."""
        parts = [np.sqrt(1 - weight) / self.prior * prior, np.sqrt(weight) / self.adapted * adapted]
        return np.hstack(parts[: 1 + (weight > 0)])


def _length(rows: Real) -> float:
    length = float(np.sqrt((rows**2).sum(1).mean()))
    return length if length > 0 else 1.0
