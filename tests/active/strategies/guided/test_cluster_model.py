"""What the linear model is fitted on, and what it brings where classes mix."""

import numpy as np
from tests.active.cases import mixed, play

from likewise.active import Guided, LabelOracle
from likewise.active.strategies.guided import cluster_model
from likewise.active.strategies.guided.propagation import ALPHA


def test_the_model_is_fitted_on_groups_of_two_and_more_without_self_mass(monkeypatch):
    seen = []
    fit = cluster_model.regress

    def regress(features, x, rows, group, weight, offset):
        known, clusters = strategy.model, strategy.model.posterior.clusters
        mass = known.propagation.mass_without_self(rows)
        for at, (node, code) in enumerate(zip(rows, group, strict=True)):
            mine = clusters.group[clusters.component[clusters.rows.tolist().index(node)]]
            others = {clusters.group[clusters.component[clusters.rows.tolist().index(r)]] for r in rows[group == code]}
            assert others == {mine}  # a class is a group
            total = mass[clusters.group == mine, at].sum() + ALPHA / (group.max() + 1)
            assert np.isclose(offset[at, code], np.log(total), atol=1e-4)
        assert (np.bincount(group) >= 2).all()
        assert (weight > 0.5).all()
        seen.append(fit(features, x, rows, group, weight, offset))
        return seen[-1]

    monkeypatch.setattr(cluster_model, "regress", regress)
    space, y = mixed()
    strategy = Guided(space)
    play(strategy, LabelOracle(y), 120)
    assert len(seen) > 3
    assert strategy.model.propagation.regression is seen[-1]


def test_where_classes_mix_the_model_predicts_better_than_propagation_alone():
    gained = []
    for seed in range(3):
        space, y = mixed(seed, each=150)
        strategy = Guided(space)
        play(strategy, LabelOracle(y), 200)
        known, group, component = (
            strategy.model,
            strategy.model.posterior.clusters.group,
            strategy.model.propagation.component,
        )
        assert known.propagation.regression is not None
        asked = np.flatnonzero(component >= 0)
        names = np.array(
            [np.bincount(y[asked[group[component[asked]] == one]]).argmax() for one in range(group.max() + 1)]
        )
        right = []
        for model in (known.propagation.regression, None):
            known.propagation.regression = model
            mass = np.stack([known.propagation.mass[group == one].sum(0) for one in range(group.max() + 1)])
            right.append((names[mass.argmax(0)] == y)[component < 0].mean())
        gained.append(right[0] - right[1])
    assert np.mean(gained) > 0.02, gained
