"""The best embedding that a loss could ever reach for a graph.

``graph`` is a SimilarityGraph, or a symmetric ``[n, n]`` matrix: dense or scipy sparse, its diagonal taken as it is (a
SimilarityGraph brings its self weights). ``within`` restricts the embedding to the functions of a kernel and adds their
price ``ridge tr(Z^T K^+ Z)`` to the loss; the optimum can then be evaluated on new inputs. Each optimum is unique up to
a rotation at best: compare values, not eigenvectors. The forms follow PAL (arXiv 2303.15256) and Balestriero & LeCun
(arXiv 2205.11508).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.closed_form.kernels import Rkhs
from likewise.closed_form.matrices import Matrix, Real, as_matrix, eigenpairs, laplacian
from likewise.errors import LikewiseError


@dataclass(frozen=True)
class Optimum:
    """An embedding that minimises a loss over a graph.

    Attributes:
        embedding: Z, ``[n, K]``.
        eigenvalues: ``[K]``, of the matrix that the function names.
        value: the loss at Z, the price of the functions included.
        within: the functions that Z was chosen from; None for any Z.
    """

    embedding: Real
    eigenvalues: Real
    value: float
    within: Rkhs | None = None

    def transform(self, x: Any) -> Real:
        """The embedding ``[m, K]`` of new inputs ``[m, d]``; of the training inputs it is ``embedding``.

        Raises:
            LikewiseError: there is no kernel to carry the embedding to new inputs, or x does not fit it.
        """
        if self.within is None:
            raise LikewiseError(
                "this optimum knows only the samples of its graph: pass within=Rkhs(...) to embed others."
            )
        return self.within.evaluate(self.within.coefficients(self.embedding), x)


def vic2_optimum(graph: Any, dim: int, *, beta: float = 2.0, within: Rkhs | None = None) -> Optimum:
    """Minimise ``|Z^T Z - I|^2 + beta tr(Z^T L Z)``, VICReg with squares for hinges.

    With ``L = diag(G 1) - G`` and (l, U) the dim smallest eigenpairs of ``beta L + ridge K^+``, the optimum is
    ``U (1 - l / 2)_+^{1/2}``; these are the eigenvalues returned.

    Args:
        graph: who is alike, without negative weights.
        dim: K.
        beta: weight of the invariance.
        within: a kernel's functions.

    Raises:
        LikewiseError: the graph, dim or beta does not fit.
    """
    if not beta >= 0:
        raise LikewiseError(f"beta must not be negative, got {beta}.")
    matrix = beta * laplacian(as_matrix(graph))
    form = matrix if within is None else within.restrict(matrix) + _price(within)
    values, vectors = eigenpairs(form, dim, largest=False)
    squared = np.maximum(1 - values / 2, 0)
    value = ((squared - 1) ** 2 + values * squared).sum()
    return _optimum(vectors * np.sqrt(squared), values, value, within)


def spectral_optimum(graph: Any, dim: int, *, within: Rkhs | None = None) -> Optimum:
    """Minimise ``|Z Z^T - G|^2``, the spectral contrastive loss (arXiv 2106.04156) as a factorisation of the graph.

    With (l, V) the dim largest eigenpairs of ``G - ridge / 2 K^+``, the optimum is ``V l_+^{1/2}``; these are the
    eigenvalues returned.

    Args:
        graph: may carry negative weights for known differences.
        dim: K.
        within: a kernel's functions.

    Raises:
        LikewiseError: the graph or dim does not fit.
    """
    matrix = as_matrix(graph)
    form = matrix if within is None else within.restrict(matrix) - _price(within) / 2
    values, vectors = eigenpairs(form, dim, largest=True)
    squared = np.maximum(values, 0)
    value = (matrix * matrix).sum() - (squared**2).sum()
    return _optimum(vectors * np.sqrt(squared), values, value, within)


def barlow_optimum(graph: Any, dim: int, *, within: Rkhs | None = None) -> Optimum:
    """Minimise ``|Z^T G Z - I|^2``, Barlow Twins with equal weights.

    With (h, V) the dim largest eigenpairs of G, the optimum is ``V h^{-1/2}`` and the loss 0. Within a kernel's
    functions, ``Z = K^{1/2} W``, and (h, V) are the eigenpairs of ``K^{1/2} G K^{1/2}``: the optimum is
    ``W = V s^{1/2}`` with ``s = (h - ridge / 2)_+ / h^2``. The eigenvalues returned are h.

    Args:
        graph: may carry negative weights for known differences.
        dim: K, at most the number of positive eigenvalues.
        within: a kernel's functions.

    Raises:
        LikewiseError: the graph does not fit, or it has fewer than dim positive eigenvalues.
    """
    matrix, ridge = as_matrix(graph), 0.0
    if within is not None:
        root, ridge = np.sqrt(within.spectrum[0]), within.ridge
        matrix = root[:, None] * within.restrict(matrix) * root
    values, vectors = eigenpairs(matrix, dim, largest=True)
    found = int((values > 1e-12 * len(vectors) * abs(matrix).max()).sum())
    if found < dim:
        raise LikewiseError(
            f"Barlow Twins needs a positive eigenvalue of the graph for each of {dim} dimensions, but it has {found}: "
            f"choose dim <= {found}."
        )
    squared = np.maximum(values - ridge / 2, 0) / values**2
    value = ((values * squared - 1) ** 2 + ridge * squared).sum()
    coordinates = vectors * np.sqrt(squared)
    return _optimum(coordinates if within is None else root[:, None] * coordinates, values, value, within)


def pal_optimum(graph: Any, dim: int, *, within: Rkhs) -> Optimum:
    """Maximise ``tr(Z^T (T - ridge K^+) Z)`` with ``Z^T Z = I``: the solver of PAL's toy experiments.

    The optimum is the dim largest eigenvectors of ``T - ridge K^+`` (the eigenvalues returned), and ``value`` is minus
    their sum. PAL's code multiplies the embedding by the ridge, ``k(x, X) (ridge K^+) V``, which no linear probe sees;
    and it lets Z leave the range of K, which makes no difference for a kernel of full rank such as the exponential.

    Args:
        graph: T: 1 for alike, -1 for different, 0 for unknown, 1 on the diagonal.
        dim: K; PAL takes 5.
        within: a kernel's functions.

    Raises:
        LikewiseError: the graph or dim does not fit.
    """
    values, vectors = eigenpairs(within.restrict(as_matrix(graph)) - _price(within), dim, largest=True)
    return _optimum(vectors, values, -values.sum(), within)


def _price(within: Rkhs) -> Matrix:
    """``ridge K^+`` in the coordinates of the eigenvectors of K."""
    return np.diag(within.ridge / within.spectrum[0])


def _optimum(coordinates: Real, eigenvalues: Real, value: float, within: Rkhs | None) -> Optimum:
    embedding = coordinates if within is None else within.spectrum[1] @ coordinates
    return Optimum(embedding, eigenvalues, float(value), within)
