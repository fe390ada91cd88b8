"""The linear model against scikit-learn's, and that it corrects propagation only where that predicts answers."""

import numpy as np
import torch
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from likewise.active.strategies.guided.regression import (
    FOLDS,
    INTERCEPT,
    MAX_DIM,
    Features,
    Regression,
    _Known,
    regress,
)


def problem(seed=0, rows=120, classes=4, d=6, spread=1.0):
    random = np.random.default_rng(seed)
    group = random.integers(0, classes, rows)
    centers = 2 * random.standard_normal((classes, d))
    x = (centers[group] + spread * random.standard_normal((rows, d))).astype(np.float32)
    return x, group


def known_of(x, group, weight, offset):
    fold = np.arange(len(x)) % FOLDS
    return _Known(
        torch.from_numpy(x), torch.from_numpy(group), torch.from_numpy(weight), torch.from_numpy(offset), fold
    )


def test_without_an_offset_it_is_multinomial_logistic_regression():
    x, group = problem()
    weight = np.random.default_rng(1).random(len(x)).astype(np.float32)
    known = known_of(x, group, weight, np.zeros((len(x), 4), np.float32))
    weights = known.learn(torch.zeros(FOLDS + 1, x.shape[1], 4), 0.5, without=range(FOLDS + 1))
    for fold in range(FOLDS + 1):
        seen = known.fold != fold
        peer = LogisticRegression(C=1 / 0.5, fit_intercept=False, tol=1e-8, max_iter=1000)
        peer.fit(x[seen], group[seen], sample_weight=weight[seen])
        assert np.allclose(weights[fold].T, peer.coef_, atol=0.02)
        here = known.fold == fold
        if here.any():
            said = log_softmax(known.held_out(weights).numpy()[here], 1)
            assert np.allclose(said, peer.predict_log_proba(x[here]), atol=0.05)


def test_what_the_offset_knows_need_not_be_learned():
    x, group = problem()
    told = np.where(np.arange(4) == group[:, None], 0, -9).astype(np.float32)
    start, weight = torch.zeros(FOLDS + 1, x.shape[1], 4), np.ones(len(x), np.float32)
    nothing, all_of_it = (
        known_of(x, group, weight, offset).learn(start, 0.3, range(FOLDS + 1)) for offset in (told, 0 * told)
    )
    assert nothing.abs().max() < 0.05 * all_of_it.abs().max()


def test_it_corrects_uninformative_mass():
    x, group = problem(rows=400)
    rows = np.arange(0, 400, 2)
    offset = np.zeros((len(rows), 4), np.float32)
    model = regress(Features(x), x, rows, group[rows], np.ones(len(rows)), offset)
    assert isinstance(model, Regression)
    others = np.arange(1, 400, 2)
    assert (model.factor.argmax(0)[others] == group[others]).mean() > 0.8
    assert model.code[rows].tolist() == group[rows].tolist()
    assert (model.code[others] == -1).all()


def test_uninformative_features_change_next_to_nothing():
    found = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        x = random.standard_normal((300, 5)).astype(np.float32)
        chance = random.dirichlet(np.ones(3), 300)
        group = (chance.cumsum(1) < random.random((300, 1))).sum(1)  # the mass is calibrated
        told = np.log(chance).astype(np.float32)
        model = regress(Features(x), x, np.arange(300), group, np.ones(300), told)
        found.append(0.0 if model is None else float(np.abs(np.log(model.factor)).mean()))
    assert sum(one == 0 for one in found) >= 5
    assert max(found) < 0.5


def test_a_node_is_predicted_by_a_model_that_did_not_see_it():
    x, group = problem(rows=60, spread=0.5)
    odd = 7
    lie = (group[odd] + 1) % 4
    wrong = group.copy()
    wrong[odd] = lie
    model = regress(Features(x), x, np.arange(60), wrong, np.ones(60), np.zeros((60, 4), np.float32))
    assert model.factor[:, odd].argmax() == group[odd]


def test_later_rows_are_predicted_like_nodes():
    x, group = problem(rows=300)
    rows = np.arange(0, 300, 3)
    model = regress(Features(x), x, rows, group[rows], np.ones(len(rows)), np.zeros((len(rows), 4), np.float32))
    others = np.setdiff1d(np.arange(300), rows)
    assert np.allclose(model.of_rows(x[others]), model.factor[:, others], atol=1e-5)
    later = model.with_node(x[1], old=3)
    assert later.code[[3, 300]].tolist() == [-1, group[3]]
    assert np.allclose(later.factor[:, 300], model.factor[:, 1], atol=1e-5)
    assert model.code[3] == group[3]


def test_a_part_is_of_the_class_of_most_of_its_nodes():
    x = np.random.default_rng(0).standard_normal((7, 2)).astype(np.float32)
    code = np.array([0, 0, 1, -1, 2, -1, 0])
    model = Regression(code, np.ones((3, 7), np.float32), Features(x), torch.zeros(3, 3))
    component = np.array([0, 0, 0, 1, 2, -1, -1])  # the last node has left its component
    assert model.of_components(component, 4).tolist() == [0, -1, 2, -1]


def test_features_keep_what_matters_of_wide_spaces():
    random = np.random.default_rng(0)
    x = (random.standard_normal((40, 3)) @ random.standard_normal((3, 2 * MAX_DIM))).astype(np.float32)
    seen = Features(x)(x)
    assert seen.shape == (40, 40 + 1)
    assert (seen[:, -1] == INTERCEPT).all()
    centred = x - x.mean(0)
    scale = np.sqrt((centred**2).sum(1).mean())
    assert np.allclose(seen[:, :-1] @ seen[:, :-1].T, centred @ centred.T / scale**2, atol=1e-3)


def test_equal_rows_have_features_too():
    assert torch.isfinite(Features(np.ones((5, 3), np.float32))(np.ones((5, 3), np.float32))).all()


def test_callers_that_want_no_gradients_are_served():
    x, group = problem()
    with torch.inference_mode():
        inside = regress(Features(x), x, np.arange(len(x)), group, np.ones(len(x)), np.zeros((len(x), 4), np.float32))
    outside = regress(Features(x), x, np.arange(len(x)), group, np.ones(len(x)), np.zeros((len(x), 4), np.float32))
    assert np.array_equal(inside.factor, outside.factor)


def test_the_mass_at_an_outlier_does_not_vanish():
    x, group = problem()
    x[3] *= 1e4
    model = regress(Features(x), x, np.arange(len(x)), group, np.ones(len(x)), np.zeros((len(x), 4), np.float32))
    assert model.factor.min() > 0
