"""Label spreading on a similarity graph, by conjugate gradients on the sparse matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.evaluation.checks import whole_labels
from likewise.graph import SimilarityGraph

ALPHA = 0.99
TOLERANCE = 1e-8


def spread_labels(graph: SimilarityGraph, y: Any, *, alpha: float = ALPHA) -> Array:
    """Scores float64 [n, C] of every class for every sample: F = (1 - a) (I - a S)^-1 Y (Zhou et al. 2003, NIPS 16).

    S is the symmetrised graph between samples, normalised by the roots of their degrees; self weights do not enter. A
    sample that no label reaches has a row of zeros.

    Args:
        graph: n samples.
        y: whole labels [n], negative: unknown. Column c belongs to the c-th smallest label.
        alpha: in (0, 1); the nearer to 1, the further labels spread.

    Raises:
        LikewiseError: alpha out of range, labels that do not fit, no known label.
    """
    labels = whole_labels(y, graph.n, "the graph")
    known = labels >= 0
    codes = np.unique(labels[known], return_inverse=True)[1].reshape(-1)
    start = np.zeros((graph.n, int(codes.max()) + 1))
    start[known, codes] = 1
    return solve(spreading_matrix(graph, alpha), (1 - alpha) * start)


def symmetric_weights(graph: SimilarityGraph) -> Any:
    """Float64 CSR [n, n]: the larger attraction of either direction.

    Raises:
        LikewiseError: the graph has no edge.
    """
    matrix = graph.to_scipy().astype(np.float64)
    weights = matrix.maximum(matrix.T).tocsr()
    if not weights.nnz:
        raise LikewiseError("the graph joins nobody: alone it says nothing.")
    return weights


def spreading_matrix(graph: SimilarityGraph, alpha: float) -> Any:
    """I - alpha S, sparse, symmetric, positive definite."""
    from scipy.sparse import diags, identity

    if not 0 < alpha < 1:
        raise LikewiseError(f"alpha must lie in (0, 1), got {alpha}.")
    weights = symmetric_weights(graph)
    degree = np.asarray(weights.sum(1)).reshape(-1)
    scale = diags(np.where(degree > 0, degree, 1) ** -0.5)
    return (identity(graph.n) - alpha * (scale @ weights @ scale)).tocsr()


def solve(matrix: Any, right: Array) -> Array:
    """X with matrix @ X = right [n, r], by conjugate gradients on all columns at once.

    The matrix is I - alpha S with a spectrum in [1 - alpha, 1 + alpha]: at alpha = .99 about 140 products suffice.

    Raises:
        LikewiseError: no convergence in ten times n steps (alpha is too near to 1).
    """
    x = np.zeros_like(right)
    residual, direction = right.copy(), right.copy()
    norm = np.square(right).sum(0)
    goal = TOLERANCE**2 * norm
    for _ in range(max(1000, 10 * len(right))):
        going = norm > goal
        if not going.any():
            return x
        product = matrix @ direction
        step = np.divide(norm, (direction * product).sum(0), out=np.zeros_like(norm), where=going)
        x += step * direction
        residual -= step * product
        before, norm = norm, np.square(residual).sum(0)
        direction = residual + np.divide(norm, before, out=np.zeros_like(norm), where=going) * direction
    raise LikewiseError("label spreading did not converge: take a smaller alpha.")
