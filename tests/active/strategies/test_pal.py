import numpy as np
import pytest
from tests.active.cases import blobs, play, seeds_of

from likewise.active import LabelOracle, Pal
from likewise.answers import Answer
from likewise.errors import LikewiseError
from likewise.space import Space


def reference(y, seeds, answers):
    """T as the notebook fills it: transitivity among the known, both signs; a no against all known of its class."""
    n = len(y)
    known = {s: c for c, s in enumerate(seeds)}
    denied = set()
    for answer in answers:
        ((a, b),) = answer.question.pairs
        if answer.values[0] == "alike":
            known[b] = known[a]
        else:
            denied.add((b, known[a]))
    signs = np.eye(n)
    for i, c in known.items():
        for j, d in known.items():
            signs[i, j] = 1 if c == d else -1
        for b, d in denied:
            if b not in known and d == c:
                signs[i, b] = signs[b, i] = -1
    return signs


def test_the_signs_are_those_of_the_notebook():
    space, y = blobs()
    strategy = Pal(space, seeds=seeds_of(y))
    oracle = LabelOracle(y)
    answers = [oracle.ask(question) for question in play(strategy, oracle, 40)]
    assert np.array_equal(strategy.signs(), reference(y, seeds_of(y), answers))


def test_a_round_is_ten_questions_about_the_class_asked_least():
    space, y = blobs(classes=3, each=20)
    strategy = Pal(space, seeds=seeds_of(y))
    for _ in range(6):
        least = strategy._queried.sum(0).argmin()
        asked = play(strategy, LabelOracle(y), 10, batch=10)
        assert {question.anchor for question in asked} == {seeds_of(y)[least]}
        assert len(asked) == 10


def test_predicted_members_come_first():
    space, y = blobs(classes=2, each=30, spread=0.1)
    strategy = Pal(space, seeds=seeds_of(y), sigma=1.0)
    play(strategy, LabelOracle(y), 40, batch=10)
    predicted = strategy.predict()
    asked = strategy.next(10)
    wanted = list(strategy.seeds).index(asked[0].anchor)
    pool = ((strategy._known < 0) & ~strategy._queried[:, wanted] & (predicted == wanted)).sum()
    if pool > 10:
        assert all(predicted[question.tiles[0]] == wanted for question in asked)


def test_with_replacement_a_question_may_come_twice():
    space, y = blobs(classes=2, each=10)
    twice = 0
    for seed in range(5):
        pairs = [q.pairs for q in Pal(space, seeds=seeds_of(y), seed=seed).next(10)]
        twice += len(set(pairs)) < 10
        assert len({q.pairs for q in Pal(space, seeds=seeds_of(y), seed=seed, replacement=False).next(10)}) == 10
    assert twice


def test_answers_identify_the_samples():
    space, y = blobs()
    strategy = Pal(space, seeds=seeds_of(y))
    question = strategy.next(1)[0]
    strategy.tell([Answer(question, ("alike",))])
    assert strategy.groups()[question.tiles[0]] == list(strategy.seeds).index(question.anchor)


def test_bad_seeds_and_too_many_samples():
    space, _ = blobs()
    with pytest.raises(LikewiseError, match="at least two classes"):
        Pal(space, seeds=[3])
    with pytest.raises(LikewiseError, match="at least two classes"):
        Pal(space, seeds=[3, 3])
    with pytest.raises(LikewiseError, match="must lie in"):
        Pal(space, seeds=[3, 99])
    with pytest.raises(LikewiseError, match="at most 3000"):
        Pal(Space(np.ones((3001, 2))), seeds=[0, 1])


def test_without_predictions_any_ten_are_asked(monkeypatch):
    space, y = blobs(classes=2, each=30)
    strategy = Pal(space, seeds=seeds_of(y), predicted=False)
    monkeypatch.setattr(strategy, "predict", lambda: pytest.fail("nothing should be predicted"))
    assert len(play(strategy, LabelOracle(y), 30, batch=10)) == 30
    assert set(strategy.identified) >= set(seeds_of(y))
