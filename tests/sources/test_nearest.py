import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from likewise.answers import Calibration
from likewise.errors import LikewiseError
from likewise.sources import adaptive_radius, neighbors
from likewise.space import Space

X = load_digits().data[:80]
UNIT = X / np.linalg.norm(X, axis=1, keepdims=True)


def distances(metric):
    """Squared distances to all others, the slow way; a sample is infinitely far from itself."""
    rows = UNIT if metric == "cosine" else X
    table = cdist(rows, rows, "sqeuclidean")
    np.fill_diagonal(table, np.inf)
    return table


def dense(graph):
    return graph.to_scipy().toarray()


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_uniform_is_an_even_draw_among_the_k_nearest(metric):
    graph = neighbors(Space(X, metric=metric), 5)
    table = distances(metric)
    wanted = np.zeros_like(table)
    for row in range(len(X)):
        wanted[row, np.argsort(table[row])[:5]] = 1
    np.testing.assert_array_equal(dense(graph), wanted)
    drawn = graph.draw(torch.zeros(5000, dtype=torch.int64), torch.Generator().manual_seed(0))
    share = np.bincount(drawn, minlength=len(X)) / 5000
    np.testing.assert_allclose(share, wanted[0] / 5, atol=0.02)


def test_keep_self_adds_the_sample_with_the_weight_of_one_neighbour():
    graph = neighbors(X, 3, keep_self=True)
    drawn = graph.draw(torch.full((8000,), 2), torch.Generator().manual_seed(0))
    assert abs(float((drawn == 2).float().mean()) - 0.25) < 0.02
    assert "keep_self=True" in str(graph.terms[0].source)


def test_nearest_keeps_only_the_first():
    graph = neighbors(X, 7, pick="nearest")
    wanted = np.eye(len(X))[distances("cosine").argmin(1)]
    np.testing.assert_array_equal(dense(graph), wanted)
    assert graph.terms[0].source.arguments["k"] == 1


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_furthest_is_the_papers_equation(metric):
    table = distances(metric)
    radius = float(np.quantile(table[np.isfinite(table)], 0.05))
    graph = neighbors(X, radius=radius, pick="furthest", metric=metric)
    for row in range(len(X)):
        ball = [other for other in range(len(X)) if other != row and table[row, other] < radius]
        wanted = [max(ball, key=lambda other: table[row, other])] if ball else []
        assert dense(graph)[row].nonzero()[0].tolist() == wanted


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_adaptive_radius_is_mean_plus_deviation_of_twenty_first_neighbours(metric):
    first = np.sort(distances(metric), axis=1)[:, :20]
    assert adaptive_radius(Space(X, metric=metric)) == pytest.approx(first.mean() + first.std(), rel=1e-5)
    graph = neighbors(Space(X, metric=metric), 30, radius="adaptive")
    near = np.sort(distances(metric), axis=1)[:, :30]
    assert np.diff(graph.to_scipy().indptr).tolist() == (near < first.mean() + first.std()).sum(1).tolist()


def test_a_radius_cuts_the_list_of_neighbours():
    table = distances("cosine")
    graph = neighbors(X, 10, radius=0.1)
    assert (dense(graph) > 0).sum(1).tolist() == [min(10, int(row)) for row in (table < 0.1).sum(1)]
    assert 0 in np.diff(graph.to_scipy().indptr)  # the released code, too, lets such a sample draw itself


@pytest.mark.parametrize("temperature", [None, 0.05])
def test_softmax_weighs_by_distance(temperature):
    graph = neighbors(X, 6, pick="softmax", temperature=temperature)
    table = distances("cosine")
    scale = table.min(1).mean() if temperature is None else temperature
    for row in range(len(X)):
        ids = np.argsort(table[row])[:6]
        wanted = np.exp(-table[row, ids] / scale)
        got = dense(graph)[row, ids]
        np.testing.assert_allclose(got / got.sum(), wanted / wanted.sum(), rtol=1e-3)
        assert got.max() == 1


def test_mutual_and_cap_follow_their_definitions():
    one = dense(neighbors(X, 5))
    np.testing.assert_array_equal(dense(neighbors(X, 5, mutual=True)), one * one.T)
    capped = dense(neighbors(X, 5, cap=3))
    assert capped.sum(0).max() <= 3
    assert (capped <= one).all()
    np.testing.assert_array_equal(capped.sum(0), np.minimum(one.sum(0), 3))


@pytest.mark.parametrize(
    "options",
    [
        {"k": 79},
        {"k": 3, "pick": "softmax"},
        {"radius": 1.5, "pick": "furthest"},
        {"radius": 5.0, "pick": "furthest"},
        {"k": 79, "radius": "adaptive"},
        {"k": 12, "calibrated": True},
    ],
    ids=str,
)
def test_rows_of_zeros_have_no_neighbours_and_are_nobodys(options):
    x = X.copy()
    x[10:30] = 0
    if "calibrated" in options:
        pairs = np.array([(i, j) for i in range(5) for j in range(40, 60)])
        options = options | {"calibrated": Calibration.fit(Space(x), pairs, pairs.sum(1) % 2 > 0)}
    with pytest.warns(UserWarning, match="20 of 80 rows of the space 'space' are zeros"):
        found = dense(neighbors(x, **options))
    assert not found[10:30].any()
    assert not found[:, 10:30].any()
    assert found[:10].any(1).all()
    assert dense(neighbors(Space(x, "euclidean"), 5))[10:30].any(1).all()  # where they are a place like any other


def test_rows_of_zeros_change_no_scale():
    blank = np.r_[X, np.zeros_like(X)]
    assert adaptive_radius(blank) == pytest.approx(adaptive_radius(X), rel=1e-6)
    with pytest.raises(LikewiseError, match="all rows of the space 'space' are zeros"):
        neighbors(np.zeros_like(X), 5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"k": 80}, r"k must lie in \[1, 79\], got 80"),
        ({"k": 0}, r"k must lie in"),
        ({"k": 3.5}, r"k must be a whole number, got 3.5"),
        ({"k": "3"}, r"k must be a whole number, got '3'"),
        ({"radius": -1.0}, "radius must be a positive squared distance or 'adaptive', got -1.0"),
        ({"radius": float("nan")}, "radius must be a positive"),
        ({"radius": "adaptiv"}, "radius must be a positive squared distance or 'adaptive', got 'adaptiv'"),
        ({"pick": "furthest"}, "give radius="),
        ({"pick": "farthest"}, "unknown pick 'farthest': did you mean 'furthest'"),
        ({"pick": "softmax", "temperature": 0.0}, "temperature must be positive"),
        ({"temperature": 0.1}, "belongs to pick='softmax'"),
        ({"metric": "cosin"}, "unknown metric 'cosin': did you mean 'cosine'"),
        ({"engine": "exakt"}, "unknown engine 'exakt': did you mean 'exact'"),
        ({"cap": 0}, "cap on in-degree must be at least 1"),
    ],
)
def test_bad_arguments_are_one_clear_sentence(arguments, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        neighbors(X, **arguments)
