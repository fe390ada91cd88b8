"""What the linear model is fitted on, and what it is worth where classes mix."""

import numpy as np
from tests.active.cases import mixed, play

from likewise.active import Guided, LabelOracle
from likewise.active.strategies.guided import cluster_model
from likewise.active.strategies.guided.propagation import NEW


def test_the_model_is_fitted_on_groups_of_two_and_more_without_what_nodes_lend_themselves(monkeypatch):
    seen = []
    fit = cluster_model.regress

    def regress(features, x, rows, group, weight, offset):
        known, ties = strategy.knowledge, strategy.knowledge.beliefs.ties
        lent = known.loans.of_others(rows)
        for at, (node, code) in enumerate(zip(rows, group, strict=True)):
            mine = ties.group[ties.part[ties.rows.tolist().index(node)]]
            others = {ties.group[ties.part[ties.rows.tolist().index(r)]] for r in rows[group == code]}
            assert others == {mine}  # a class is a group
            total = lent[ties.group == mine, at].sum() + NEW / (group.max() + 1)
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
    assert strategy.knowledge.loans.model is seen[-1]


def test_where_classes_mix_the_model_foretells_more_than_loans_alone():
    gained = []
    for seed in range(3):
        space, y = mixed(seed, each=150)
        strategy = Guided(space)
        play(strategy, LabelOracle(y), 200)
        known, group, part = strategy.knowledge, strategy.knowledge.beliefs.ties.group, strategy.knowledge.loans.part
        assert known.loans.model is not None
        asked = np.flatnonzero(part >= 0)
        names = np.array([np.bincount(y[asked[group[part[asked]] == one]]).argmax() for one in range(group.max() + 1)])
        right = []
        for model in (known.loans.model, None):
            known.loans.model = model
            lent = np.stack([known.loans.lent[group == one].sum(0) for one in range(group.max() + 1)])
            right.append((names[lent.argmax(0)] == y)[part < 0].mean())
        gained.append(right[0] - right[1])
    assert np.mean(gained) > 0.02, gained
