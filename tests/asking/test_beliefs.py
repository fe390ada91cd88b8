import numpy as np
import pytest
from scipy.sparse import csr_matrix
from tests.asking.cases import blobs

from likewise.asking.affinities import Affinities
from likewise.asking.beliefs import NEW, RESTART, STEPS, Loans
from likewise.space import Space


def some_loans(parts=((0, 5), (9,), (20,))):
    space, _ = blobs()
    affinities = Affinities(space, k=4)
    loans = Loans(affinities)
    for nodes in parts:
        loans.begin(nodes[0])
        mine = loans.count - 1
        for node in nodes[1:]:
            loans.begin(node, mine)
    return affinities, loans


def test_affinities_are_those_of_the_formula():
    space, _ = blobs()
    affinities = Affinities(space, k=4)
    x = space.array.astype(float)
    distance = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(distance, np.inf)
    rank = distance.argsort(1).argsort(1)
    scale = np.sort(distance, 1)[:, 3]
    value = np.where(rank < 4, np.exp(-(distance**2) / (scale[:, None] * scale)), 0)
    value = np.maximum(value, value.T)
    degree = value.sum(1)
    assert np.allclose(affinities.matrix.toarray(), value / np.sqrt(degree[:, None] * degree), atol=1e-5)


def test_loans_are_a_series_of_walks():
    affinities, loans = some_loans()
    step = (1 - RESTART) * affinities.matrix.toarray().astype(float)
    series = sum(np.linalg.matrix_power(step, power) for power in range(STEPS + 1))
    expected = np.stack([series[:, [0, 5]].sum(1), series[:, 9], series[:, 20]], 1)
    assert np.allclose(loans.lent, expected, atol=1e-4)


def test_what_nobody_answered_is_shared_as_in_the_restaurant():
    affinities, loans = some_loans()
    beliefs = loans.beliefs(csr_matrix((affinities.m, affinities.m)))
    i = 13
    lent = loans.lent[i].astype(float)
    unsure = NEW / (lent.sum() + NEW)
    near = np.sqrt([min(affinities.distances(node)[i] for node in nodes) for nodes in ((0, 5), (9,), (20,))])
    far = (1 / near**8) / (1 / near**8).sum()
    novelty = (3 + 1) / (4 + 2)
    expected = lent / (lent.sum() + NEW) + (1 - novelty) * unsure * far
    assert np.allclose(beliefs.table[i, :-1], expected, atol=1e-4)
    assert np.allclose(beliefs.table.sum(1), 1, atol=1e-5)


def test_answers_move_the_odds_of_the_nodes_that_they_are_about():
    affinities, loans = some_loans()
    nothing = csr_matrix((affinities.m, affinities.m))
    before = loans.beliefs(nothing).table[13].astype(float)
    against = csr_matrix(([-2.0, -2.0], ([13, 9], [9, 13])), shape=nothing.shape)
    after = loans.beliefs(against).table[13]
    odds = np.log(before) + np.array([0, -2, 0, 0])
    assert np.allclose(after, np.exp(odds) / np.exp(odds).sum(), atol=1e-4)


def test_a_yes_makes_a_group_and_a_no_parts_it():
    affinities, loans = some_loans(((0,), (9,), (20,)))
    link = lambda worth: csr_matrix(([worth, worth], ([0, 9], [9, 0])), shape=(affinities.m,) * 2)  # noqa: E731
    yes, no = loans.beliefs(link(6.0)), loans.beliefs(link(-6.0))
    assert yes.group[0] == yes.group[1] != yes.group[2]
    assert len(set(no.group)) == 3
    assert yes.joined[0, 1] > 0.9 > 0.1 > no.joined[0, 1]
    assert np.allclose(yes.joined, yes.joined.T)


def test_joining_and_leaving_undo_each_other():
    _, loans = some_loans(((0,), (9,), (20,)))
    lent, near = loans.lent.copy(), loans.near.copy()
    loans.join(0, 1)
    assert loans.part[[0, 9, 20]].tolist() == [0, 0, 1]
    loans.detach(9)
    assert loans.part[[0, 9, 20]].tolist() == [0, 2, 1]
    assert np.allclose(loans.lent[:, [0, 2, 1]], lent, atol=1e-5)
    assert np.allclose(loans.near[:, [0, 2, 1]], near)


def test_many_samples_are_grouped_and_a_group_can_be_parted():
    random = np.random.default_rng(0)
    space = Space(random.standard_normal((300, 4)))
    affinities = Affinities(space, nodes=40)
    assert affinities.m <= 40
    assert affinities.weight.sum() == 300
    assert affinities.weight.min() >= 1
    inside = np.flatnonzero(affinities.node == affinities.weight.argmax())
    old, new = int(affinities.weight.argmax()), affinities.split(int(affinities.weight.argmax()), inside[0], inside[1])
    assert affinities.node[inside[0]] == old
    assert affinities.node[inside[1]] == new
    assert set(np.unique(affinities.node[inside])) == {old, new}
    assert abs(affinities.matrix - affinities.matrix.T).max() < 1e-6
    assert affinities.members(old)[0] in inside


def test_one_sample_has_nobody_to_be_compared_with():
    with pytest.raises(ValueError, match="two samples"):
        Affinities(Space(np.ones((1, 3))))
