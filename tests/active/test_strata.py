import numpy as np
import pytest

from likewise.active.strata import clopper_pearson, sampling_weights, strata_of, stratified


def test_intervals_cover_and_know_their_ends():
    random = np.random.default_rng(0)
    hits = [
        low <= 0.8 <= high for low, high in (clopper_pearson(int(random.binomial(30, 0.8)), 30) for _ in range(400))
    ]
    assert np.mean(hits) > 0.94
    assert clopper_pearson(0, 10)[0] == 0
    assert clopper_pearson(10, 10)[1] == 1
    assert clopper_pearson(0, 0) == (0, 1)


def test_each_judged_edge_counts_by_how_many_it_stands_for():
    drawn_by = np.array([0] * 6 + [1] * 2)  # of the second stratum every edge is judged, of the first every third
    chosen, alike = np.array([0, 3, 6, 7]), np.array([True, False, True, True])
    counts = sampling_weights(drawn_by, chosen)
    assert counts.tolist() == [3, 3, 1, 1]
    (found,) = strata_of(np.zeros(8, int), chosen, alike, ["all"], counts)
    assert (found.edges, found.judged, found.alike) == (8, 4, 3)
    assert found.purity == pytest.approx(5 / 8)
    assert found.effective == pytest.approx(64 / 20)
    assert found.purity == pytest.approx(stratified(strata_of(drawn_by, chosen, alike, ["a", "b"]))[0])
    assert found.interval[0] < 5 / 8 < found.interval[1]
