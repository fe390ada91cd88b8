import numpy as np
import pytest
from tests.graph.reference import dense_of, edge_graph, group_graph

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, mix, union_of
from likewise.keys import Keys


def test_a_mixture_is_flat_and_leaves_out_impossible_parts():
    g, h, none = edge_graph(3, [(0, 1, 1)], own=0), group_graph([0, 0, 0]), SimilarityGraph.none(3)
    nested = mix(mix(g, h, 0.5), none, 0.2)
    assert np.allclose([share for share, _ in nested.mixture], [0.4, 0.4, 0.2])
    assert np.allclose(nested.self_weight, 0.6)
    assert [share for share, _ in mix(g, h, 1).mixture] == [1]
    assert dense_of(mix(g, h, 0))[0].sum() == 2


def test_keys_and_vetoes_reach_every_part():
    g, h = group_graph([0, 0, 0]), edge_graph(3, [(0, 1, 1)], different=True).with_keys(Keys.of("abc"))
    both = mix(g, h.with_veto(False), 0.5)
    assert not any(part.vetoes for _, part in both.mixture)
    assert all(part.vetoes for _, part in both.with_veto(True).mixture)
    assert all(part.keys == h.keys for _, part in both.mixture)
    assert not any(part.keys for _, part in both.with_keys(None).mixture)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "a"])
def test_a_share_is_a_probability(share):
    with pytest.raises(LikewiseError, match=r"must lie in \[0, 1\]"):
        mix(SimilarityGraph.none(2), SimilarityGraph.none(2), share)


def test_mixtures_come_last():
    none = SimilarityGraph.none(2)
    mixed = mix(none, none, 0.5)
    for change in (
        lambda: mixed | none,
        lambda: none & mixed,
        lambda: 2 * mixed,
        lambda: mixed.khop(2),
        mixed.closure,
    ):
        with pytest.raises(LikewiseError, match="mix"):
            change()


def test_the_union_of_many():
    parts = [edge_graph(3, [(0, j, 1)]) for j in (1, 2)]
    assert dense_of(union_of(iter(parts)))[0].sum() == 4
    assert union_of(parts[:1]) is parts[0]
    with pytest.raises(LikewiseError, match="at least one graph"):
        union_of([])
