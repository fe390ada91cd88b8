import numpy as np
from scipy.sparse import csr_matrix
from tests.active.strategies.guided.test_propagation import some_components

from likewise.active.strategies.guided.posterior import PRIOR_MIN, cluster_state_of, posterior_of
from likewise.active.strategies.guided.propagation import ALPHA


def nothing(affinities):
    return csr_matrix((affinities.m, affinities.m))


def link(affinities, a, b, worth):
    return csr_matrix(([worth, worth], ([a, b], [b, a])), shape=(affinities.m,) * 2)


def posterior_after(propagation, evidence):
    return posterior_of(propagation, evidence, cluster_state_of(propagation, evidence))


def slow(propagation, evidence, group):
    """The posterior ``[m, G + 1]`` of nodes in no component: the shares of a Chinese restaurant process and answers."""
    mass = propagation.mass.astype(float)
    table = np.stack([mass[group == g].sum(0) for g in range(group.max() + 1)] + [np.full(mass.shape[1], ALPHA)], 1)
    said = np.zeros_like(table)
    for a, b, worth in zip(*evidence.nonzero(), evidence.data, strict=True):
        if propagation.component[b] >= 0:
            said[a, group[propagation.component[b]]] += worth
    table = np.maximum(table / table.sum(1, keepdims=True), PRIOR_MIN) * np.exp(said)
    return table / table.sum(1, keepdims=True)


def check(posterior, table, nodes):
    assert np.allclose(posterior.p_best[nodes], table[nodes, :-1].max(1), atol=1e-4)
    assert np.allclose(posterior.p_new[nodes], table[nodes, -1], atol=1e-4)
    assert np.allclose(table[nodes, posterior.best[nodes]], table[nodes, :-1].max(1), atol=1e-4)


def test_without_answers_it_is_a_chinese_restaurant_process():
    affinities, propagation = some_components()
    posterior = posterior_after(propagation, nothing(affinities))
    assert np.allclose(posterior.mass, propagation.mass.sum(0))
    check(
        posterior,
        slow(propagation, nothing(affinities), posterior.clusters.group),
        np.flatnonzero(propagation.component < 0),
    )


def test_where_mass_is_small_the_rest_goes_to_near_components(monkeypatch):
    monkeypatch.setattr("likewise.active.strategies.guided.posterior.NOVELTY_FLOOR", 0.0)
    affinities, propagation = some_components()
    clusters = cluster_state_of(propagation, nothing(affinities))
    shares = propagation.shares(np.array([9]))[:, 0].astype(float)
    near = np.sqrt([min(affinities.distances(node)[9] for node in nodes) for nodes in ((0, 5), (20,))])
    far = (1 / near**8) / (1 / near**8).sum()
    novelty = (3 + 1) / (4 + 2)
    expected = shares + (1 - novelty) * shares[-1] * np.array([far[0], 0, far[1], -1])
    assert np.allclose(clusters.probabilities[clusters.rows.tolist().index(9)], expected, atol=1e-4)


def test_answers_move_the_odds_of_the_nodes_that_they_are_about():
    affinities, propagation = some_components(((0, 1), (9,), (20,), (30,)))
    denied = link(affinities, 13, 9, -2.0) + link(affinities, 14, 20, -1.0) + link(affinities, 2, 0, -3.0)
    before, after = (posterior_after(propagation, evidence) for evidence in (nothing(affinities), denied))
    table = slow(propagation, denied, after.clusters.group)
    check(after, table, np.flatnonzero(propagation.component < 0))
    assert not np.array_equal(after.p_new[[2, 13, 14]], before.p_new[[2, 13, 14]])
    others = np.setdiff1d(np.flatnonzero(propagation.component < 0), [2, 13, 14])
    assert np.array_equal(before.p_best[others], after.p_best[others])


def test_a_yes_makes_a_group_and_a_no_divides_it():
    affinities, propagation = some_components(((0,), (9,), (20,)))
    yes, no = (cluster_state_of(propagation, link(affinities, 0, 9, worth)) for worth in (9.0, -9.0))
    assert yes.group[0] == yes.group[1] != yes.group[2]
    assert len(set(no.group)) == 3
    assert yes.p_same[0, 1] > 0.9 > 0.1 > no.p_same[0, 1]
    assert np.allclose(yes.p_same, yes.p_same.T)
    linked = link(affinities, 0, 9, 9.0)
    found = posterior_after(propagation, linked)
    check(found, slow(propagation, linked, yes.group), np.flatnonzero(propagation.component < 0))


def test_a_prior_alone_never_joins_two_components():
    affinities, propagation = some_components(((0, 1, 2), (3, 4, 5)))
    clusters = cluster_state_of(propagation, nothing(affinities))
    assert clusters.p_same.max() <= 0.5
    assert len(set(clusters.group)) == 2
    assert np.allclose(clusters.log_odds, 0)
