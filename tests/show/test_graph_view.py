"""Looking at a graph."""

import numpy as np
import pytest
from tests.show.cases import looked_at


@pytest.fixture(scope="module")
def world():
    return looked_at()


def test_positives_are_the_row_of_the_graph_with_their_sources(world):
    looking, y = world
    dense = looking.graph.to_scipy().toarray()
    for sample in range(looking.graph.n):
        found, count = looking.positives(sample)
        assert count == (dense[sample] > 0).sum()
        assert [p.weight for p in found] == sorted(dense[sample][dense[sample] > 0], reverse=True)
        for positive in found:
            other = positive.sample
            assert positive.mutual == (dense[other, sample] > 0)
            assert positive.agrees == (y[sample] == y[other])
            assert max(weight for _, weight in positive.sources) >= positive.weight - 1e-6
        fans, fan_count = looking.fans(sample)
        assert fans == np.flatnonzero(dense[:, sample])[:24].tolist()
        assert fan_count == (dense[:, sample] > 0).sum()


def test_the_worst_edges_come_first(world):
    looking, y = world
    found, count = looking.edges(0, 10_000)
    dense = looking.graph.to_scipy()
    assert count == len(found) == dense.nnz
    order = [(edge.agrees, -edge.weight) for edge in found]
    assert order == sorted(order)
    coo = dense.tocoo()
    assert looking.wrong() == (int((y[coo.row] != y[coo.col]).sum()), dense.nnz)
    assert looking.edges(7, 3)[0] == found[7:10]


def test_hubs_and_who_is_alone(world):
    looking, _ = world
    dense = looking.graph.to_scipy().toarray() > 0
    hubs = looking.hubs()
    assert hubs[0][1] == dense.sum(0).max()
    assert all(dense[:, row].sum() == count for row, count in hubs)
    assert looking.alone()[0] == np.flatnonzero(dense.sum(1) == 0).tolist()
    assert set(range(28, 32)) <= set(looking.alone()[0])
