from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from likewise.errors import LikewiseError
from likewise.evaluation import linear_probes
from likewise.evaluation.linear_probes import linear_probe


def problem(n=200, m=100, d=5, scale=1.0):
    rng = np.random.default_rng(0)
    y, test_y = rng.integers(3, size=n), rng.integers(3, size=m)
    centres = 1.5 * rng.standard_normal((3, d))
    x, test = (scale * (centres[codes] + rng.standard_normal((len(codes), d))) + 3 for codes in (y, test_y))
    return x.astype(np.float32), y, test.astype(np.float32), test_y


@pytest.mark.parametrize(
    ("work", "kind", "model"), [(1e9, "logistic", LogisticRegression), (1, "ridge", RidgeClassifier)]
)
def test_is_the_classifier_of_its_facts(work, kind, model):
    x, y, test, test_y = problem()
    accuracy, facts = linear_probe(x, y, test, test_y, work=work)
    assert (facts["probe"], facts["chosen_on"]) == (kind, 40)
    strength = {name: facts[name] for name in ("C", "alpha") if name in facts}
    mean, std = x.mean(0, dtype=float), x.std(0, dtype=float)
    slow = model(**strength).fit((x - mean) / std, y)
    assert accuracy == pytest.approx(slow.score((test - mean) / std, test_y))
    assert 0.7 < accuracy < 1
    assert facts.get("converged", True)


def test_scales_of_columns_do_not_matter():
    x, y, test, test_y = problem()
    stretch = np.array([1e-3, 1, 1e3, 10, 1], np.float32)
    found, again = linear_probe(x, y, test, test_y), linear_probe(x * stretch, y, test * stretch, test_y)
    assert found[0] == pytest.approx(again[0], abs=0.011)


def test_the_test_rows_choose_nothing():
    x, y, test, test_y = problem()
    assert linear_probe(x, y, test, test_y)[1] == linear_probe(x, y, test[::-1], (test_y + 1) % 3)[1]


def test_chooses_on_a_part_of_large_data(monkeypatch):
    monkeypatch.setattr(linear_probes, "CHOOSE_ON", 50)
    accuracy, facts = linear_probe(*problem())
    assert facts["chosen_on"] == 10
    assert accuracy > 0.7


def test_says_when_it_did_not_converge(monkeypatch):
    monkeypatch.setattr(linear_probes, "STEPS", 1)
    assert linear_probe(*problem())[1]["converged"] is False


def test_noise_asks_for_strong_regularisation():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((300, 50)).astype(np.float32), rng.integers(2, size=300)
    signal = problem(d=50)
    assert linear_probe(x, y, x, y)[1]["C"] <= 1e-2 < 1 <= linear_probe(*signal)[1]["C"] * 1e3


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (np.ones((9, 2)), np.zeros(9, int), "got 1 and 9"),
        (np.ones((4, 2)), np.array([0, 1, 0, 1]), "got 2 and 4"),
    ],
)
def test_bad_input(x, y, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        linear_probe(x, y, x, y)


def test_a_class_of_one_sample_may_leave_nothing_to_choose_on():
    x, y = np.arange(10.0).reshape(5, 2), np.array([0, 0, 0, 0, 1])
    found = set()
    for seed in range(10):  # the lone sample falls into the part that fits, or the part that chooses
        try:
            found.add(str(linear_probe(x, y, x, y, seed=seed)[1]["chosen_on"]))
        except LikewiseError as error:
            found.add(str(error))
    assert found == {"1", "too few labelled training rows to choose a linear probe: leave 'linear' out."}
