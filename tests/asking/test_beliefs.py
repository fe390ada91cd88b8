import numpy as np
from scipy.sparse import csr_matrix
from tests.asking.test_loans import some_loans

from likewise.asking.beliefs import NEVER, beliefs_of, ties_of
from likewise.asking.loans import NEW


def nothing(affinities):
    return csr_matrix((affinities.m, affinities.m))


def link(affinities, a, b, worth):
    return csr_matrix(([worth, worth], ([a, b], [b, a])), shape=(affinities.m,) * 2)


def believed(loans, evidence):
    return beliefs_of(loans, evidence, ties_of(loans, evidence))


def test_what_nobody_answered_is_shared_as_in_the_restaurant():
    affinities, loans = some_loans()
    beliefs = believed(loans, nothing(affinities))
    lent = loans.lent[:, 13].astype(float)
    assert np.allclose(beliefs.table[13], np.append(lent, NEW) / (lent.sum() + NEW), atol=1e-5)
    assert np.allclose(beliefs.table.sum(1), 1, atol=1e-5)
    assert np.allclose(beliefs.lent, loans.lent.sum(0))


def test_where_little_was_lent_the_rest_goes_to_near_parts(monkeypatch):
    monkeypatch.setattr("likewise.asking.beliefs.FAR", 0.0)
    affinities, loans = some_loans()
    ties = ties_of(loans, nothing(affinities))
    shares = loans.shares(np.array([9]))[:, 0].astype(float)
    near = np.sqrt([min(affinities.distances(node)[9] for node in nodes) for nodes in ((0, 5), (20,))])
    far = (1 / near**8) / (1 / near**8).sum()
    novelty = (3 + 1) / (4 + 2)
    expected = shares + (1 - novelty) * shares[-1] * np.array([far[0], 0, far[1], -1])
    assert np.allclose(ties.views[ties.rows.tolist().index(9)], expected, atol=1e-4)


def test_answers_move_the_odds_of_the_nodes_that_they_are_about():
    affinities, loans = some_loans()
    before = believed(loans, nothing(affinities)).table[13].astype(float)
    after = believed(loans, link(affinities, 13, 9, -2.0))
    odds = np.log(np.maximum(before, NEVER)) + np.array([0, -2, 0, 0])
    assert after.where.tolist() == [*np.flatnonzero(loans.part >= 0), 13]
    assert np.allclose(after.table[13], np.exp(odds) / np.exp(odds).sum(), atol=1e-4)


def test_a_yes_makes_a_group_and_a_no_parts_it():
    affinities, loans = some_loans(((0,), (9,), (20,)))
    yes, no = (ties_of(loans, link(affinities, 0, 9, worth)) for worth in (9.0, -9.0))
    assert yes.group[0] == yes.group[1] != yes.group[2]
    assert len(set(no.group)) == 3
    assert yes.joined[0, 1] > 0.9 > 0.1 > no.joined[0, 1]
    assert np.allclose(yes.joined, yes.joined.T)
    table = believed(loans, link(affinities, 0, 9, 9.0)).table
    lent = loans.lent[:, 13].astype(float)
    assert np.isclose(table[13, yes.group[0]], (lent[0] + lent[1]) / (lent.sum() + NEW), atol=1e-5)


def test_a_prior_alone_never_joins_two_parts():
    affinities, loans = some_loans(((0, 1, 2), (3, 4, 5)))
    ties = ties_of(loans, nothing(affinities))
    assert ties.joined.max() <= 0.5
    assert len(set(ties.group)) == 2
    assert np.allclose(ties.favour, 0)


def test_what_is_kept_agrees_with_the_whole_table():
    affinities, loans = some_loans(((0, 1), (9,), (20,), (30,)))
    beliefs = believed(loans, link(affinities, 0, 9, 9.0) + link(affinities, 13, 20, -2.0))
    groups = beliefs.table[:, :-1]
    assert beliefs.table.shape == (affinities.m, 4)
    assert np.allclose(groups.max(1), beliefs.alike, atol=1e-6)
    assert np.allclose(groups[np.arange(affinities.m), beliefs.best], beliefs.alike, atol=1e-6)
    assert np.allclose(beliefs.table[:, -1], beliefs.new, atol=1e-6)
