import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import LikewiseError
from likewise.sources import neighbors, partitioned
from likewise.space import Space


def slow(x, codes, k, metric, *, across):
    """The k nearest of the same or of other groups, by full sorting."""
    n, found = len(x), set()
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    for i in range(n):
        able = [j for j in range(n) if j != i and codes[i] >= 0 and codes[j] >= 0 and (codes[i] != codes[j]) == across]
        away = [-(unit[i] @ unit[j]) if metric == "cosine" else ((x[i] - x[j]) ** 2).sum() for j in able]
        found |= {(i, able[place]) for place in np.argsort(away, kind="stable")[:k]}
    return found


def edges(graph):
    coo = graph.to_scipy().tocoo()
    return set(zip(coo.row.tolist(), coo.col.tolist(), strict=True))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("side", ["within", "across"])
@given(st.integers(0, 1000), st.integers(1, 3), st.lists(st.integers(-1, 3), min_size=6, max_size=25))
@settings(max_examples=25, deadline=None)
def test_neighbours_are_those_of_the_side_that_is_asked_for(side, metric, seed, k, codes):
    x = np.random.default_rng(seed).standard_normal((len(codes), 3)).astype(np.float32)
    column = np.array([None if code < 0 else f"plate {code}" for code in codes], object)
    found = edges(neighbors(Space(x, metric), k, **{side: column}))
    assert found == slow(x, np.array(codes), k, metric, across=side == "across")


def test_others_are_found_behind_many_of_ones_own_group(monkeypatch):
    """Ninety-nine of one plate lie together, the one of another plate far away."""
    monkeypatch.setattr(partitioned, "WIDER", 2)
    x = np.r_[np.random.default_rng(0).standard_normal((99, 2)), [[50.0, 50.0]]].astype(np.float32)
    found = edges(neighbors(Space(x, "euclidean"), 2, across=np.arange(100) // 99))
    assert {(i, 99) for i in range(99)} <= found
    assert len(found) == 99 + 2


def test_weights_and_radii_are_those_of_the_neighbours():
    x = np.array([[0.0, 1], [0, 2], [0, 9], [0, 1.5]], np.float32)
    graph = neighbors(Space(x, "euclidean"), 2, within=[1, 1, 1, 2], pick="softmax", temperature=1.0)
    matrix = graph.to_scipy().toarray()
    assert matrix[0, 1] == pytest.approx(1)
    assert matrix[0, 2] == pytest.approx(np.exp(-(64 - 1)), abs=1e-12)
    assert not matrix[3].any()
    assert edges(neighbors(Space(x, "euclidean"), 2, across=[1, 1, 1, 2], radius=2.0)) == {
        (0, 3),
        (1, 3),
        (3, 0),
        (3, 1),
    }
    source = graph.terms[0].source
    assert source.arguments["within"] == neighbors(x, 2, within=[5, 5, 5, 7]).terms[0].source.arguments["within"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"within": [1, 2], "across": [1, 2]}, "within= or across=, not both"),
        ({"within": [1, 2, 3]}, "one value for each of the 9 rows"),
        ({"across": range(9), "pick": "furthest", "radius": 1.0}, "do not go with"),
    ],
)
def test_bad_options_are_refused(options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        neighbors(np.eye(9, dtype=np.float32), 2, **options)
