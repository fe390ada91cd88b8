"""Calibration of the posterior by recent answers."""

import numpy as np
import pytest
from scipy.special import expit, logit
from tests.active.cases import blobs, play

from likewise.active import Guided, LabelOracle
from likewise.active.strategies.guided.platt_calibration import WINDOW, PlattCalibration

SURE = 9.0
"""Log-odds of an answer that is hardly ever wrong."""
CHANCES = np.linspace(0.05, 0.95, 10)


def test_before_any_answer_the_posterior_is_unchanged():
    assert np.allclose(PlattCalibration().calibrated(CHANCES), CHANCES, atol=1e-6)


def test_a_calibrated_posterior_stays():
    random, calibration = np.random.default_rng(0), PlattCalibration()
    for belief in random.random(WINDOW):
        calibration.update(belief, SURE if random.random() < belief else -SURE)
    assert np.allclose(calibration.calibrated(CHANCES), CHANCES, atol=0.12)


def test_overconfidence_is_corrected_and_the_order_kept():
    random, calibration = np.random.default_rng(0), PlattCalibration()
    for belief in random.uniform(0.2, 0.99, WINDOW):
        calibration.update(belief, SURE if random.random() < expit(0.5 * logit(belief) - 1) else -SURE)
    found = calibration.calibrated(CHANCES)
    assert np.allclose(found, expit(0.5 * logit(CHANCES) - 1), atol=0.15)
    assert (np.diff(found) > 0).all()


def test_wrong_answers_do_not_make_confident_predictions_look_uncertain():
    random, wrong, naive, knowing = np.random.default_rng(0), 0.1, PlattCalibration(), PlattCalibration()
    for belief in random.choice([0.02, 0.98], WINDOW):
        alike = (random.random() < belief) != (random.random() < wrong)
        for each, log_ratio in ((naive, SURE), (knowing, logit(1 - wrong))):
            each.update(belief, log_ratio if alike else -log_ratio)
    assert naive.calibrated(np.array([0.98])) < 0.93
    assert knowing.calibrated(np.array([0.98])) > 0.94


def test_the_curve_never_falls():
    calibration = PlattCalibration()
    for _ in range(50):
        calibration.update(0.9, -SURE)
        calibration.update(0.3, SURE)
    assert (np.diff(calibration.calibrated(CHANCES)) >= 0).all()


def test_who_cannot_tell_teaches_nothing():
    calibration = PlattCalibration()
    for _ in range(WINDOW):
        calibration.update(0.8, 0.0)
    assert np.allclose(calibration.calibrated(CHANCES), CHANCES, atol=1e-6)


def test_only_the_last_answers_count():
    old, new = PlattCalibration(), PlattCalibration()
    for _ in range(WINDOW):
        old.update(0.5, SURE)
    for each in (old, new):
        for at in range(WINDOW):
            each.update(0.5, SURE if at % 2 == 0 else -SURE)
    assert old.curve == pytest.approx(new.curve)


def test_answers_about_nodes_that_nobody_was_asked_about_are_remembered():
    space, y = blobs(classes=3, each=10, spread=1.0)
    strategy = Guided(space)
    play(strategy, LabelOracle(y), 20)
    assert 5 < len(strategy.model.calibration._seen) <= 20
    assert all(0 <= predicted <= 1 and abs(log_ratio) > 1 for predicted, log_ratio in strategy.model.calibration._seen)
