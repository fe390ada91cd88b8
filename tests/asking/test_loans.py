import numpy as np
import pytest
from tests.asking.cases import blobs

from likewise.asking.affinities import Affinities
from likewise.asking.loans import ENDS, ERROR, NEW, STEPS, Loans
from likewise.asking.regression import Regression
from likewise.space import Space

PARTS = ((0, 5), (9,), (20,))
KNOWN = ((0, 0, 1 / 4), (1, 0, 1 / 4), (2, 1, 1 / 2))
"""Parts that a model knows, their classes, and their parts of what every class is lent at least."""


def some_loans(parts=PARTS):
    space, _ = blobs()
    affinities = Affinities(space, k=4)
    loans = Loans(affinities)
    for nodes in parts:
        loans.begin(nodes[0])
        mine = loans.count - 1
        for node in nodes[1:]:
            loans.begin(node, mine)
    return affinities, loans


def series(affinities, end):
    """Every walk, the slow way ``[m, m]``."""
    step = (1 - end) * affinities.matrix.toarray().astype(float)
    return sum(np.linalg.matrix_power(step, power) for power in range(STEPS + 1))


@pytest.mark.parametrize("reach", range(len(ENDS)))
def test_loans_are_a_series_of_walks(reach):
    affinities, loans = some_loans()
    loans.reach = reach
    every = series(affinities, ENDS[reach])
    assert np.allclose(loans.lent, np.stack([every[:, list(nodes)].sum(1) for nodes in PARTS]), atol=1e-4)
    mass = np.random.default_rng(0).random(affinities.m).astype(np.float32)
    assert np.allclose(loans.spread(mass), every @ mass, atol=1e-3)


def test_shares_leave_out_what_a_node_lends_itself():
    affinities, loans = some_loans()
    every = series(affinities, ENDS[0])
    np.fill_diagonal(every, 0)
    for i in (0, 9, 13):
        lent = np.array([every[i, list(nodes)].sum() for nodes in PARTS] + [NEW])
        assert np.allclose(loans.shares(np.array([i]))[:, 0], lent / lent.sum(), atol=1e-4)


def test_the_reach_is_the_one_that_foretells_the_answers():
    _, loans = some_loans(((0, 5, 7), (9,), (20, 21)))
    one, other = np.array([0, 13, 9, 2]), np.array([5, 9, 20, 30])
    for alike in (np.array([True, True, False, False]), np.array([True, False, True, False])):
        fit = np.zeros(len(ENDS))
        for reach in range(len(ENDS)):
            for a, b, value in zip(one, other, alike, strict=True):
                for i, j in ((a, b), (b, a)):
                    if loans.part[j] >= 0:
                        lent = loans.of_others(np.array([i]), reach)[:, 0]
                        said = float(lent[loans.part[j]] / (lent.sum() + NEW))
                        fit[reach] += np.log(ERROR + (1 - 2 * ERROR) * (said if value else 1 - said))
        loans.choose(one, other, alike)
        assert loans.reach == fit.argmax()


def test_a_model_shares_out_anew_what_the_parts_lent_that_it_knows():
    affinities, loans = some_loans(((0, 5), (9,), (20, 21), (30,)))
    raw = loans.lent.astype(float)
    code = np.full(affinities.m, -1)
    code[[0, 5, 9, 20]] = 0, 0, 0, 1  # the first two parts are of one class, the last one is unknown
    factor = np.random.default_rng(0).random((2, affinities.m)).astype(np.float32)
    loans.model = Regression(code, factor)
    expected = raw.copy()
    for node in range(affinities.m):
        share = np.array([(raw[k, node] + NEW * each) * factor[c, node] for k, c, each in KNOWN])
        expected[:3, node] = raw[:3, node].sum() * share / share.sum()
    assert np.allclose(loans.lent, expected, atol=1e-5)
    lent = np.append(loans.lent[:, 13], NEW)
    assert np.allclose(loans.shares(np.array([13]))[:, 0], lent / lent.sum(), atol=1e-5)


def test_nodes_that_were_parted_later_keep_what_they_were_lent():
    affinities, loans = some_loans()
    fewer = affinities.m - 4
    raw = loans.lent.copy()
    code = np.full(fewer, -1)
    code[[0, 5, 9]] = 0, 0, 1
    loans.model = Regression(code, np.tile(np.array([[1.0], [1e-3]], np.float32), fewer))
    assert np.array_equal(loans.lent[:, fewer:], raw[:, fewer:])
    assert not np.allclose(loans.lent[:, :fewer], raw[:, :fewer])


def test_joining_and_leaving_undo_each_other():
    _, loans = some_loans(((0,), (9,), (20,)))
    lent = loans.lent.copy()
    loans.join(0, 1)
    assert loans.part[[0, 9, 20]].tolist() == [0, 0, 1]
    assert np.allclose(loans.lent, [lent[0] + lent[1], lent[2]])
    loans.detach(9)
    assert loans.part[[0, 9, 20]].tolist() == [0, 2, 1]
    assert np.allclose(loans.lent, lent[[0, 2, 1]], atol=1e-5)


def test_there_is_room_for_many_parts_and_for_parted_nodes():
    random = np.random.default_rng(0)
    affinities = Affinities(Space(random.standard_normal((200, 3))), nodes=30)
    loans = Loans(affinities)
    for node in range(affinities.m):
        loans.begin(node)
    assert loans.count == affinities.m
    before = loans.lent.copy()
    node = int(affinities.weight.argmax())
    inside = affinities.members(node)
    new = loans.split(node, inside[0], inside[-1])
    assert loans.part[new] == -1
    assert np.allclose(loans.lent[:, :new], before)
    assert np.allclose(loans.lent[:, new], before[:, node])
    loans.begin(new)
    assert loans.part[new] == loans.count - 1
