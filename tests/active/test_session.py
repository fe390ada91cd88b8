"""A strategy and the answers that it was told."""

import numpy as np
from tests.active.cases import blobs

from likewise.active import LabelOracle, RandomPairs
from likewise.active.session import REPLAY_STEPS, Session, judgements_in, unsure
from likewise.answers import Question


def answers_of(count, error=0.0):
    space, y = blobs(each=16)
    oracle = LabelOracle(y, error=error)
    return space, [oracle.ask(question) for question in RandomPairs(space).next(count)]


def test_replayed_answers_are_those_that_were_told():
    space, answers = answers_of(50)
    once, again = (Session(lambda: RandomPairs(space)) for _ in range(2))
    once.replay([])
    for answer in answers:
        once.update([answer])
    again.replay(answers)
    assert np.array_equal(once.groups, again.groups)
    assert once.spent == again.spent == judgements_in(answers) == 50
    assert once.stopping.rate < 1 == again.stopping.rate  # what was replayed says nothing of the next answers


def test_many_answers_are_replayed_in_blocks():
    space, answers = answers_of(3 * REPLAY_STEPS + 1)
    seen = []
    session = Session(lambda: RandomPairs(space))
    session.replay(answers, lambda start, step: seen.append((start, step, session.spent)))
    assert len(seen) <= REPLAY_STEPS
    assert seen[0] == (0, 4, 4)
    assert seen[-1][2] == session.spent == len(answers)


def test_a_skipped_question_is_told_but_costs_nothing():
    space, _ = answers_of(1)
    session = Session(lambda: RandomPairs(space))
    session.replay([])
    session.skip([unsure(Question.pair(0, 1), "me")])
    session.update([])
    assert session.spent == 0
    assert frozenset((0, 1)) not in {frozenset(question.pairs[0]) for question in session.strategy.next(10**4)}
    assert session.progress(0, 9).budget == 9
