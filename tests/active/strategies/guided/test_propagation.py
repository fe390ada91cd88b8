import numpy as np
import pytest
import torch
from tests.active.cases import blobs, dense

from likewise.active.strategies.guided.affinity_graph import AffinityGraph
from likewise.active.strategies.guided.propagation import ALPHA, NOISE, STEPS, STOP_RATES, LabelPropagation
from likewise.active.strategies.guided.regression import Features, Regression
from likewise.space import Space

COMPONENTS = ((0, 5), (9,), (20,))
KNOWN = ((0, 0, 1 / 4), (1, 0, 1 / 4), (2, 1, 1 / 2))
"""Components that a model knows, their classes, and their shares of the least mass of a class."""


def some_components(components=COMPONENTS):
    space, _ = blobs()
    affinities = AffinityGraph(space, k=4)
    propagation = LabelPropagation(affinities)
    for nodes in components:
        propagation.begin(nodes[0])
        mine = propagation.count - 1
        for node in nodes[1:]:
            propagation.begin(node, mine)
    return affinities, propagation


def some_model(affinities, code, classes=2):
    random = np.random.default_rng(0)
    features = Features(affinities.centers)
    weights = torch.from_numpy(random.standard_normal((affinities.x.shape[1] + 1, classes)).astype(np.float32))
    return Regression(code, random.random((classes, affinities.m)).astype(np.float32), features, weights)


def series(affinities, end):
    """Every walk, the slow way ``[m, m]``."""
    step = (1 - end) * dense(affinities).astype(float)
    return sum(np.linalg.matrix_power(step, power) for power in range(STEPS + 1))


@pytest.mark.parametrize("rate", range(len(STOP_RATES)))
def test_mass_is_a_series_of_walks(rate):
    affinities, propagation = some_components()
    propagation.rate = rate
    every = series(affinities, STOP_RATES[rate])
    assert np.allclose(propagation.mass, np.stack([every[:, list(nodes)].sum(1) for nodes in COMPONENTS]), atol=1e-4)
    mass = np.random.default_rng(0).random(affinities.m).astype(np.float32)
    assert np.allclose(propagation.propagate(mass), every @ mass, atol=1e-3)


def test_shares_leave_out_self_mass():
    affinities, propagation = some_components()
    every = series(affinities, STOP_RATES[0])
    np.fill_diagonal(every, 0)
    for i in (0, 9, 13):
        mass = np.array([every[i, list(nodes)].sum() for nodes in COMPONENTS] + [ALPHA])
        assert np.allclose(propagation.shares(np.array([i]))[:, 0], mass / mass.sum(), atol=1e-4)


def test_the_rate_is_the_one_under_which_answers_are_likeliest():
    _, propagation = some_components(((0, 5, 7), (9,), (20, 21)))
    one, other = np.array([0, 13, 9, 2]), np.array([5, 9, 20, 30])
    for alike in (np.array([True, True, False, False]), np.array([True, False, True, False])):
        fit = np.zeros(len(STOP_RATES))
        for rate in range(len(STOP_RATES)):
            for a, b, value in zip(one, other, alike, strict=True):
                for i, j in ((a, b), (b, a)):
                    if propagation.component[j] >= 0:
                        mass = propagation.mass_without_self(np.array([i]), rate)[:, 0]
                        predicted = float(mass[propagation.component[j]] / (mass.sum() + ALPHA))
                        fit[rate] += np.log(NOISE + (1 - 2 * NOISE) * (predicted if value else 1 - predicted))
        propagation.select_rate(one, other, alike)
        assert propagation.rate == fit.argmax()


def test_a_model_redistributes_the_mass_of_the_components_that_it_knows():
    affinities, propagation = some_components(((0, 5), (9,), (20, 21), (30,)))
    raw = propagation.mass.astype(float)
    code = np.full(affinities.m, -1)
    code[[0, 5, 9, 20]] = 0, 0, 0, 1  # the first two components are of one class, the last one is unknown
    propagation.regression = some_model(affinities, code)
    factor = propagation.regression.factor
    expected = raw.copy()
    for node in range(affinities.m):
        share = np.array([(raw[k, node] + ALPHA * each) * factor[c, node] for k, c, each in KNOWN])
        expected[:3, node] = raw[:3, node].sum() * share / share.sum()
    assert np.allclose(propagation.mass, expected, atol=1e-5)
    mass = np.append(propagation.mass[:, 13], ALPHA)
    assert np.allclose(propagation.shares(np.array([13]))[:, 0], mass / mass.sum(), atol=1e-5)


def test_joining_and_leaving_undo_each_other():
    _, propagation = some_components(((0,), (9,), (20,)))
    mass = propagation.mass.copy()
    propagation.join(0, 1)
    assert propagation.component[[0, 9, 20]].tolist() == [0, 0, 1]
    assert np.allclose(propagation.mass, [mass[0] + mass[1], mass[2]])
    propagation.detach(9)
    assert propagation.component[[0, 9, 20]].tolist() == [0, 2, 1]
    assert np.allclose(propagation.mass, mass[[0, 2, 1]], atol=1e-5)


def grouped(components=((0, 5), (9,), (20,))):
    random = np.random.default_rng(0)
    affinities = AffinityGraph(Space(random.standard_normal((200, 3))), nodes=30)
    propagation = LabelPropagation(affinities)
    for nodes in components:
        propagation.begin(nodes[0])
        for node in nodes[1:]:
            propagation.begin(node, propagation.count - 1)
    return affinities, propagation


def test_there_is_room_for_many_components_and_for_samples_that_are_singled_out():
    affinities, propagation = grouped(())
    for node in range(affinities.m):
        propagation.begin(node)
    assert propagation.count == affinities.m
    before, nodes = propagation.mass.copy(), affinities.m
    for sample in range(200):
        propagation.single_out(sample)
    assert propagation.count == nodes
    assert propagation.component.shape == (affinities.m,) == propagation.discovered.shape
    assert affinities.m > nodes + 64
    assert np.array_equal(propagation.mass[:, :nodes], before)
    propagation.begin(affinities.m - 1)
    assert propagation.component[-1] == propagation.count - 1


@pytest.mark.parametrize("rate", range(len(STOP_RATES)))
def test_the_mass_at_a_new_node_is_its_neighbours_one_step_further(rate):
    affinities, propagation = grouped()
    propagation.rate = rate
    sample = next(
        int(i) for i in np.argsort(-affinities.weight[affinities.node]) if propagation.component[affinities.node[i]] < 0
    )
    new = propagation.single_out(sample)
    assert propagation.component[new] == -1
    for component in range(3):
        expected = (1 - STOP_RATES[rate]) * (dense(affinities)[new, :new] * propagation.mass[component, :new]).sum()
        assert np.isclose(propagation.mass[component, new], expected, rtol=1e-4)


def test_a_singled_out_sample_takes_the_place_of_its_node_in_a_component():
    affinities, propagation = grouped(())
    node = int(affinities.weight.argmax())
    propagation.begin(0 if node else 1)
    propagation.discover(node)
    before, share = propagation.mass[1].copy(), propagation.mass_without_self(np.array([node]))[1, 0]
    new = propagation.single_out(int(affinities.members(node)[0]))
    assert propagation.component[[node, new]].tolist() == [-1, 1]
    assert propagation.discovered[[node, new]].tolist() == [False, True]
    assert np.array_equal(propagation.mass[1, :new], before)
    assert propagation.mass[1, new] == before[node]
    assert propagation.mass_without_self(np.array([new]))[1, 0] == share
    assert propagation.mass_without_self(np.array([node]))[1, 0] == before[node]


def test_a_model_knows_who_is_singled_out_by_its_own_features():
    affinities, propagation = grouped()
    code = np.full(affinities.m, -1)
    code[[0, 5, 9]] = 0, 0, 1
    propagation.regression = regression = some_model(affinities, code)
    sample = int(affinities.members(0)[0])
    new = propagation.single_out(sample)
    assert propagation.regression.code[[0, new, 5, 9]].tolist() == [-1, 0, 0, 1]  # it is the example that its node was
    assert np.array_equal(propagation.regression.factor[:, :new], regression.factor)
    predicted = (regression.features(affinities.x[[sample]]) @ regression.weights).numpy()[0]
    assert np.allclose(propagation.regression.factor[:, new], np.exp(predicted - predicted.max()), rtol=1e-5)
    assert propagation.mass.shape == (3, new + 1)
