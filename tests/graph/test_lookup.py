import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.reference import EIGHTHS, dense_edges, dense_groups, edge_graph, group_graph

from likewise.graph import lookup
from likewise.graph.lookup import EdgeTable, GroupTable

CPU = torch.device("cpu")


@given(st.integers(1, 7), st.data())
@settings(deadline=None)
def test_edges_answer_pairs_and_blocks(n, data):
    ids = st.integers(0, n - 1)
    edges = data.draw(st.lists(st.tuples(ids, ids, EIGHTHS), max_size=20))
    rows, cols = (torch.tensor(data.draw(st.lists(ids, min_size=1, max_size=9))) for _ in range(2))
    table, dense = EdgeTable.of(edge_graph(n, edges).root, CPU), dense_edges(n, edges).alike
    expected = dense[np.ix_(rows, cols)]
    assert np.array_equal(table.pairs(rows[:, None], cols), expected)
    assert np.array_equal(table.block(rows, cols, symmetric=False), expected)
    both = np.maximum(expected, dense.T[np.ix_(rows, cols)])
    assert np.array_equal(table.block(rows, cols, symmetric=True), both)
    own = np.maximum(dense, dense.T)[np.ix_(rows, rows)]
    assert np.array_equal(table.block(rows, rows, symmetric=True), own)
    assert np.allclose(table.mass, dense.sum(axis=1), atol=0)


@pytest.mark.parametrize("weights", [[1, 1, 1, 1], [1, 2, 3, 2]])
def test_a_uniform_number_finds_the_edge_whose_share_it_falls_in(weights, monkeypatch):
    monkeypatch.setattr(lookup, "ROWS_AT_ONCE", 2)
    edges = [(3, j, weights[k] / 8) for k, j in enumerate((0, 1, 4, 5))] + [(0, 1, 0.5), (5, 2, 1)]
    table = EdgeTable.of(edge_graph(6, edges).root, CPU)
    u = torch.arange(0, 1, 1 / 64, dtype=torch.float64)
    drawn = table.draw(torch.full((64,), 3), u)
    bounds = np.cumsum(weights) / sum(weights)
    assert drawn.tolist() == [(0, 1, 4, 5)[np.searchsorted(bounds, share, side="right")] for share in u.tolist()]
    assert table.draw(torch.tensor([0, 5]), torch.tensor([1 - 1e-12] * 2, dtype=torch.float64)).tolist() == [1, 2]


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=9), st.data())
@settings(deadline=None)
def test_groups_answer_pairs(codes, data):
    pairs = [(a, b) for a in range(max(codes) + 1) for b in range(a)]
    apart = data.draw(st.lists(st.sampled_from(pairs))) if pairs else []
    table, dense = GroupTable.of(group_graph(codes, 0.5, apart).root, CPU), dense_groups(codes, 0.5, apart)
    everyone = torch.arange(len(codes))
    assert np.array_equal(table.pairs(everyone[:, None], everyone), dense.alike)
    different = table.different(everyone[:, None], everyone)
    assert (different is None) == (not apart)
    assert not apart or np.array_equal(different, dense.different)
    assert np.array_equal(table.mass, dense.alike.sum(axis=1))


def test_a_uniform_number_finds_each_other_member_alike_often():
    table = GroupTable.of(group_graph([1, 0, 1, -1, 1, 1]).root, CPU)
    u = torch.arange(0, 1, 1 / 9, dtype=torch.float64)
    assert table.draw(torch.full((9,), 2), u).tolist() == [0, 0, 0, 4, 4, 4, 5, 5, 5]
