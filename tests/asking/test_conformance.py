import numpy as np
import pytest
from tests.asking.cases import STRATEGIES, blobs, play, same_partition

from likewise.answers import Answer, Question
from likewise.asking import LabelOracle, Strategy
from likewise.space import Space

pytestmark = pytest.mark.parametrize("name", STRATEGIES)


def made(name: str, seed: int = 0) -> tuple[Strategy, np.ndarray]:
    space, y = blobs()
    return STRATEGIES[name](space, y, seed), y


def test_it_speaks_the_protocol(name):
    strategy, y = made(name)
    assert isinstance(strategy, Strategy)
    groups = strategy.groups()
    assert groups.shape == y.shape
    assert groups.dtype == np.int32
    assert len(strategy.next(1)) == 1
    assert len(strategy.next(3)) in (1, 2, 3)


def test_no_pair_comes_twice_and_all_exist(name):
    strategy, y = made(name)
    asked = play(strategy, LabelOracle(y), 60, batch=4)
    pairs = [tuple(sorted(pair)) for question in asked for pair in question.pairs]
    assert len(set(pairs)) == len(pairs)
    assert all(0 <= a < b < len(y) for a, b in pairs)
    assert all(question.strategy == strategy.name for question in asked)


def test_right_answers_lead_to_the_classes(name):
    strategy, y = made(name)
    play(strategy, LabelOracle(y), len(y) ** 2, batch=5)
    if name in ("nearest", "uncertain"):  # they know no edges between the classes' parts; these blobs have none
        assert all(len(np.unique(y[strategy.groups() == g])) == 1 for g in np.unique(strategy.groups()))
    assert same_partition(strategy.groups(), y)


def test_equal_seeds_ask_equal_questions(name):
    (one, y), (other, _) = made(name), made(name)
    first, second = (play(strategy, LabelOracle(y), 25) for strategy in (one, other))
    assert [question.pairs for question in first] == [question.pairs for question in second]


def test_it_hears_answers_to_questions_of_others(name):
    strategy, y = made(name)
    oracle = LabelOracle(y)
    random = np.random.default_rng(1)
    foreign = [Question.pair(*random.choice(len(y), 2, replace=False)) for _ in range(30)]
    strategy.tell([oracle.ask(question) for question in {question.pairs: question for question in foreign}.values()])
    play(strategy, oracle, len(y) ** 2, batch=3)
    assert same_partition(strategy.groups(), y)


def test_unsure_is_no_edge_and_no_end(name):
    strategy, y = made(name)
    for _ in range(15):
        found = strategy.next(1)
        strategy.tell([Answer(question, ("unsure",) * len(question.tiles)) for question in found])
    asked = play(strategy, LabelOracle(y), 3)
    assert asked
    assert strategy.groups().shape == y.shape


def test_wrong_and_contradicting_answers_are_survived(name):
    strategy, y = made(name)
    play(strategy, LabelOracle(y, error=0.3, abstain=0.1, seed=3), 80, batch=2)
    assert strategy.groups().shape == y.shape


def test_samples_that_are_all_equal(name):
    space, y = Space(np.ones((12, 2)), "euclidean"), np.arange(12) % 3
    strategy = STRATEGIES[name](space, y, 0)
    play(strategy, LabelOracle(y), 30)
    assert strategy.groups().shape == y.shape
