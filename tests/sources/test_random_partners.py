import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.graph import SimilarityGraph, mix
from likewise.sources import labels, random_like


@given(st.integers(1, 30), st.integers(0, 5), st.floats(0, 1))
def test_every_sample_keeps_its_number_of_neighbours_and_their_weights(n, seed, density):
    random = np.random.default_rng(seed)
    rows, cols = np.nonzero((random.random((n, n)) < density) & ~np.eye(n, dtype=bool))
    weights = random.random(len(rows)).astype(np.float32) * 0.9 + 0.1
    graph = SimilarityGraph.from_edges(n, rows, cols, weights)
    control = random_like(graph, seed).to_scipy()
    before = graph.to_scipy()
    assert np.diff(control.indptr).tolist() == np.diff(before.indptr).tolist()
    assert (control.diagonal() == 0).all()
    np.testing.assert_allclose(control.sum(1), before.sum(1), rtol=1e-5)


def test_partners_are_even_over_all_others():
    graph = SimilarityGraph.from_edges(
        40, np.repeat(np.arange(40), 3), (np.repeat(np.arange(40), 3) + [1, 2, 3] * 40) % 40
    )
    total = sum(random_like(graph, seed).to_scipy().toarray() for seed in range(300))
    off = total[~np.eye(40, dtype=bool)]
    assert abs(off.mean() - 300 * 3 / 39) < 1e-3
    assert off.std() < 1.15 * np.sqrt(300 * 3 / 39 * (1 - 3 / 39))


def test_seeds_matter_and_classes_are_forgotten():
    y = np.arange(100) % 5
    one, two = random_like(labels(y), 0).to_scipy(), random_like(labels(y), 1).to_scipy()
    assert (one != two).nnz > 0
    purity = (y[one.tocoo().row] == y[one.tocoo().col]).mean()
    assert 0.15 < purity < 0.25


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_mix_keeps_its_shares_and_self_weights(share):
    y = np.arange(60) % 3
    ring = SimilarityGraph.from_edges(60, np.arange(60), (np.arange(60) + 1) % 60)
    control = random_like(mix(mix(SimilarityGraph.none(60), ring, 0.5), labels(y), share))
    assert [round(part, 6) for part, _ in control.parts] == pytest.approx(
        [(1 - share) / 2, (1 - share) / 2, share], abs=1e-6
    )
    assert [part.to_scipy().nnz for _, part in control.parts] == [0, 60, 60 * 19]
