import numpy as np
from scipy.sparse import csr_matrix
from tests.active.strategies.guided.test_propagation import some_loans

from likewise.active.strategies.guided.posterior import NEVER, beliefs_of, ties_of
from likewise.active.strategies.guided.propagation import NEW


def nothing(affinities):
    return csr_matrix((affinities.m, affinities.m))


def link(affinities, a, b, worth):
    return csr_matrix(([worth, worth], ([a, b], [b, a])), shape=(affinities.m,) * 2)


def believed(loans, evidence):
    return beliefs_of(loans, evidence, ties_of(loans, evidence))


def slow(loans, evidence, group):
    """What is believed ``[m, G + 1]`` of nodes in no part: the restaurant's shares, moved by answers."""
    lent = loans.lent.astype(float)
    table = np.stack([lent[group == g].sum(0) for g in range(group.max() + 1)] + [np.full(lent.shape[1], NEW)], 1)
    said = np.zeros_like(table)
    for a, b, worth in zip(*evidence.nonzero(), evidence.data, strict=True):
        if loans.part[b] >= 0:
            said[a, group[loans.part[b]]] += worth
    table = np.maximum(table / table.sum(1, keepdims=True), NEVER) * np.exp(said)
    return table / table.sum(1, keepdims=True)


def check(beliefs, table, nodes):
    assert np.allclose(beliefs.alike[nodes], table[nodes, :-1].max(1), atol=1e-4)
    assert np.allclose(beliefs.new[nodes], table[nodes, -1], atol=1e-4)
    assert np.allclose(table[nodes, beliefs.best[nodes]], table[nodes, :-1].max(1), atol=1e-4)


def test_what_nobody_answered_is_shared_as_in_the_restaurant():
    affinities, loans = some_loans()
    beliefs = believed(loans, nothing(affinities))
    assert np.allclose(beliefs.lent, loans.lent.sum(0))
    check(beliefs, slow(loans, nothing(affinities), beliefs.ties.group), np.flatnonzero(loans.part < 0))


def test_where_little_was_lent_the_rest_goes_to_near_parts(monkeypatch):
    monkeypatch.setattr("likewise.active.strategies.guided.posterior.FAR", 0.0)
    affinities, loans = some_loans()
    ties = ties_of(loans, nothing(affinities))
    shares = loans.shares(np.array([9]))[:, 0].astype(float)
    near = np.sqrt([min(affinities.distances(node)[9] for node in nodes) for nodes in ((0, 5), (20,))])
    far = (1 / near**8) / (1 / near**8).sum()
    novelty = (3 + 1) / (4 + 2)
    expected = shares + (1 - novelty) * shares[-1] * np.array([far[0], 0, far[1], -1])
    assert np.allclose(ties.views[ties.rows.tolist().index(9)], expected, atol=1e-4)


def test_answers_move_the_odds_of_the_nodes_that_they_are_about():
    affinities, loans = some_loans(((0, 1), (9,), (20,), (30,)))
    denied = link(affinities, 13, 9, -2.0) + link(affinities, 14, 20, -1.0) + link(affinities, 2, 0, -3.0)
    before, after = (believed(loans, evidence) for evidence in (nothing(affinities), denied))
    table = slow(loans, denied, after.ties.group)
    check(after, table, np.flatnonzero(loans.part < 0))
    assert not np.array_equal(after.new[[2, 13, 14]], before.new[[2, 13, 14]])
    others = np.setdiff1d(np.flatnonzero(loans.part < 0), [2, 13, 14])
    assert np.array_equal(before.alike[others], after.alike[others])


def test_a_yes_makes_a_group_and_a_no_parts_it():
    affinities, loans = some_loans(((0,), (9,), (20,)))
    yes, no = (ties_of(loans, link(affinities, 0, 9, worth)) for worth in (9.0, -9.0))
    assert yes.group[0] == yes.group[1] != yes.group[2]
    assert len(set(no.group)) == 3
    assert yes.joined[0, 1] > 0.9 > 0.1 > no.joined[0, 1]
    assert np.allclose(yes.joined, yes.joined.T)
    linked = link(affinities, 0, 9, 9.0)
    check(believed(loans, linked), slow(loans, linked, yes.group), np.flatnonzero(loans.part < 0))


def test_a_prior_alone_never_joins_two_parts():
    affinities, loans = some_loans(((0, 1, 2), (3, 4, 5)))
    ties = ties_of(loans, nothing(affinities))
    assert ties.joined.max() <= 0.5
    assert len(set(ties.group)) == 2
    assert np.allclose(ties.favour, 0)
