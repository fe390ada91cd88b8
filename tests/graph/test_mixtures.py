import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.graph.reference import dense_mix, dense_of, edge_graph, group_graph, several

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, mix, union_of
from likewise.keys import Keys


def test_a_mixture_is_flat_and_leaves_out_impossible_parts():
    g, h, none = edge_graph(3, [(0, 1, 1)], own=0), group_graph([0, 0, 0]), SimilarityGraph.none(3)
    nested = mix(mix(g, h, 0.5), none, 0.2)
    assert np.allclose([share for share, _ in nested.parts], [0.4, 0.4, 0.2])
    assert np.allclose(nested.self_weight, 0.6)
    assert [share for share, _ in mix(g, h, 1).parts] == [1]
    assert dense_of(mix(g, h, 0))[0].sum() == 2


def test_keys_and_vetoes_reach_every_part():
    g, h = group_graph([0, 0, 0]), edge_graph(3, [(0, 1, 1)], different=True).with_keys(Keys.of("abc"))
    both = mix(g, h.with_veto(False), 0.5)
    assert [part.vetoes for _, part in both.parts] == [False, False]
    assert all(part.vetoes for _, part in both.with_veto(True).parts)
    assert all(part.keys == h.keys for _, part in both.parts)
    assert not any(part.keys for _, part in both.with_keys(None).parts)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "a"])
def test_a_share_is_a_probability(share):
    with pytest.raises(LikewiseError, match=r"must lie in \[0, 1\]"):
        mix(SimilarityGraph.none(2), SimilarityGraph.none(2), share)


CHANGES = {
    "or": (lambda g, other: g | other, lambda g, other: g | other),
    "and": (lambda g, other: g & other, lambda g, other: g & other),
    "sub": (lambda g, other: g - other, lambda g, other: g - other),
    "add": (lambda g, other: g + other, lambda g, other: g + other),
    "double": (lambda g, _: 2 * g, lambda g, _: g * 2),
    "reverse or": (lambda g, other: other | g, lambda g, other: other | g),
}


@pytest.mark.parametrize("change", CHANGES)
@given(several(3), st.sampled_from([0.25, 0.5, 0.75]))
def test_whatever_is_done_to_a_mixture_is_done_to_each_of_its_parts(change, given_graphs, share):
    ours, slow = CHANGES[change]
    (g, dense_g), (h, dense_h), (other, dense_other) = given_graphs
    try:
        changed = ours(mix(g, h, share), other)
    except LikewiseError:  # an intersection with a sum of groups needs explicit edges
        g, h, other = (graph.to_edges() for graph in (g, h, other))
        changed = ours(mix(g, h, share), other)
    expected = dense_mix(slow(dense_g, dense_other), slow(dense_h, dense_other), share)
    alike, different = dense_of(changed)
    assert np.allclose(alike, expected.among()[0])
    assert np.allclose(different, expected.among()[1])
    assert np.allclose(changed.self_weight, expected.own)
    assert np.allclose(changed.transition().toarray(), expected.transition(), atol=1e-6)


def test_two_mixtures_are_drawn_from_independently():
    a, b, c, d = (edge_graph(5, [(0, j, 1)], own=0) for j in (1, 2, 3, 4))
    product = mix(a, b, 0.25) | mix(c, d, 0.4)
    assert np.allclose([share for share, _ in product.parts], [0.45, 0.3, 0.15, 0.1])
    assert np.allclose(product.transition().toarray()[0], [0, 0.375, 0.125, 0.3, 0.2])


@pytest.mark.parametrize("change", ["symmetric", "mutual", "khop", "cap_in_degree", "to_edges", "subset"])
def test_operations_reach_each_part(change):
    g = edge_graph(5, [(0, 1, 1), (1, 2, 1), (2, 1, 0.5), (3, 1, 1)], own=0)
    h = edge_graph(5, [(4, 1, 1), (1, 4, 0.25), (3, 4, 1)])
    arguments = {"khop": [2], "cap_in_degree": [1], "subset": [[4, 2, 1]]}.get(change, [])
    together = getattr(mix(g, h, 0.25), change)(*arguments)
    apart = mix(getattr(g, change)(*arguments), getattr(h, change)(*arguments), 0.25)
    assert np.allclose(together.transition().toarray(), apart.transition().toarray())
    assert (together.to_scipy() != apart.to_scipy()).nnz == 0


def test_the_closure_of_a_mixture_is_that_of_its_union():
    g, h = edge_graph(4, [(0, 1, 1)]), edge_graph(4, [(1, 2, 0.5), (3, 3, 1)])
    closed = mix(g, h, 0.5).closure().graph
    assert len(closed.parts) == 1
    assert (closed.to_scipy() != (g | h).closure().graph.to_scipy()).nnz == 0


def test_the_union_of_many():
    parts = [edge_graph(3, [(0, j, 1)]) for j in (1, 2)]
    assert dense_of(union_of(iter(parts)))[0].sum() == 4
    assert union_of(parts[:1]) is parts[0]
    with pytest.raises(LikewiseError, match="at least one graph"):
        union_of([])
