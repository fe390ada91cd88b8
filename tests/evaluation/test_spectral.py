from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import block_diag, csr_matrix
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score

import likewise as lw
from likewise import SimilarityGraph
from likewise.errors import LikewiseError
from likewise.evaluation import spectral_clusters


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return lw.neighbors(lw.Space(x, "euclidean"), k=5), y


def test_digits_as_the_design_notes_them(digits):
    graph, y = digits
    assert graph.diagnose(y).labels.purity == pytest.approx(0.979, abs=0.001)
    found = [adjusted_rand_score(y, spectral_clusters(graph, 10, seed=seed)) for seed in range(2)]
    np.testing.assert_allclose(found, 0.77, atol=0.015)


def test_small_components_and_isolated_samples_do_not_break_it(digits):
    graph, y = digits
    triangle, alone = np.ones((3, 3)) - np.eye(3), csr_matrix((20, 20))
    matrix = block_diag([graph.to_scipy(), *[triangle] * 10, alone])
    found = spectral_clusters(SimilarityGraph.from_scipy(matrix), 10)
    assert len(found) == len(y) + 50
    assert adjusted_rand_score(y, found[: len(y)]) == pytest.approx(0.77, abs=0.02)


def test_separate_groups_are_found():
    y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [20, 15, 10]))
    assert adjusted_rand_score(y, spectral_clusters(SimilarityGraph.from_labels(y), 3)) == 1


def test_bad_input():
    graph = SimilarityGraph.from_edges(4, [0, 1], [1, 2])
    for count, regularize in ((0, 0.1), (4, 0.1), (2, 0)):
        with pytest.raises(LikewiseError, match="need 1 <= count < 4"):
            spectral_clusters(graph, count, regularize=regularize)
    with pytest.raises(LikewiseError, match="joins nobody"):
        spectral_clusters(SimilarityGraph.none(4), 2)
