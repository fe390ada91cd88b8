from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from likewise import SimilarityGraph
from likewise.errors import LikewiseError
from likewise.evaluation import spread_labels
from likewise.evaluation.spreading import solve


def random_graph(n, edges, seed):
    rng = np.random.default_rng(seed)
    rows, cols = rng.integers(n, size=(2, edges))
    return SimilarityGraph.from_edges(n, np.r_[rows, 0], np.r_[cols, 1], np.r_[rng.uniform(0.1, 1, edges), 1])


def slow(graph, y, alpha):
    a = graph.to_scipy().toarray().astype(float)
    w = np.maximum(a, a.T)
    degree = w.sum(1)
    s = np.array(
        [[w[i, j] / np.sqrt(degree[i] * degree[j]) if w[i, j] else 0 for j in range(len(w))] for i in range(len(w))]
    )
    classes = sorted(set(y[y >= 0].tolist()))
    start = np.array([[float(label == c) for c in classes] for label in y])
    return (1 - alpha) * np.linalg.inv(np.eye(len(w)) - alpha * s) @ start


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 25), st.integers(0, 60), st.sampled_from([0.1, 0.9, 0.99]), st.integers(0, 10**6))
def test_equals_the_inverse(n, edges, alpha, seed):
    graph = random_graph(n, edges, seed)
    y = np.random.default_rng(seed).choice([-1, 4, 9, 2], n)
    y[0] = 9
    found = spread_labels(graph, y, alpha=alpha)
    np.testing.assert_allclose(found, slow(graph, y, alpha), atol=1e-7)


def test_nothing_reaches_what_is_not_joined():
    graph = SimilarityGraph.from_edges(5, [0, 2], [1, 3])
    found = spread_labels(graph, np.array([7, -1, -1, -1, -1]))
    assert (found[:2] > 0).all()
    assert (found[2:] == 0).all()
    assert found.shape == (5, 1)


def test_known_differences_carry_no_label():
    graph = SimilarityGraph.from_edges(3, [0, 1], [1, 2]) | SimilarityGraph.from_edges(3, [1], [2], different=True)
    assert spread_labels(graph, np.array([0, -1, -1]))[2, 0] == 0


def test_columns_are_solved_each_on_its_own():
    rng = np.random.default_rng(0)
    half = rng.standard_normal((30, 30))
    matrix = csr_matrix(half @ half.T + np.eye(30))
    right = rng.standard_normal((30, 4)) * [1, 1e6, 0, 1e-6]
    np.testing.assert_allclose(solve(matrix, right), np.linalg.solve(matrix.toarray(), right), rtol=1e-4, atol=1e-14)


def test_bad_input():
    graph, y = SimilarityGraph.from_edges(3, [0], [1]), np.array([0, -1, 1])
    for alpha in (0, 1, -0.5):
        with pytest.raises(LikewiseError, match=r"alpha must lie in \(0, 1\)"):
            spread_labels(graph, y, alpha=alpha)
    with pytest.raises(LikewiseError, match="the graph has 3 rows: it needs as many whole labels"):
        spread_labels(graph, y[:2])
    with pytest.raises(LikewiseError, match="joins nobody"):
        spread_labels(SimilarityGraph.none(3), y)
