"""How terms combine: union, sum and restriction as a small tree that is evaluated only when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.errors import LikewiseError
from likewise.graph.terms import Edges, Groups, Source, edges_from_arrays

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix as Csr

PAIR_LIMIT = 50_000_000
"""Above this many pairs nothing turns groups into edges unless told to."""


@dataclass(frozen=True, eq=False)
class Union:
    """The maximum of the parts, in each channel; no parts: nobody is alike."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, eq=False)
class Sum:
    """The weighted sum of the parts, in each channel."""

    parts: tuple[tuple[float, Node], ...]


@dataclass(frozen=True, eq=False)
class Without:
    """The part where ``drop`` does not say alike; what ``part`` knows to be different stays."""

    part: Node
    drop: Node


Term = Edges | Groups
Node = Edges | Groups | Union | Sum | Without


def union(*nodes: Node) -> Node:
    """The union, flattened, without empty parts."""
    parts: list[Node] = []
    for node in nodes:
        parts.extend(node.parts if isinstance(node, Union) else (node,))
    return parts[0] if len(parts) == 1 else Union(tuple(parts))


def terms_of(node: Node) -> Iterator[Term]:
    """The terms that can make a pair alike or different, in order (a restriction's ``drop`` can do neither)."""
    if isinstance(node, Union):
        for part in node.parts:
            yield from terms_of(part)
    elif isinstance(node, Sum):
        for _, part in node.parts:
            yield from terms_of(part)
    elif isinstance(node, Without):
        yield from terms_of(node.part)
    else:
        yield node


def map_terms(node: Node, change: Callable[[Term], Term]) -> Node:
    """The same tree with every term changed, the restrictions' included."""
    if isinstance(node, Union):
        return Union(tuple(map_terms(part, change) for part in node.parts))
    if isinstance(node, Sum):
        return Sum(tuple((scale, map_terms(part, change)) for scale, part in node.parts))
    if isinstance(node, Without):
        return Without(map_terms(node.part, change), map_terms(node.drop, change))
    return change(node)


def holds_groups(node: Node) -> bool:
    """Whether any term is Groups, so that edges would have to be spelled out."""
    return any(isinstance(term, Groups) for term in terms_of(node))


def intersection(a: Node, b: Node) -> Node:
    """The minimum in each channel; unions distribute, edges meet groups as filtered edges.

    Raises:
        LikewiseError: a sum or a restriction holds groups, so that its pairs cannot be filtered term by term.
    """
    if isinstance(a, Union):
        return union(*(intersection(part, b) for part in a.parts))
    if isinstance(b, Union):
        return union(*(intersection(a, part) for part in b.parts))
    if isinstance(a, Groups) and isinstance(b, Groups):
        return _meet_groups(a, b)
    if isinstance(a, Groups):
        a, b = b, a
    if not isinstance(a, Edges):
        if holds_groups(a):
            raise LikewiseError("the intersection with a sum of groups needs explicit edges: call .to_edges() first.")
        return union(*(intersection(leaf, b) for leaf in materialise(a, Source("intersection"))))
    if isinstance(b, Edges):
        return _meet_edges(a, b)
    if isinstance(b, Groups):
        return _filter_by_groups(a, b)
    return intersection(b, a)


def _meet_groups(a: Groups, b: Groups) -> Node:
    source = Source("intersection", parents=(a.source, b.source))
    both = (a.codes >= 0) & (b.codes >= 0)
    pair = np.where(both, a.codes.astype(np.int64) * (int(b.codes.max(initial=0)) + 1) + b.codes, -1)
    codes = np.full(a.n, -1, np.int32)
    if both.any():
        codes[both] = np.unique(pair[both], return_inverse=True)[1]
    return Groups(codes, min(a.weight, b.weight), source)


def _meet_edges(a: Edges, b: Edges) -> Node:
    source = Source("intersection", parents=(a.source, b.source))
    if a.different != b.different:
        return Union()
    meet = to_csr(a).minimum(to_csr(b))
    return edges_of_csr(meet, source, different=a.different)


def _filter_by_groups(edges: Edges, groups: Groups) -> Node:
    if edges.different:
        return Union()
    rows, cols = edges.rows(), edges.indices
    keep = (groups.codes[rows] == groups.codes[cols]) & (groups.codes[rows] >= 0)
    source = Source("intersection", parents=(edges.source, groups.source))
    weights = np.minimum(edges.weights[keep], np.float32(groups.weight))
    return edges_from_arrays(edges.n, rows[keep], cols[keep], weights, source=source)


def difference(a: Node, b: Node) -> Node:
    """``a`` where ``b`` does not say alike: edges are filtered at once, groups keep a restriction."""
    if isinstance(a, Union):
        return union(*(difference(part, b) for part in a.parts))
    if isinstance(a, Edges):
        if a.different:
            return a
        rows = a.rows()
        drop = alike_pairs(b, rows, a.indices) > 0
        source = Source("difference", parents=(a.source, *(term.source for term in terms_of(b))))
        return edges_from_arrays(a.n, rows[~drop], a.indices[~drop], a.weights[~drop], source=source)
    return Without(a, b)


def alike_pairs(node: Node, rows: Any, cols: Any, *, different: bool = False) -> Any:
    """float32 ``[m]``: one channel of the pairs (rows, cols), elementwise, in either direction, on the CPU.

    Raw channels, without the veto. A sample is never alike or different from itself.
    """
    if isinstance(node, Union):
        values = [alike_pairs(part, rows, cols, different=different) for part in node.parts]
        return np.maximum.reduce(values) if values else np.zeros(len(rows), np.float32)
    if isinstance(node, Sum):
        total = np.zeros(len(rows), np.float32)
        for scale, part in node.parts:
            total += scale * alike_pairs(part, rows, cols, different=different)
        return total
    if isinstance(node, Without):
        values = alike_pairs(node.part, rows, cols, different=different)
        return values if different else np.where(alike_pairs(node.drop, rows, cols) > 0, 0, values)
    if isinstance(node, Groups):
        return _group_pairs(node, rows, cols, different)
    if node.different != different or not node.count:
        return np.zeros(len(rows), np.float32)
    matrix = to_csr(node)
    return np.maximum(np.asarray(matrix[rows, cols]), np.asarray(matrix[cols, rows])).reshape(-1)


def _group_pairs(groups: Groups, rows: Any, cols: Any, different: bool) -> Any:
    a, b = groups.codes[rows], groups.codes[cols]
    if not different:
        return np.where((a == b) & (a >= 0) & (rows != cols), groups.weight, 0).astype(np.float32)
    codes = int(groups.codes.max(initial=0)) + 1
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
    table = np.sort(groups.apart, axis=1).astype(np.int64)
    return (np.isin(low * codes + high, table[:, 0] * codes + table[:, 1]) & (low >= 0)).astype(np.float32)


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
    pairs = sum(term.pair_count() if isinstance(term, Groups) else term.count for term in terms_of(node))
    if holds_groups(node) and pairs > limit:
        raise LikewiseError(
            f"these groups stand for {pairs:,} pairs, above the limit of {limit:,}: keep them as groups."
        )
    out = []
    for different in (False, True):
        matrix = matrix_of(node, different)
        if matrix is not None and matrix.nnz:
            out.append(edges_of_csr(matrix, source, different=different))
    return tuple(out)


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
        keep = alike_pairs(node.drop, row, coo.col) == 0
        return type(matrix)((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=matrix.shape)
    if isinstance(node, Groups):
        return _apart_matrix(node, rows) if different else _group_matrix(node, rows)
    if node.different != different:
        return None
    return to_csr(node) if rows is None else to_csr(node)[rows]


def attraction_of(node: Node, vetoes: bool, rows: Any = None) -> Any:
    """The effective attraction (of some rows) as a directed scipy CSR matrix, or None where nobody is alike."""
    alike = matrix_of(node, False, rows)
    different = matrix_of(node, True, rows) if vetoes and alike is not None else None
    if different is not None:
        alike = alike - alike.multiply(different > 0)
        alike.eliminate_zeros()
    return None if alike is None else alike.tocsr()


def _reduce(matrices: list[Any], combine: Callable[[Any, Any], Any]) -> Any:
    out = None
    for matrix in matrices:
        if matrix is not None:
            out = matrix if out is None else combine(out, matrix)
    return out


def _membership(groups: Groups) -> Any:
    from scipy.sparse import csr_matrix

    members = np.flatnonzero(groups.codes >= 0)
    shape = (groups.n, int(groups.codes.max(initial=-1)) + 1)
    return csr_matrix((np.ones(len(members), np.float32), (members, groups.codes[members])), shape=shape)


def _group_matrix(groups: Groups, rows: Any) -> Any:
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
    shape = (member.shape[1], member.shape[1])
    table = type(member)((np.ones(2 * len(a), np.float32), (np.r_[a, b], np.r_[b, a])), shape=shape)
    table.data[:] = 1
    return ((member if rows is None else member[rows]) @ table @ member.T).tocsr()
