from __future__ import annotations

import numpy as np
import pytest

from likewise.errors import LikewiseError
from likewise.search import furthest_within, ranges, similarity_sample, within
from likewise.space import Space


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(ranges, "BLOCK", 16)


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((75, 4)).astype(np.float32)


def cosines(x):
    unit = x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    return (unit @ unit.T).astype(np.float32)


def distances(x):
    return ((x[:, None].astype(np.float64) - x) ** 2).sum(2).astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("rows", [None, [60, 3, 3, 44, 8, 71]])
def test_within_lists_every_pair_once(x, metric, rows):
    low, high = (0.3, 0.8) if metric == "cosine" else (1.0, 9.0)
    scores = cosines(x) if metric == "cosine" else distances(x)
    chosen = range(75) if rows is None else rows
    want = [
        (i, j) for i in range(75) for j in range(i + 1, 75) if {i, j} <= set(chosen) and low <= scores[i, j] <= high
    ]
    pairs = within(x, low, high, rows=rows, metric=metric)
    assert pairs.dtype == np.int32
    assert [tuple(pair) for pair in pairs] == want


def test_within_keeps_duplicates_at_the_ends():
    x = np.random.default_rng(1).standard_normal((1, 7)).astype(np.float32).repeat(20, 0)
    assert len(within(x, 1, 1)) == len(within(x, 0, 0, metric="euclidean")) == 190


def test_within_may_be_empty(x):
    assert within(x, 2, 3).shape == (0, 2)


def test_within_refuses_too_many_and_says_how_many(x):
    with pytest.raises(LikewiseError, match="2,775 pairs"):
        within(x, -1, 1, limit=100)
    with pytest.raises(LikewiseError, match="low must not exceed high"):
        within(x, 1, -1)


@pytest.mark.parametrize("radius", [0.5, 3.0, 100.0])
def test_furthest_within_is_the_masked_argmax(x, radius):
    ids = furthest_within(x, radius, metric="euclidean")
    for i, row in enumerate(distances(x)):
        inside = [j for j in range(75) if j != i and row[j] < radius]
        assert ids[i] == max(inside, key=lambda j: row[j], default=-1)
    assert radius != 0.5 or (ids == -1).any()


def test_furthest_within_takes_the_lower_id_among_equals():
    x = np.float32([[0, 0], *[[3, 4]] * 40])
    assert furthest_within(x, 26, metric="euclidean").tolist() == [1] + [0] * 40


def test_furthest_within_normalises_a_cosine_space(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    ids = furthest_within(Space(x * 3, "cosine"), 0.7)
    np.testing.assert_array_equal(ids, furthest_within(unit, 0.7, metric="euclidean"))
    assert (ids >= 0).sum() > 60


def test_furthest_within_wants_a_radius(x):
    with pytest.raises(LikewiseError, match="radius must be positive"):
        furthest_within(x, 0)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_sample_follows_the_population_and_the_seed(x, metric):
    scores = (cosines(x) if metric == "cosine" else distances(x))[np.triu_indices(75, 1)]
    sample = similarity_sample(x, 20_000, metric=metric)
    assert sample.mean() == pytest.approx(scores.mean(), abs=float(4 * scores.std() / 20_000**0.5))
    known = np.sort(scores)
    assert np.isclose(sample, known[np.searchsorted(known, sample - 1e-5).clip(max=len(known) - 1)], atol=2e-5).all()
    np.testing.assert_array_equal(sample, similarity_sample(x, 20_000, metric=metric))
    assert (sample != similarity_sample(x, 20_000, 1, metric=metric)).any()


def test_sample_needs_two_rows():
    with pytest.raises(LikewiseError, match="two rows"):
        similarity_sample(np.ones((1, 2)))


def test_ranges_of_float64_far_from_the_origin():
    x = 1.7e9 + np.random.default_rng(0).permutation(5000)[:300, None].astype(float)
    apart = ((x[:, None] - x) ** 2).sum(2)
    pairs = within(Space(x, "euclidean"), 0, 100)
    assert pairs.tolist() == np.argwhere((apart <= 100) & np.triu(np.ones_like(apart, bool), 1)).tolist()
    reach = np.where((apart < 900) & ~np.eye(300, dtype=bool), apart, -1)
    furthest = np.where(reach.max(1) >= 0, reach.argmax(1), -1)
    assert furthest_within(Space(x, "euclidean"), 900).tolist() == furthest.tolist()
