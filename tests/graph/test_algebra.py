import pytest
from tests.graph.reference import dense_groups, dense_of, edge_graph, group_graph

from likewise.errors import LikewiseError
from likewise.graph import Edges, Groups
from likewise.graph.tree import Without


def test_groups_meet_in_groups_and_keep_what_both_know_to_be_different():
    a, b = [0, 0, 1, 1, 2], [0, 0, 1, 2, -1]
    g, h = group_graph(a, 0.5, [(0, 1), (1, 2)]), group_graph(b, 0.75, [(0, 1)])
    meet = g & h
    assert isinstance(meet.root, Groups)
    dense = dense_groups(a, 0.5, [(0, 1), (1, 2)]) & dense_groups(b, 0.75, [(0, 1)])
    for got, expected in zip(dense_of(meet), dense.among(), strict=True):
        assert (got == expected).all()
    assert dense.different.sum() == 4  # samples 0 and 1 with sample 2


def test_edges_meet_groups_in_edges_and_differences_in_differences():
    groups = group_graph([0, 0, 1], 0.5, [(0, 1)])
    assert isinstance((edge_graph(3, [(0, 1, 1), (0, 2, 1)]) & groups).root, Edges)
    alike, _ = dense_of(groups & edge_graph(3, [(0, 1, 1), (0, 2, 1)]))
    assert alike.tolist() == [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]
    _, different = dense_of(groups & edge_graph(3, [(0, 1, 1), (0, 2, 0.25)], different=True))
    assert different.tolist() == [[0, 0, 0.25], [0, 0, 0], [0.25, 0, 0]]


def test_differences_filter_edges_at_once_and_restrict_groups():
    edges, groups = edge_graph(3, [(0, 1, 1), (1, 2, 1)]), group_graph([0, 0, 0])
    assert isinstance((edges - groups).root, Edges)
    assert isinstance((groups - edges).root, Without)
    assert dense_of(groups - edges)[0].nonzero()[0].tolist() == [0, 2]


def test_an_intersection_with_a_sum_of_groups_asks_for_edges():
    groups = group_graph([0, 0, 0])
    for node in (groups + groups, groups - edge_graph(3, [(0, 1, 1)])):
        for pair in ((node, groups), (groups, node), (node, edge_graph(3, [(0, 1, 1)]))):
            with pytest.raises(LikewiseError, match="needs explicit edges: call"):
                pair[0] & pair[1]
