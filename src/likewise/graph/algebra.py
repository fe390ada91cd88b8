"""What two trees have in common, and what one says without the other.

``|`` is what either says, ``&`` what both say, in each channel; ``-`` takes away what the other says is alike, and
keeps what is known to be different.
"""

from __future__ import annotations

import numpy as np

from likewise.errors import LikewiseError
from likewise.graph.matrices import channel_of_pairs, edges_of_csr, kept_edges, materialise, matrix_of, to_csr
from likewise.graph.terms import Edges, Groups, Source
from likewise.graph.tree import Node, Sum, Union, Without, holds_groups, terms_of, union


def intersection(a: Node, b: Node) -> Node:
    """The minimum in each channel; unions distribute, edges meet groups as filtered edges.

    Raises:
        LikewiseError: a sum or a restriction holds groups, so that its pairs cannot be filtered term by term.
    """
    if isinstance(a, Union):
        return union(*(intersection(part, b) for part in a.parts))
    if isinstance(b, Union):
        return union(*(intersection(a, part) for part in b.parts))
    if not isinstance(a, Edges | Groups):
        return _meet_spelled(a, b)
    if not isinstance(b, Edges | Groups):
        return _meet_spelled(b, a)
    if isinstance(a, Edges):
        return _meet_edges(a, b) if isinstance(b, Edges) else _filter_by_groups(a, b)
    return _filter_by_groups(b, a) if isinstance(b, Edges) else _meet_groups(a, b)


def _meet_spelled(node: Sum | Without, other: Node) -> Node:
    """Of a sum or a restriction of edges: pair by pair."""
    if holds_groups(node):
        raise LikewiseError(
            "the intersection with a sum or difference of groups needs explicit edges: call .to_edges() first."
        )
    return union(*(intersection(edges, other) for edges in materialise(node, Source("intersection"))))


def _meet_groups(a: Groups, b: Groups) -> Node:
    source = Source("intersection", parents=(a.source, b.source))
    both = (a.codes >= 0) & (b.codes >= 0)
    pairs, first, inverse = np.unique(
        a.codes[both].astype(np.int64) * b.count + b.codes[both], return_index=True, return_inverse=True
    )
    codes = np.full(a.n, -1, np.int32)
    codes[both] = inverse
    apart = np.empty((0, 2), np.int32)
    if len(a.apart) and len(b.apart) and len(pairs):
        agreed = [matrix_of(groups.with_codes(groups.codes[both][first]), True) for groups in (a, b)]
        if agreed[0] is not None and agreed[1] is not None:
            low, high = agreed[0].multiply(agreed[1]).nonzero()
            apart = np.c_[low, high][low < high].astype(np.int32)
    return Groups(codes, min(a.weight, b.weight), source, apart)


def _meet_edges(a: Edges, b: Edges) -> Node:
    source = Source("intersection", parents=(a.source, b.source))
    if a.different != b.different:
        return Union()
    meet = to_csr(a).minimum(to_csr(b))
    return edges_of_csr(meet, source, different=a.different)


def _filter_by_groups(edges: Edges, groups: Groups) -> Node:
    says = channel_of_pairs(groups, edges.rows(), edges.indices, different=edges.different)
    source = Source("intersection", parents=(edges.source, groups.source))
    return kept_edges(edges, says > 0, source, np.minimum(edges.weights, says))


def difference(a: Node, b: Node) -> Node:
    """``a`` where ``b`` does not say alike: edges are filtered at once, groups keep a restriction."""
    if isinstance(a, Union):
        return union(*(difference(part, b) for part in a.parts))
    if isinstance(a, Edges):
        if a.different:
            return a
        drop = channel_of_pairs(b, a.rows(), a.indices) > 0
        return kept_edges(a, ~drop, Source("difference", parents=(a.source, *(term.source for term in terms_of(b)))))
    return Without(a, b)
