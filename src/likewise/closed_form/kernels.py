"""Kernels, and the functions that a kernel allows: a closed form that can be evaluated on new inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist

from likewise.arrays import as_numpy
from likewise.closed_form.matrices import Matrix, Real
from likewise.errors import LikewiseError

Kernel = Callable[[Real, Real], Real]


def exponential(sigma: float) -> Kernel:
    """``k(x, x') = exp(-|x - x'| / sigma)``, the kernel of PAL's toy experiments (arXiv 2303.15256).

    >>> exponential(2.0)(np.zeros((1, 1)), np.array([[0.0], [2.0]])).round(3).tolist()
    [[1.0, 0.368]]
    """
    scale = _positive(sigma)
    return lambda x, y: np.exp(-_distances(x, y) / scale)


def gaussian(sigma: float) -> Kernel:
    """``k(x, x') = exp(-|x - x'|^2 / (2 sigma^2))``.

    >>> gaussian(1.0)(np.zeros((1, 1)), np.array([[0.0], [1.0]])).round(3).tolist()
    [[1.0, 0.607]]
    """
    scale = _positive(sigma)
    return lambda x, y: np.exp(-0.5 * (_distances(x, y) / scale) ** 2)


def _positive(sigma: float) -> float:
    if not sigma > 0:
        raise LikewiseError(f"the width sigma of a kernel must be greater than 0, got {sigma}.")
    return sigma


def _distances(x: Real, y: Real) -> Real:
    distances: Real = cdist(x, y)
    return distances


@dataclass(frozen=True)
class Rkhs:
    """The functions ``f(x) = sum_i a_i k(x, x_i)`` on training inputs, with the price of their norm.

    An embedding of the training inputs is ``Z = K a`` with K the kernel matrix; its price is ``ridge * tr(Z^T K^+ Z)``,
    which is ridge times the squared norm of its functions. Directions in which K has eigenvalues below ``1e-5 / n`` (as
    in PAL's code, which takes the pseudo-inverse there) hold no function and are left out.

    Attributes:
        x: training inputs ``[n, d]``.
        kernel: ``(x [m, d], y [n, d]) -> [m, n]``, positive semi-definite.
        ridge: the price lambda of a squared norm, >= 0.
    """

    x: Real
    kernel: Kernel
    ridge: float = 1e-3

    def __post_init__(self) -> None:
        """Check the inputs and the ridge."""
        if self.x.ndim != 2 or not len(self.x):
            raise LikewiseError(f"the training inputs of a kernel must be [n, d], got {list(self.x.shape)}.")
        if not self.ridge >= 0:
            raise LikewiseError(f"the ridge must not be negative, got {self.ridge}.")

    @cached_property
    def spectrum(self) -> tuple[Real, Real]:
        """Eigenvalues ``[r]`` of K that are above the cut, and their eigenvectors ``[n, r]``."""
        values, vectors = scipy.linalg.eigh(self.kernel(self.x, self.x))
        kept = values > 1e-5 / len(self.x)
        return values[kept], vectors[:, kept]

    @property
    def price(self) -> Real:
        """``ridge * K^+`` ``[n, n]``: the price of an embedding is ``tr(Z^T price Z)``."""
        values, vectors = self.spectrum
        priced: Real = self.ridge * (vectors / values) @ vectors.T
        return priced

    def restrict(self, matrix: Matrix) -> Real:
        """The quadratic form of an ``[n, n]`` matrix in the coordinates ``[r]`` of the eigenvectors of K.

        Raises:
            LikewiseError: the matrix is not that of a graph over the training inputs.
        """
        if matrix.shape[0] != len(self.x):
            raise LikewiseError(f"the graph has {matrix.shape[0]} samples but the kernel {len(self.x)} inputs.")
        _, vectors = self.spectrum
        form: Real = vectors.T @ (matrix @ vectors)
        return (form + form.T) / 2

    def coefficients(self, embedding: Real) -> Real:
        """``a`` ``[n, K]`` with ``K a = Z`` of least norm."""
        values, vectors = self.spectrum
        found: Real = vectors @ ((vectors.T @ embedding) / values[:, None])
        return found

    def evaluate(self, coefficients: Real, x: Any) -> Real:
        """The functions of the coefficients at new inputs ``[m, d]``: ``[m, K]``.

        Raises:
            LikewiseError: the inputs do not have the dimension of the training inputs.
        """
        inputs = as_numpy(x).astype(np.float64)
        if inputs.ndim != 2 or inputs.shape[1] != self.x.shape[1]:
            raise LikewiseError(f"new inputs must be [m, {self.x.shape[1]}], got {list(inputs.shape)}.")
        values: Real = self.kernel(inputs, self.x) @ coefficients
        return values
