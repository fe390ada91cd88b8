import numpy as np
import pytest
import torch
from tests.active.cases import blobs, dense

from likewise.active.strategies.guided.affinity_graph import Affinities
from likewise.active.strategies.guided.propagation import ENDS, ERROR, NEW, STEPS, Loans
from likewise.active.strategies.guided.regression import Features, Regression
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


def some_model(affinities, code, classes=2):
    random = np.random.default_rng(0)
    features = Features(affinities.centers)
    weights = torch.from_numpy(random.standard_normal((affinities.x.shape[1] + 1, classes)).astype(np.float32))
    return Regression(code, random.random((classes, affinities.m)).astype(np.float32), features, weights)


def series(affinities, end):
    """Every walk, the slow way ``[m, m]``."""
    step = (1 - end) * dense(affinities).astype(float)
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
    loans.model = some_model(affinities, code)
    factor = loans.model.factor
    expected = raw.copy()
    for node in range(affinities.m):
        share = np.array([(raw[k, node] + NEW * each) * factor[c, node] for k, c, each in KNOWN])
        expected[:3, node] = raw[:3, node].sum() * share / share.sum()
    assert np.allclose(loans.lent, expected, atol=1e-5)
    lent = np.append(loans.lent[:, 13], NEW)
    assert np.allclose(loans.shares(np.array([13]))[:, 0], lent / lent.sum(), atol=1e-5)


def test_joining_and_leaving_undo_each_other():
    _, loans = some_loans(((0,), (9,), (20,)))
    lent = loans.lent.copy()
    loans.join(0, 1)
    assert loans.part[[0, 9, 20]].tolist() == [0, 0, 1]
    assert np.allclose(loans.lent, [lent[0] + lent[1], lent[2]])
    loans.detach(9)
    assert loans.part[[0, 9, 20]].tolist() == [0, 2, 1]
    assert np.allclose(loans.lent, lent[[0, 2, 1]], atol=1e-5)


def grouped(parts=((0, 5), (9,), (20,))):
    random = np.random.default_rng(0)
    affinities = Affinities(Space(random.standard_normal((200, 3))), nodes=30)
    loans = Loans(affinities)
    for nodes in parts:
        loans.begin(nodes[0])
        for node in nodes[1:]:
            loans.begin(node, loans.count - 1)
    return affinities, loans


def test_there_is_room_for_many_parts_and_for_samples_that_are_singled_out():
    affinities, loans = grouped(())
    for node in range(affinities.m):
        loans.begin(node)
    assert loans.count == affinities.m
    before, nodes = loans.lent.copy(), affinities.m
    for sample in range(200):
        loans.single_out(sample)
    assert loans.count == nodes
    assert loans.part.shape == (affinities.m,) == loans.met.shape
    assert affinities.m > nodes + 64
    assert np.array_equal(loans.lent[:, :nodes], before)
    loans.begin(affinities.m - 1)
    assert loans.part[-1] == loans.count - 1


@pytest.mark.parametrize("reach", range(len(ENDS)))
def test_who_is_singled_out_was_lent_what_its_neighbours_were_one_step_further(reach):
    affinities, loans = grouped()
    loans.reach = reach
    sample = next(int(i) for i in np.argsort(-affinities.weight[affinities.node]) if loans.part[affinities.node[i]] < 0)
    new = loans.single_out(sample)
    assert loans.part[new] == -1
    for part in range(3):
        expected = (1 - ENDS[reach]) * (dense(affinities)[new, :new] * loans.lent[part, :new]).sum()
        assert np.isclose(loans.lent[part, new], expected, rtol=1e-4)


def test_who_is_singled_out_stands_for_the_part_that_its_node_began():
    affinities, loans = grouped(())
    node = int(affinities.weight.argmax())
    loans.begin(0 if node else 1)
    loans.meet(node)
    before, share = loans.lent[1].copy(), loans.of_others(np.array([node]))[1, 0]
    new = loans.single_out(int(affinities.members(node)[0]))
    assert loans.part[[node, new]].tolist() == [-1, 1]
    assert loans.met[[node, new]].tolist() == [False, True]
    assert np.array_equal(loans.lent[1, :new], before)
    assert loans.lent[1, new] == before[node]
    assert loans.of_others(np.array([new]))[1, 0] == share
    assert loans.of_others(np.array([node]))[1, 0] == before[node]


def test_a_model_knows_who_is_singled_out_by_its_own_features():
    affinities, loans = grouped()
    code = np.full(affinities.m, -1)
    code[[0, 5, 9]] = 0, 0, 1
    loans.model = model = some_model(affinities, code)
    sample = int(affinities.members(0)[0])
    new = loans.single_out(sample)
    assert loans.model.code[[0, new, 5, 9]].tolist() == [-1, 0, 0, 1]  # it is the example that its node was
    assert np.array_equal(loans.model.factor[:, :new], model.factor)
    said = (model.features(affinities.x[[sample]]) @ model.weights).numpy()[0]
    assert np.allclose(loans.model.factor[:, new], np.exp(said - said.max()), rtol=1e-5)
    assert loans.lent.shape == (3, new + 1)
