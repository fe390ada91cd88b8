"""Trees of terms as numbers: the channels of given pairs, and scipy matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.errors import LikewiseError
from likewise.graph.terms import Edges, Groups, Source, check_weights, edges_from_arrays
from likewise.graph.tree import PAIR_LIMIT, Node, Sum, Union, Without, holds_differences, terms_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix as Csr


def channel_of_pairs(node: Node, rows: Any, cols: Any, *, different: bool = False) -> Any:
    """float32 ``[m]``: one channel of the pairs (rows, cols), elementwise, in either direction, on the CPU.

    Raw channels, without the veto; of a sum whose parts point in opposite directions, the sum of both. A sample is
    never alike or different from itself.
    """
    if isinstance(node, Union):
        values = [channel_of_pairs(part, rows, cols, different=different) for part in node.parts]
        return np.maximum.reduce(values) if values else np.zeros(len(rows), np.float32)
    if isinstance(node, Sum):
        total = np.zeros(len(rows), np.float32)
        for scale, part in node.parts:
            total += scale * channel_of_pairs(part, rows, cols, different=different)
        return total
    if isinstance(node, Without):
        values = channel_of_pairs(node.part, rows, cols, different=different)
        return values if different else np.where(channel_of_pairs(node.drop, rows, cols) > 0, 0, values)
    if isinstance(node, Groups):
        return _group_pairs(node, rows, cols, different)
    if node.different != different or not node.count or not len(rows):
        return np.zeros(len(rows), np.float32)
    matrix = to_csr(node)
    return np.maximum(np.asarray(matrix[rows, cols]), np.asarray(matrix[cols, rows])).reshape(-1)


def _group_pairs(groups: Groups, rows: Any, cols: Any, different: bool) -> Any:
    a, b = groups.codes[rows], groups.codes[cols]
    if not different:
        return np.where((a == b) & (a >= 0) & (rows != cols), groups.weight, 0).astype(np.float32)
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
    table = np.sort(groups.apart, axis=1).astype(np.int64)
    known = np.isin(low * groups.count + high, table[:, 0] * groups.count + table[:, 1])
    return (known & (low >= 0)).astype(np.float32)


def kept_edges(edges: Edges, keep: Any, source: Source, weights: Any = None) -> Edges:
    """The edges that a bool ``[m]`` mask keeps, with their own or new weights."""
    indptr = np.r_[0, np.cumsum(keep)][edges.indptr].astype(np.int64)
    weights = edges.weights if weights is None else weights
    return Edges(indptr, edges.indices[keep], weights[keep], source, edges.different)


def to_csr(edges: Edges) -> Csr:
    """The edges as a scipy matrix that shares their memory."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((edges.weights, edges.indices, edges.indptr), shape=(edges.n, edges.n))
    matrix.has_sorted_indices = True
    matrix.has_canonical_format = True
    return matrix


def edges_of_csr(matrix: Any, source: Source, *, different: bool = False) -> Edges:
    """Edges of a scipy sparse matrix; explicit zeros and the diagonal fall away."""
    coo = matrix.tocoo()
    return edges_from_arrays(coo.shape[0], coo.row, coo.col, coo.data, source=source, different=different)


def materialise(node: Node, source: Source, limit: int = PAIR_LIMIT) -> tuple[Edges, ...]:
    """The tree as at most two terms, the alike edges and the different edges, groups spelled out.

    Raises:
        LikewiseError: the groups stand for more than ``limit`` pairs.
    """
    refuse_above(node, limit, differences=True)
    out = []
    for different in (False, True):
        matrix = matrix_of(node, different)
        if matrix is not None and matrix.nnz:
            out.append(edges_of_csr(matrix, source, different=different))
    return tuple(out)


def signed_edges(matrix: Any) -> tuple[Edges, Edges]:
    """The alike edges (positive entries) and the different ones (negative) of a sparse or dense square matrix.

    Raises:
        LikewiseError: the matrix is not square, or an entry is NaN or infinite.
    """
    from scipy.sparse import csr_matrix

    coo = csr_matrix(matrix).tocoo()  # entries that stand twice are summed, as scipy means them
    if coo.shape[0] != coo.shape[1]:
        raise LikewiseError(f"a similarity graph needs a square matrix, got {coo.shape}.")
    check_weights(np.abs(coo.data))

    def edges(keep: Any, different: bool) -> Edges:
        values, source = np.abs(coo.data[keep]), Source("edges", {"different": True} if different else {})
        return edges_from_arrays(coo.shape[0], coo.row[keep], coo.col[keep], values, source=source, different=different)

    return edges(coo.data > 0, False), edges(coo.data < 0, True)


def merged_edges(edges: list[Edges]) -> Edges:
    """One term of several, with the largest weight of each pair."""
    if len(edges) == 1:
        return edges[0]
    matrix = _reduce([to_csr(term) for term in edges], lambda a, b: a.maximum(b))
    return edges_of_csr(matrix, Source("merged", parents=tuple(term.source for term in edges)))


def refuse_above(node: Node, limit: int, *, differences: bool) -> None:
    """Refuse to spell out groups (and what they know to be different) that stand for more than ``limit`` pairs."""
    groups = [term for term in terms_of(node) if isinstance(term, Groups)]
    pairs = sum(term.pair_count() + (term.apart_count() if differences else 0) for term in groups)
    if pairs > limit:
        raise LikewiseError(
            f"these groups stand for {pairs:,} pairs, above the limit of {limit:,}: keep them as groups or raise it."
        )


def matrix_of(node: Node, different: bool, rows: Any = None) -> Any:
    """One channel of the tree (of some rows of it) as a directed scipy CSR matrix, or None where it says nothing."""
    if isinstance(node, Union):
        return _reduce([matrix_of(part, different, rows) for part in node.parts], lambda a, b: a.maximum(b))
    if isinstance(node, Sum):
        scaled = [(scale, matrix_of(part, different, rows)) for scale, part in node.parts]
        return _reduce([scale * m for scale, m in scaled if m is not None], lambda a, b: a + b)
    if isinstance(node, Without):
        matrix = matrix_of(node.part, different, rows)
        if matrix is None or different:
            return matrix
        coo = matrix.tocoo()
        row = coo.row if rows is None else rows[coo.row]
        return _kept_entries(coo, channel_of_pairs(node.drop, row, coo.col) == 0)
    if isinstance(node, Groups):
        return _apart_matrix(node, rows) if different else _alike_matrix(node, rows)
    if node.different != different:
        return None
    return to_csr(node) if rows is None else to_csr(node)[rows]


def attraction_of(node: Node, vetoes: bool, rows: Any = None) -> Any:
    """The effective attraction (of some rows) as a directed scipy CSR matrix, or None where nobody is alike."""
    alike = matrix_of(node, False, rows)
    if alike is None or not (vetoes and holds_differences(node)):
        return None if alike is None else alike.tocsr()
    coo = alike.tocoo()  # differences are looked up where somebody is alike: spelled out they may be far more
    row = coo.row if rows is None else rows[coo.row]
    return _kept_entries(coo, channel_of_pairs(node, row, coo.col, different=True) == 0)


def attraction_or_empty(node: Node, vetoes: bool, n: int, rows: Any = None) -> Any:
    """The effective attraction (of some rows) as a directed float32 CSR matrix, without entries where nobody is."""
    from scipy.sparse import csr_matrix

    matrix = attraction_of(node, vetoes, rows)
    shape = (n if rows is None else len(rows), n)
    return csr_matrix(shape, dtype=np.float32) if matrix is None else matrix.astype(np.float32, copy=False)


def _kept_entries(coo: Any, keep: Any) -> Csr:
    from scipy.sparse import csr_matrix

    return csr_matrix((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=coo.shape)


def _reduce(matrices: list[Any], combine: Callable[[Any, Any], Any]) -> Any:
    out = None
    for matrix in matrices:
        if matrix is not None:
            out = matrix if out is None else combine(out, matrix)
    return out


def _membership(groups: Groups) -> Any:
    from scipy.sparse import csr_matrix

    members = np.flatnonzero(groups.codes >= 0)
    shape = (groups.n, groups.count)
    return csr_matrix((np.ones(len(members), np.float32), (members, groups.codes[members])), shape=shape)


def _alike_matrix(groups: Groups, rows: Any) -> Any:
    if not groups.weight:
        return None
    member = _membership(groups)
    matrix = ((member if rows is None else member[rows]) @ member.T).tocoo()
    other = (matrix.row if rows is None else rows[matrix.row]) != matrix.col
    data = np.full(int(other.sum()), groups.weight, np.float32)
    return type(member)((data, (matrix.row[other], matrix.col[other])), shape=matrix.shape)


def _apart_matrix(groups: Groups, rows: Any) -> Any:
    if not len(groups.apart):
        return None
    member = _membership(groups)
    a, b = groups.apart.T
    ends, shape = (np.r_[a, b], np.r_[b, a]), (groups.count, groups.count)
    table = type(member)((np.ones(2 * len(a), np.float32), ends), shape=shape)
    table.data[:] = 1  # a pair that is listed twice is no more different
    return ((member if rows is None else member[rows]) @ table @ member.T).tocsr()
