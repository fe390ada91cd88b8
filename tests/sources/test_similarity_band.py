import numpy as np
import pytest
from sklearn.datasets import load_digits

from likewise.errors import LikewiseError
from likewise.sources import auto_band, band
from likewise.space import Space

RANDOM = np.random.default_rng(0)
SPACES = {
    "digits": load_digits().data[:300],
    "noise": RANDOM.standard_normal((300, 32)),
    "cone": RANDOM.standard_normal((300, 32)) * 0.02 + RANDOM.standard_normal(32),
    "needle": RANDOM.standard_normal((300, 32)) * 1e-3 + RANDOM.standard_normal(32),
    "clusters": np.repeat(RANDOM.standard_normal((3, 16)), 100, 0) + 0.01 * RANDOM.standard_normal((300, 16)),
    "bits": RANDOM.integers(0, 2, (300, 12)) + 0.0,
}


def similarities(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return (unit @ unit.T).astype(np.float32)


def edges(graph):
    coo = graph.to_scipy().tocoo()
    return set(zip(coo.row.tolist(), coo.col.tolist(), strict=True))


@pytest.mark.parametrize(("low", "high"), [(0.7, 0.9), (0.9, 0.99), (-1, 1), (0.99999, 1)])
def test_a_band_holds_every_pair_in_it_and_no_other(low, high):
    x = SPACES["digits"][:60]
    similar = similarities(x)
    n = len(x)
    wanted = {(i, j) for i in range(n) for j in range(n) if i != j and low <= similar[i, j] <= high}
    assert edges(band(x, low, high)) == wanted


def test_the_metric_of_a_band_is_always_cosine():
    x = SPACES["digits"][:60]
    assert edges(band(Space(x, metric="euclidean"), 0.8, 0.95)) == edges(band(x, 0.8, 0.95))


def test_among_takes_pairs_of_the_chosen_samples_only():
    x = SPACES["digits"]
    whole = edges(band(x, 0.8, 0.95))
    ids = np.array([5, 3, 200, 17, 44, 201, 9])
    assert edges(band(x, 0.8, 0.95, among=ids)) == {(i, j) for i, j in whole if i in ids and j in ids}
    some = band(x, 0.8, 0.95, among=np.int64(50), seed=1)
    chosen = {i for i, _ in edges(some)}
    assert 0 < len(chosen) <= 50
    assert edges(some) == {(i, j) for i, j in whole if i in chosen and j in chosen}
    assert edges(some) != edges(band(x, 0.8, 0.95, among=50, seed=2))
    assert "among=50, seed=1" in str(some.terms[0].source)
    assert edges(band(x, 0.8, 0.95, among=300)) == whole


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("among", [None, 150])
def test_an_automatic_band_gives_pairs_on_any_space_and_says_what_it_chose(name, among):
    graph = band(SPACES[name], "auto", among=among)
    arguments = graph.terms[0].source.arguments
    assert graph.terms[0].count > 0
    assert -1 <= arguments["low"] <= arguments["high"] <= 1
    assert arguments["chosen"] == "auto, degree 5"


@pytest.mark.parametrize("name", ["digits", "noise", "cone"])
@pytest.mark.parametrize("degree", [2.0, 5.0])
def test_an_automatic_band_has_about_the_degree_asked_for_below_the_near_duplicates(name, degree):
    x = SPACES[name]
    low, high = auto_band(x, degree)
    assert 0.6 * degree <= band(x, "auto", degree=degree).terms[0].count / len(x) <= 1.1 * degree
    similar = similarities(x) - 2 * np.eye(len(x))
    assert 0 <= (similar.max(1) > high).mean() <= 0.02
    assert low < high


def test_exact_duplicates_are_no_pairs_of_an_automatic_band():
    x = np.r_[SPACES["digits"][:50], SPACES["digits"][:50]]
    found = edges(band(x, "auto"))
    assert found
    assert not any(abs(i - j) == 50 for i, j in found)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"low": 0.9, "high": 0.8}, r"-1 <= low < high <= 1, got \[0.9, 0.8\]"),
        ({"low": 0.8, "high": 0.8}, "low < high"),
        ({"low": float("nan")}, "low < high"),
        ({"low": 0.5, "high": 1.5}, "high <= 1"),
        ({"low": "automatic"}, "unknown band 'automatic': did you mean 'auto'"),
        ({"among": 301}, r"among must lie in \[1, 300\], the number of samples, got 301"),
        ({"among": 0}, "among must lie in"),
        ({"among": np.array([300])}, r"among must lie in \[0, 300\)"),
        ({"low": -0.5, "high": 1, "limit": 100}, "more than limit = 100: narrow the band"),
        ({"low": "auto", "degree": 0}, "a positive degree"),
        ({"low": "auto", "among": 2}, "needs 3 samples"),
    ],
)
def test_bad_arguments_are_one_clear_sentence(arguments, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        band(SPACES["digits"], **arguments)


def test_a_space_of_duplicates_has_no_automatic_band():
    with pytest.raises(LikewiseError, match="all samples are duplicates"):
        band(np.ones((10, 3)), "auto")
