"""GraphView at a graph."""

import numpy as np
import pytest
from tests.show.cases import looked_at


@pytest.fixture(scope="module")
def world():
    return looked_at()


def test_positives_are_the_row_of_the_graph_with_their_sources(world):
    view, y = world
    dense = view.graph.to_scipy().toarray()
    for sample in range(view.graph.n):
        found, count = view.positives(sample)
        assert count == (dense[sample] > 0).sum()
        assert [p.weight for p in found] == sorted(dense[sample][dense[sample] > 0], reverse=True)
        for positive in found:
            other = positive.sample
            assert positive.mutual == (dense[other, sample] > 0)
            assert positive.agrees == (y[sample] == y[other])
            assert max(weight for _, weight in positive.sources) >= positive.weight - 1e-6
        in_neighbors, in_neighbor_count = view.in_neighbors(sample)
        assert in_neighbors == np.flatnonzero(dense[:, sample])[:24].tolist()
        assert in_neighbor_count == (dense[:, sample] > 0).sum()


def test_the_worst_edges_come_first(world):
    view, y = world
    found, count = view.edges(0, 10_000)
    dense = view.graph.to_scipy()
    assert count == len(found) == dense.nnz
    order = [(edge.agrees, -edge.weight) for edge in found]
    assert order == sorted(order)
    coo = dense.tocoo()
    assert view.wrong() == (int((y[coo.row] != y[coo.col]).sum()), dense.nnz)
    assert view.edges(7, 3)[0] == found[7:10]


def test_hubs_and_who_is_alone(world):
    view, _ = world
    dense = view.graph.to_scipy().toarray() > 0
    hubs = view.hubs()
    assert hubs[0][1] == dense.sum(0).max()
    assert all(dense[:, row].sum() == count for row, count in hubs)
    assert view.isolated()[0] == np.flatnonzero(dense.sum(1) == 0).tolist()
    assert set(range(28, 32)) <= set(view.isolated()[0])
