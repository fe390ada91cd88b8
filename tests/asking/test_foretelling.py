"""How right beliefs were lately."""

import numpy as np
import pytest
from scipy.special import expit, logit
from tests.asking.cases import blobs, play

from likewise.answers import Answer, Question
from likewise.asking import Guided, LabelOracle
from likewise.asking.foretelling import LATELY, Foretold

CHANCES = np.linspace(0.05, 0.95, 10)


def test_before_anything_was_answered_beliefs_are_taken_at_their_word():
    assert np.allclose(Foretold().calibrated(CHANCES), CHANCES, atol=1e-6)


def test_beliefs_that_are_right_as_often_as_they_say_stay():
    random, foretold = np.random.default_rng(0), Foretold()
    for belief in random.random(LATELY):
        foretold.hear(belief, random.random() < belief)
    assert np.allclose(foretold.calibrated(CHANCES), CHANCES, atol=0.12)


def test_beliefs_that_say_too_much_are_corrected_and_keep_their_order():
    random, foretold = np.random.default_rng(0), Foretold()
    for belief in random.uniform(0.2, 0.99, LATELY):
        foretold.hear(belief, random.random() < expit(0.5 * logit(belief) - 1))
    found = foretold.calibrated(CHANCES)
    assert np.allclose(found, expit(0.5 * logit(CHANCES) - 1), atol=0.15)
    assert (np.diff(found) > 0).all()


def test_only_the_last_answers_count():
    old, new = Foretold(), Foretold()
    for _ in range(LATELY):
        old.hear(0.5, True)
    for each in (old, new):
        for at in range(LATELY):
            each.hear(0.5, at % 2 == 0)
    assert old.curve == pytest.approx(new.curve)


def test_answers_about_nodes_that_nobody_was_asked_about_are_remembered():
    space, y = blobs(classes=3, each=10, spread=1.0)
    strategy = Guided(space)
    foretold = strategy.knowledge.foretold
    play(strategy, LabelOracle(y), 20)
    heard = len(foretold._seen)
    assert 5 < heard <= 20
    question = strategy.next()[0]
    strategy.tell([Answer(Question.pair(question.anchor, question.tiles[0]), ("unsure",))])
    assert len(foretold._seen) == heard
