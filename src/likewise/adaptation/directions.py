"""Directions in which alike samples agree: the optimum of PAL's theory with a linear model on frozen rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from likewise.adaptation.scatter import Real, Scatter
from likewise.errors import unknown_name

SCALINGS = ("sqrt", "plda", "none")
LEAST = 0.02
"""Directions in which alike samples correlate less are left out."""
MOST = 0.999
"""A correlation of 1 would be scaled by infinity."""


@dataclass(frozen=True)
class Form:
    """How directions are found.

    Attributes:
        every: b in [0, 1], how much the covariance of all samples counts beside that of the paired ones.
        ridge: g >= 0, added to the covariance in units of its mean variance.
        apart: e >= 0, how much differences count against a direction.
        scaling: of a direction with correlation l: "sqrt" (l^(1/2)), "plda" ((l / (1 - l^2))^(1/2)), or "none".
    """

    every: float = 0.5
    ridge: float = 0.3
    apart: float = 0.0
    scaling: str = "sqrt"

    def __post_init__(self) -> None:
        if self.scaling not in SCALINGS:
            raise unknown_name("scaling", self.scaling, SCALINGS)


@dataclass(frozen=True)
class Directions:
    """A linear map of rows: ``(x - mean) @ vectors``.

    Attributes:
        mean: float64 ``[d]``.
        vectors: float64 ``[d, k]``, scaled.
        correlations: ``[k]``, how alike samples correlate along each, falling.
    """

    mean: Real
    vectors: Real
    correlations: Real

    def __call__(self, x: Real) -> Real:
        """Rows ``[n, d]`` as ``[n, k]``."""
        mapped: Real = (x - self.mean) @ self.vectors
        return mapped


def directions_of(scatter: Scatter, form: Form) -> Directions:
    """The directions v of (A - e D) v = l (C + g tr(C) / d I) v with l above ``LEAST``, scaled.

    A is the cross-covariance of alike pairs, D that of different ones, C = (1 - b) that of the paired samples + b that
    of all. For b = e = g = 0, l is the correlation of alike samples along v.
    """
    d = len(scatter.mean)
    covariance = (1 - form.every) * scatter.paired + form.every * scatter.every
    level = max(float(np.trace(covariance)) / d, 1e-12)
    covariance = covariance + (form.ridge + 1e-9) * level * np.eye(d)
    found, vectors = scipy.linalg.eigh(scatter.alike - form.apart * scatter.different, covariance)
    found, vectors = found[::-1], vectors[:, ::-1]
    kept = min(int((found > LEAST).sum()), max(scatter.limit, 0))
    along = np.minimum(found[:kept], MOST)
    scales = {"sqrt": np.sqrt(along), "plda": np.sqrt(along / (1 - along**2)), "none": np.ones_like(along)}
    scale = scales[form.scaling]
    return Directions(scatter.mean, vectors[:, :kept] * scale, found[:kept])
