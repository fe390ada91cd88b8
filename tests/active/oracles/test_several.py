import numpy as np
import pytest

from likewise.active import Annotators, LabelOracle
from likewise.answers import Answer, Question
from likewise.errors import LikewiseError

Y = np.repeat(np.arange(4), 50)


def some_pairs(count=800, seed=0):
    random = np.random.default_rng(seed)
    return [tuple(random.choice(len(Y), 2, replace=False).tolist()) for _ in range(count)]


def test_annotators_share_the_questions_evenly_under_their_names():
    people = Annotators({"ann": LabelOracle(Y), "bob": LabelOracle(Y, error=0.4)}, seed=2)
    answers = [people.ask(Question.pair(a, b)) for a, b in some_pairs(600)]
    wrong = {name: [] for name in ("ann", "bob")}
    for answer in answers:
        ((a, b),) = answer.question.pairs
        wrong[answer.who].append((answer.values[0] == "alike") != (Y[a] == Y[b]))
    assert len(wrong["ann"]) == len(wrong["bob"]) == 300
    assert sum(wrong["ann"]) == 0
    assert 0.3 < np.mean(wrong["bob"]) < 0.5


def test_annotators_pass_over_and_check():
    class Skips:
        def ask(self, question):
            return None

    class Odd:
        def ask(self, question):
            return Answer(Question.pair(0, 1), ("alike",))

    assert Annotators([Skips()]).ask(Question.pair(0, 1)) is None
    with pytest.raises(LikewiseError, match="another question"):
        Annotators([Odd()]).ask(Question.pair(0, 1))
    with pytest.raises(LikewiseError, match="at least one"):
        Annotators([])
