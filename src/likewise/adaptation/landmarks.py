"""Features of a kernel by landmarks (Nystroem), so that what is linear in them bends the space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist

from likewise.adaptation.scatter import Real
from likewise.errors import LikewiseError, require_whole
from likewise.randomness import random_rows

MOST = 2000
"""Landmarks at most: the directions cost their number cubed."""
SAMPLE = 1000
"""Rows whose median distance is the kernel's width."""
CUT = 1e-6
"""Directions of the landmarks' kernel with less of its largest eigenvalue are left out."""


@dataclass(frozen=True)
class Landmarks:
    """``k(x, landmarks) @ whitening``, whose products approximate the Gaussian kernel exp(-gamma |x - y|^2).

    Attributes:
        rows: the landmarks ``[m, d]``.
        whitening: float64 ``[m, r]``.
        gamma: of the kernel.
    """

    rows: Real
    whitening: Real
    gamma: float

    @classmethod
    def of(cls, x: Real, count: int, seed: int) -> Landmarks:
        """At most ``count`` random rows of ``[n, d]``; the kernel's width is the rows' median distance.

        Raises:
            LikewiseError: the count is not in [2, 2000].
        """
        require_whole("kernel", count)
        if not 2 <= count <= MOST:
            raise LikewiseError(f"a kernel takes from 2 to {MOST:,} landmarks, got {count}.")
        rows = x[random_rows(len(x), count, seed, "landmarks")]
        some = x[random_rows(len(x), SAMPLE, seed, "kernel width")]
        typical = float(np.median(cdist(some, some, "sqeuclidean")))
        gamma = 1 / typical if typical > 0 else 1.0
        values, vectors = scipy.linalg.eigh(_kernel(rows, rows, gamma))
        kept = values > CUT * values[-1]
        return cls(rows, vectors[:, kept] / np.sqrt(values[kept]), gamma)

    def __call__(self, x: Real) -> Real:
        """The features ``[n, r]`` of rows ``[n, d]``."""
        features: Real = _kernel(x, self.rows, self.gamma) @ self.whitening
        return features


def _kernel(x: Real, y: Real, gamma: float) -> Real:
    kernel: Real = np.exp(-gamma * cdist(x, y, "sqeuclidean"))
    return kernel
