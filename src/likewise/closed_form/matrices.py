"""Graphs as symmetric matrices, and the few eigenpairs at one end of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
import scipy.sparse
import scipy.sparse.csgraph
import scipy.sparse.linalg

from likewise.arrays import as_numpy
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator

Real = npt.NDArray[np.float64]
Matrix = Any  # Real or scipy.sparse.csr_array: both know @, .T, .sum(axis) and abs()

DENSE = 3000  # up to here a dense decomposition takes seconds and cannot miss a multiple eigenvalue


def as_matrix(graph: Any) -> Matrix:
    """The graph as a symmetric float64 matrix ``[n, n]``: dense up to n = 3000, else as it comes.

    Args:
        graph: a scipy sparse matrix, an array or a tensor, each taken as it is; or a SimilarityGraph (anything with
            ``to_scipy()``): alike in either direction counts, and the self weights are the diagonal.

    Raises:
        LikewiseError: it is not square, not finite or not symmetric.
    """
    graph = _read(graph) if hasattr(graph, "to_scipy") else graph
    sparse = scipy.sparse.issparse(graph)
    matrix: Matrix = (scipy.sparse.csr_array(graph) if sparse else as_numpy(graph)).astype(np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise LikewiseError(f"a similarity graph must be a square matrix, got {list(matrix.shape)}.")
    if not np.isfinite(matrix.data if sparse else matrix).all():
        raise LikewiseError("a similarity graph must be finite: remove its NaN and infinite weights.")
    if abs(matrix - matrix.T).max() > 1e-6 * abs(matrix).max():
        raise LikewiseError("a similarity graph must be symmetric here: pass (G + G.T) / 2.")
    return matrix.toarray() if sparse and matrix.shape[0] <= DENSE else matrix


def _read(graph: Any) -> Matrix:
    """A SimilarityGraph as its ``among`` sees it, which is symmetric, with each sample's likeness to itself."""
    directed = scipy.sparse.csr_array(graph.to_scipy())
    either = directed.maximum(directed.T)
    own = getattr(graph, "self_weight", None)
    return either if own is None else either + scipy.sparse.diags_array(own - either.diagonal(), format="csr")


def laplacian(matrix: Matrix) -> Matrix:
    """``diag(G 1) - G`` of a graph without negative weights (the diagonal cancels).

    Raises:
        LikewiseError: a weight is negative.
    """
    if matrix.min() < 0:
        raise LikewiseError("the Laplacian is that of `alike` only: pass the graph without its negative weights.")
    degree = matrix.sum(axis=1)
    if scipy.sparse.issparse(matrix):
        return scipy.sparse.diags_array(degree, format="csr") - matrix
    return np.diag(degree) - matrix


def eigenpairs(matrix: Matrix, count: int, *, largest: bool) -> tuple[Real, Real]:
    """The ``count`` largest eigenvalues, descending (or smallest, ascending), and their eigenvectors ``[n, count]``.

    A sparse matrix is taken apart into its connected components, each decomposed by LAPACK up to 3000 rows and by
    Lanczos (ARPACK) above: Lanczos alone finds too few copies of a multiple eigenvalue, as every graph that falls apart
    has them.

    Raises:
        LikewiseError: count is not in [1, n].
    """
    n = matrix.shape[0]
    if not 1 <= count <= n:
        raise LikewiseError(f"the dimension must lie in [1, {n}], the number of directions there are, got {count}.")
    if not scipy.sparse.issparse(matrix):
        return _connected(matrix, count, largest)
    parts, part = scipy.sparse.csgraph.connected_components(matrix, directed=False)
    order = np.argsort(part, kind="stable")
    ends = np.searchsorted(part[order], np.arange(parts + 1))
    sorted_matrix = matrix[order][:, order]
    found = [
        (value, order[a:b], vector)
        for a, b in itertools.pairwise(ends)
        for value, vector in _pairs(sorted_matrix[a:b, a:b], min(count, b - a), largest)
    ]
    found.sort(key=lambda pair: -pair[0] if largest else pair[0])
    vectors = np.zeros((n, count))
    for column, (_, members, vector) in enumerate(found[:count]):
        vectors[members, column] = vector
    return np.array([value for value, _, _ in found[:count]]), vectors


def _pairs(matrix: Matrix, count: int, largest: bool) -> Iterator[tuple[float, Real]]:
    values, vectors = _connected(matrix, count, largest)
    return zip(values.tolist(), vectors.T, strict=True)


def _connected(matrix: Matrix, count: int, largest: bool) -> tuple[Real, Real]:
    """The eigenpairs of a dense matrix, or of a sparse one of one component."""
    n = matrix.shape[0]
    if scipy.sparse.issparse(matrix) and n > max(DENSE, count):
        start = numpy_generator(0, "closed_form.eigenpairs").standard_normal(n)
        values, vectors = scipy.sparse.linalg.eigsh(matrix, count, which="LA" if largest else "SA", v0=start)
    else:
        dense = matrix.toarray() if scipy.sparse.issparse(matrix) else matrix
        ends = (n - count, n - 1) if largest else (0, count - 1)
        values, vectors = scipy.linalg.eigh(dense, subset_by_index=ends)
    order = np.argsort(-values if largest else values)
    return values[order], vectors[:, order]
