"""How right beliefs were lately."""

import numpy as np
import pytest
from scipy.special import expit, logit
from tests.active.cases import blobs, play

from likewise.active import Guided, LabelOracle
from likewise.active.strategies.guided.platt_calibration import LATELY, Foretold

SURE = 9.0
"""Log-odds of an answer that is hardly ever wrong."""
CHANCES = np.linspace(0.05, 0.95, 10)


def test_before_anything_was_answered_beliefs_are_taken_at_their_word():
    assert np.allclose(Foretold().calibrated(CHANCES), CHANCES, atol=1e-6)


def test_beliefs_that_are_right_as_often_as_they_say_stay():
    random, foretold = np.random.default_rng(0), Foretold()
    for belief in random.random(LATELY):
        foretold.hear(belief, SURE if random.random() < belief else -SURE)
    assert np.allclose(foretold.calibrated(CHANCES), CHANCES, atol=0.12)


def test_beliefs_that_say_too_much_are_corrected_and_keep_their_order():
    random, foretold = np.random.default_rng(0), Foretold()
    for belief in random.uniform(0.2, 0.99, LATELY):
        foretold.hear(belief, SURE if random.random() < expit(0.5 * logit(belief) - 1) else -SURE)
    found = foretold.calibrated(CHANCES)
    assert np.allclose(found, expit(0.5 * logit(CHANCES) - 1), atol=0.15)
    assert (np.diff(found) > 0).all()


def test_wrong_answers_do_not_make_sure_beliefs_look_unsure():
    random, wrong, naive, knowing = np.random.default_rng(0), 0.1, Foretold(), Foretold()
    for belief in random.choice([0.02, 0.98], LATELY):
        alike = (random.random() < belief) != (random.random() < wrong)
        for each, worth in ((naive, SURE), (knowing, logit(1 - wrong))):
            each.hear(belief, worth if alike else -worth)
    assert naive.calibrated(np.array([0.98])) < 0.93
    assert knowing.calibrated(np.array([0.98])) > 0.94


def test_surprises_never_turn_beliefs_around():
    foretold = Foretold()
    for _ in range(50):
        foretold.hear(0.9, -SURE)
        foretold.hear(0.3, SURE)
    assert (np.diff(foretold.calibrated(CHANCES)) >= 0).all()


def test_who_cannot_tell_teaches_nothing():
    foretold = Foretold()
    for _ in range(LATELY):
        foretold.hear(0.8, 0.0)
    assert np.allclose(foretold.calibrated(CHANCES), CHANCES, atol=1e-6)


def test_only_the_last_answers_count():
    old, new = Foretold(), Foretold()
    for _ in range(LATELY):
        old.hear(0.5, SURE)
    for each in (old, new):
        for at in range(LATELY):
            each.hear(0.5, SURE if at % 2 == 0 else -SURE)
    assert old.curve == pytest.approx(new.curve)


def test_answers_about_nodes_that_nobody_was_asked_about_are_remembered():
    space, y = blobs(classes=3, each=10, spread=1.0)
    strategy = Guided(space)
    play(strategy, LabelOracle(y), 20)
    assert 5 < len(strategy.knowledge.foretold._seen) <= 20
    assert all(0 <= believed <= 1 and abs(worth) > 1 for believed, worth in strategy.knowledge.foretold._seen)
