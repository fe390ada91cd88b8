"""The groups of unqueried samples against a slow reference and against the truth."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score

from likewise.active import Guided, LabelOracle
from likewise.active.progress import expected_groups
from likewise.space import Space


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return Space(x.astype(np.float32), "euclidean"), y


def asked(space, y, judgements, error=0.0, **settings):
    strategy, oracle = Guided(space, **settings), LabelOracle(y, error=error)
    for _ in range(judgements):
        strategy.tell([oracle.ask(question) for question in strategy.next()])
    return strategy


def pair_quality(groups, y):
    """The share of pairs within groups that are alike, and of alike pairs that are within a group."""
    table = np.zeros((groups.max() + 1, y.max() + 1))
    np.add.at(table, (groups, y), 1)
    return (table**2).sum() / (table.sum(1) ** 2).sum(), (table**2).sum() / (table.sum(0) ** 2).sum()


@pytest.mark.parametrize("nodes", [10_000, 300])
def test_a_sample_that_nobody_was_asked_about_is_where_most_of_its_neighbours_are(digits, nodes):
    strategy = asked(*digits, 40, nodes=nodes)
    model = strategy.model
    posterior, kernel, node = model.posterior, model.affinities.kernel.toarray(), model.affinities.node
    of_node = posterior.best.copy()
    for row, component, own in zip(
        posterior.clusters.rows, posterior.clusters.component, posterior.clusters.p_own(), strict=True
    ):
        if own >= posterior.p_best[row]:
            of_node[row] = posterior.clusters.group[component]
    groups = strategy.groups()
    for sample in range(0, len(groups), 7):
        votes = np.bincount(of_node[node], kernel[sample])
        if model.shown[sample]:
            assert groups[sample] == of_node[node[sample]]
        else:
            assert votes[groups[sample]] == pytest.approx(votes.max(), rel=1e-5)


def test_nodes_of_several_samples_lose_little_against_nodes_of_one(digits):
    fine, coarse = (asked(*digits, 100, nodes=nodes).groups() for nodes in (10_000, 300))
    assert adjusted_rand_score(digits[1], coarse) > adjusted_rand_score(digits[1], fine) - 0.05


@pytest.mark.parametrize("error", [0.0, 0.1])
def test_membership_and_quality_are_calibrated(digits, error):
    strategy = asked(*digits, 100, error=error)
    groups, y = strategy.groups(), digits[1]
    table = np.zeros((groups.max() + 1, 10))
    np.add.at(table, (groups, y), 1)
    right, chance = table.argmax(1)[groups] == y, strategy.membership(groups)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert chance.mean() == pytest.approx(right.mean(), abs=0.05)
    unsure = np.argsort(chance)[: len(y) // 6]
    assert right[unsure].mean() < right.mean()  # those that are doubted most are wrong most
    assert strategy.quality(groups) == pytest.approx(pair_quality(groups, y), abs=0.1)


@pytest.mark.parametrize("nodes", [10_000, 300])
def test_who_is_surer_is_purer(digits, nodes):
    strategy, y = asked(*digits, 40, nodes=nodes), digits[1]
    kept, purities = [], []
    for at_least in (0.01, 0.8, 0.95):
        groups = expected_groups(strategy, at_least)
        kept.append((groups >= 0).mean())
        purities.append(pair_quality(groups[groups >= 0], y[groups >= 0])[0])
    assert kept == sorted(kept, reverse=True)
    assert purities == sorted(purities)
    assert kept[1] > 0.5


def test_before_any_answer_membership_is_a_probability(digits):
    strategy = Guided(digits[0])
    chance = strategy.membership(strategy.groups())
    assert ((chance > 0) & (chance < 1)).all()
