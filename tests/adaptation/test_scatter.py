import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from tests.graph.reference import edge_graph, graphs, group_graph

from likewise.adaptation import Form, directions_of, scatter_of
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph

RNG = np.random.default_rng(0)


def slow_scatter(dense, x):
    """Mean, cross-covariance of alike pairs and covariance of the paired, by loops over all pairs."""
    n, attraction = len(x), dense.attraction()
    weights = np.zeros((n, n))
    for i in range(n):
        if attraction[i].sum() > 0:
            for j in range(n):
                weights[i, j] += attraction[i, j] / attraction[i].sum() / 2
                weights[j, i] += attraction[i, j] / attraction[i].sum() / 2
    total = weights.sum()
    if total == 0:
        return None
    mean = sum(weights[i].sum() * x[i] for i in range(n)) / total
    alike = sum(weights[i, j] * np.outer(x[i] - mean, x[j] - mean) for i in range(n) for j in range(n)) / total
    paired = sum(weights[i].sum() * np.outer(x[i] - mean, x[i] - mean) for i in range(n)) / total
    return mean, alike, paired


@given(graphs(mixtures=False), st.integers(0, 100))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_moments_are_those_of_all_pairs(pair, seed):
    graph, dense = pair
    x = np.random.default_rng(seed).standard_normal((graph.n, 3)) + 1
    expected = slow_scatter(dense, x)
    if expected is None:
        with pytest.raises(LikewiseError, match="no pair of alike samples"):
            scatter_of(graph, x)
        return
    found = scatter_of(graph, x)
    for got, wanted in zip((found.mean, found.alike, found.paired), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)
    np.testing.assert_allclose(found.every, np.cov(x.T, bias=True), atol=1e-10)


def test_groups_are_summed_as_their_pairs():
    codes = RNG.integers(-1, 4, 40)
    x = RNG.standard_normal((40, 3))
    graph = group_graph(codes.tolist(), apart=[(0, 2), (1, 3)])
    fast, slow = scatter_of(graph, x), scatter_of(graph.to_edges(), x)
    for name in ("mean", "alike", "paired", "every"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), atol=1e-6)
    assert fast.limit == 3


def test_a_pair_of_groups_known_to_differ_counts_once_whatever_their_sizes():
    codes = [0] * 10 + [1] * 2 + [2] * 3
    x = RNG.standard_normal((15, 3))
    found = scatter_of(group_graph(codes, apart=[(0, 1), (1, 2)]), x)
    means = np.stack([(x - found.mean)[np.array(codes) == c].mean(0) for c in range(3)])
    both = sum(np.outer(means[a], means[b]) + np.outer(means[b], means[a]) for a, b in ((0, 1), (1, 2)))
    np.testing.assert_allclose(found.different, both / 4)


def test_single_differences_count_as_pairs():
    x = RNG.standard_normal((4, 2))
    graph = edge_graph(4, [(0, 1, 1)]) | edge_graph(4, [(0, 2, 1)], different=True)
    found = scatter_of(graph, x)
    a, b = x[0] - found.mean, x[2] - found.mean
    np.testing.assert_allclose(found.different, (np.outer(a, b) + np.outer(b, a)) / 2)


def test_without_ridge_l_is_the_correlation_of_alike_samples():
    codes = np.repeat(np.arange(20), 2)  # pairs, so that every pair weighs the same
    x = RNG.standard_normal((20, 3))[codes] + 0.5 * RNG.standard_normal((40, 3))
    found = directions_of(scatter_of(group_graph(codes.tolist()), x), Form(0, 0, 0, "none"))
    projected = found(x)
    a, b = np.r_[projected[::2], projected[1::2]], np.r_[projected[1::2], projected[::2]]
    for column, correlation in enumerate(found.correlations):
        assert np.corrcoef(a[:, column], b[:, column])[0, 1] == pytest.approx(correlation, abs=1e-6)


@pytest.mark.parametrize("sizes", [(10, 10, 10), (5, 20, 12)])
def test_with_self_pairs_groups_give_the_directions_of_linear_discriminant_analysis(sizes):
    codes = np.repeat(np.arange(3), sizes)
    x = 2 * RNG.standard_normal((3, 4))[codes] + RNG.standard_normal((len(codes), 4))
    scatter = scatter_of(SimilarityGraph.from_labels(codes), x, self_pairs=True)
    ours = directions_of(scatter, Form(0, 0, 0, "none"))
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(x, codes).scalings_[:, :2]
    cosines = np.abs((ours.vectors * theirs).sum(0))
    np.testing.assert_allclose(cosines / np.linalg.norm(ours.vectors, axis=0) / np.linalg.norm(theirs, axis=0), 1)


@pytest.mark.parametrize("scaling", ["sqrt", "plda", "none"])
def test_directions_are_scaled_by_how_much_alike_samples_agree(scaling):
    codes = np.repeat(np.arange(6), 10)
    x = RNG.standard_normal((6, 4))[codes] * [3, 2, 1, 0.1] + RNG.standard_normal((60, 4))
    scatter = scatter_of(SimilarityGraph.from_labels(codes), x)
    plain, scaled = (directions_of(scatter, Form(0.5, 0.1, 0, name)) for name in ("none", scaling))
    along = plain.correlations
    factor = {"none": 1 + 0 * along, "sqrt": along**0.5, "plda": (along / (1 - along**2)) ** 0.5}[scaling]
    np.testing.assert_allclose(scaled.vectors, plain.vectors * factor)
    assert (np.diff(along) <= 0).all()
    assert (along > 0).all()
    assert len(along) <= 5


def test_differences_turn_directions_away():
    """Two groups that are known to differ and lie on one side of an axis: that axis counts for less."""
    codes = np.repeat([0, 1, 2], 20)
    means = np.array([[3.0, 1], [3.0, -1], [-6.0, 0]])
    x = means[codes] + 0.3 * RNG.standard_normal((60, 2))
    scatter = scatter_of(group_graph(codes.tolist(), apart=[(0, 1)]), x)
    without, with_them = (directions_of(scatter, Form(0, 0.1, e, "none")).correlations[0] for e in (0.0, 0.5))
    assert with_them < without


def test_an_unknown_scaling_is_refused():
    with pytest.raises(LikewiseError, match="did you mean 'sqrt'"):
        Form(scaling="sqr")
