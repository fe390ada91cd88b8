import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from likewise.answers import Answer, Judgements, Question, agreements, cohen_kappa


def test_kappa_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    for _ in range(20):
        one, other = random.random((2, 30)) < random.random((2, 1))
        assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other), nan_ok=True)


def test_people_are_compared_on_what_both_judged_and_with_themselves():
    def said(a, b, value, who):
        return Answer(Question.pair(a, b), (value,), who)

    answers = [said(0, 1, "alike", "ann"), said(1, 2, "different", "ann"), said(2, 3, "alike", "ann")]
    answers += [said(1, 0, "alike", "bob"), said(2, 1, "different", "bob"), said(3, 4, "alike", "bob")]
    answers += [said(0, 1, "unsure", "cyd"), said(0, 1, "different", "ann")]
    found = agreements(Judgements.of(answers))
    assert [(a.one, a.other, a.pairs, a.agreed) for a in found] == [("ann", "bob", 2, 1.0), ("ann", "ann", 1, 0.0)]
    assert found[0].kappa == 1
    assert agreements(Judgements.of([])) == []
