"""Which parts are one, against the same rule done slowly, and in cases that can be told by eye."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.active.strategies.guided.correlation_clustering import DOUBT, NEVER, agglomerate

TICK = np.log(0.9 / 0.05)


def expit(value):
    return 1 / (1 + np.exp(-value))


def odds_of(views, size, favour, one, other):
    """The log-odds that two sets of parts are one, from scratch."""

    def view(mine, theirs):
        return sum(views[i, j] for i in mine for j in theirs) / sum(size[i] for i in mine)

    small, large = sorted([one, other], key=lambda parts: sum(size[i] for i in parts))
    equal = sum(size[i] for i in small) == sum(size[i] for i in large)
    prior = max(view(small, large), view(large, small)) if equal else view(small, large)
    prior = min(max(prior, NEVER), DOUBT)
    return np.log(prior / (1 - prior)) + sum(favour[i, j] for i in one for j in other)


def slowly(views, size, favour):
    clusters, joined = [[i] for i in range(len(size))], np.zeros(views.shape)
    while True:
        found = [
            (odds_of(views, size, favour, one, other), a, b)
            for a, one in enumerate(clusters)
            for b, other in enumerate(clusters)
            if a < b and sum(favour[i, j] for i in one for j in other) > 0
        ]
        if not found or max(found)[0] <= 0:
            break
        odds, a, b = max(found)
        for i in clusters[a]:
            for j in clusters[b]:
                joined[i, j] = joined[j, i] = expit(odds)
        clusters[a] = clusters[a] + clusters.pop(b)
    for a, one in enumerate(clusters):
        for b, other in enumerate(clusters):
            if a != b:
                for i in one:
                    for j in other:
                        joined[i, j] = expit(odds_of(views, size, favour, one, other))
    return {frozenset(cluster) for cluster in clusters}, joined


@st.composite
def cases(draw):
    count, seed = draw(st.integers(1, 9)), draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    size = random.integers(1, 5, count)
    views = random.dirichlet(np.ones(count + 1), count)[:, :count] * size[:, None]
    np.fill_diagonal(views, 0)
    asked = np.triu(random.random((count, count)) < draw(st.floats(0, 1)), 1)
    favour = np.where(asked, random.normal(0, 3, (count, count)), 0)
    return views, size, favour + favour.T


@given(cases())
def test_it_is_the_same_as_done_slowly(case):
    group, joined = agglomerate(*case)
    expected, chances = slowly(*case)
    assert {frozenset(np.flatnonzero(group == code).tolist()) for code in np.unique(group)} == expected
    np.testing.assert_allclose(joined, chances, atol=1e-9)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(case, random):
    order = random.sample(range(len(case[1])), len(case[1]))
    views, size, favour = case
    group, joined = agglomerate(*case)
    moved, also = agglomerate(views[np.ix_(order, order)], size[order], favour[np.ix_(order, order)])
    np.testing.assert_array_equal(moved[:, None] == moved, (group[:, None] == group)[np.ix_(order, order)])
    np.testing.assert_allclose(also, joined[np.ix_(order, order)], atol=1e-9)


def star(views):
    """An anchor, 0, that was found alike all others."""
    favour = np.zeros(views.shape)
    favour[0, 1:] = favour[1:, 0] = TICK
    return agglomerate(views, np.ones(len(views), int), favour)


def test_right_ticks_of_a_screen_do_not_vouch_for_a_wrong_one():
    views = np.full((6, 6), 0.3)
    views[5] = views[:, 5] = 0.005
    np.fill_diagonal(views, 0)
    group, joined = star(views)
    assert group.tolist() == [0, 0, 0, 0, 0, 1]
    assert joined[0, 5] < 0.5 < joined[0, 1]


def test_one_wrong_answer_does_not_join_two_clusters_that_others_keep_apart():
    views = np.full((4, 4), 0.4)
    np.fill_diagonal(views, 0)
    favour = np.zeros((4, 4))
    for a, b, value in [(0, 1, TICK), (2, 3, TICK), (1, 2, TICK), (0, 2, -2.9), (0, 3, -2.9)]:
        favour[a, b] = favour[b, a] = value
    group, _ = agglomerate(views, np.ones(4, int), favour)
    assert group.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_without_an_answer_for_it_nothing_is_joined(value):
    group, joined = agglomerate(np.array([[0, 0.9], [0.9, 0]]), np.array([1, 1]), np.array([[0, value], [value, 0]]))
    assert group.tolist() == [0, 1]
    assert joined[0, 1] == pytest.approx(expit(value))
