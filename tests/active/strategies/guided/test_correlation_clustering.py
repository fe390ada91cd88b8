"""Which components are one, against the same rule done slowly, and in cases that can be told by eye."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.active.strategies.guided.correlation_clustering import PRIOR_MAX, PRIOR_MIN, agglomerate

TICK = np.log(0.9 / 0.05)


def expit(value):
    return 1 / (1 + np.exp(-value))


def odds_of(prior, size, log_odds, one, other):
    """The log-odds that two sets of components are one, from scratch."""

    def view(mine, theirs):
        return sum(prior[i, j] for i in mine for j in theirs) / sum(size[i] for i in mine)

    small, large = sorted([one, other], key=lambda components: sum(size[i] for i in components))
    equal = sum(size[i] for i in small) == sum(size[i] for i in large)
    prior = max(view(small, large), view(large, small)) if equal else view(small, large)
    prior = min(max(prior, PRIOR_MIN), PRIOR_MAX)
    return np.log(prior / (1 - prior)) + sum(log_odds[i, j] for i in one for j in other)


def slowly(prior, size, log_odds):
    clusters, p_same = [[i] for i in range(len(size))], np.zeros(prior.shape)
    while True:
        found = [
            (odds_of(prior, size, log_odds, one, other), a, b)
            for a, one in enumerate(clusters)
            for b, other in enumerate(clusters)
            if a < b and sum(log_odds[i, j] for i in one for j in other) > 0
        ]
        if not found or max(found)[0] <= 0:
            break
        odds, a, b = max(found)
        for i in clusters[a]:
            for j in clusters[b]:
                p_same[i, j] = p_same[j, i] = expit(odds)
        clusters[a] = clusters[a] + clusters.pop(b)
    for a, one in enumerate(clusters):
        for b, other in enumerate(clusters):
            if a != b:
                for i in one:
                    for j in other:
                        p_same[i, j] = expit(odds_of(prior, size, log_odds, one, other))
    return {frozenset(cluster) for cluster in clusters}, p_same


@st.composite
def cases(draw):
    count, seed = draw(st.integers(1, 9)), draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    size = random.integers(1, 5, count)
    prior = random.dirichlet(np.ones(count + 1), count)[:, :count] * size[:, None]
    np.fill_diagonal(prior, 0)
    asked = np.triu(random.random((count, count)) < draw(st.floats(0, 1)), 1)
    log_odds = np.where(asked, random.normal(0, 3, (count, count)), 0)
    return prior, size, log_odds + log_odds.T


@given(cases())
def test_it_is_the_same_as_done_slowly(case):
    group, p_same = agglomerate(*case)
    expected, probabilities = slowly(*case)
    assert {frozenset(np.flatnonzero(group == code).tolist()) for code in np.unique(group)} == expected
    np.testing.assert_allclose(p_same, probabilities, atol=1e-9)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(case, random):
    order = random.sample(range(len(case[1])), len(case[1]))
    prior, size, log_odds = case
    group, p_same = agglomerate(*case)
    moved, also = agglomerate(prior[np.ix_(order, order)], size[order], log_odds[np.ix_(order, order)])
    np.testing.assert_array_equal(moved[:, None] == moved, (group[:, None] == group)[np.ix_(order, order)])
    np.testing.assert_allclose(also, p_same[np.ix_(order, order)], atol=1e-9)


def star(prior):
    """An anchor, 0, that was found alike all others."""
    log_odds = np.zeros(prior.shape)
    log_odds[0, 1:] = log_odds[1:, 0] = TICK
    return agglomerate(prior, np.ones(len(prior), int), log_odds)


def test_right_ticks_of_a_screen_do_not_vouch_for_a_wrong_one():
    prior = np.full((6, 6), 0.3)
    prior[5] = prior[:, 5] = 0.005
    np.fill_diagonal(prior, 0)
    group, p_same = star(prior)
    assert group.tolist() == [0, 0, 0, 0, 0, 1]
    assert p_same[0, 5] < 0.5 < p_same[0, 1]


def test_one_wrong_answer_does_not_join_two_clusters_that_others_keep_apart():
    prior = np.full((4, 4), 0.4)
    np.fill_diagonal(prior, 0)
    log_odds = np.zeros((4, 4))
    for a, b, value in [(0, 1, TICK), (2, 3, TICK), (1, 2, TICK), (0, 2, -2.9), (0, 3, -2.9)]:
        log_odds[a, b] = log_odds[b, a] = value
    group, _ = agglomerate(prior, np.ones(4, int), log_odds)
    assert group.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_without_an_answer_for_it_nothing_is_joined(value):
    group, p_same = agglomerate(np.array([[0, 0.9], [0.9, 0]]), np.array([1, 1]), np.array([[0, value], [value, 0]]))
    assert group.tolist() == [0, 1]
    assert p_same[0, 1] == pytest.approx(expit(value))
