import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from tests.active.cases import blobs, mixed, play, same_partition

from likewise.active import Guided, LabelOracle
from likewise.answers import Answer
from likewise.space import Space


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return Space(x.astype(np.float32), "euclidean"), y


def test_the_digits_take_fewer_than_150_answers(digits):
    space, y = digits
    strategy = Guided(space)
    play(strategy, LabelOracle(y), 150)
    assert adjusted_rand_score(y, strategy.groups()) > 0.97
    assert len(np.unique(strategy.groups())) <= 11


def test_it_begins_with_groups_before_anything_was_answered(digits):
    space, y = digits
    assert adjusted_rand_score(y, Guided(space).groups()) > 0.6


@pytest.mark.parametrize("persistent", [True, False])
def test_wrong_answers_do_not_ruin_the_digits(digits, persistent):
    space, y = digits
    found = []
    for seed in range(1, 5):
        strategy = Guided(space)
        oracle = LabelOracle(y, error=0.1, seed=seed, persistent=persistent)
        found.append([])
        for more in (200, 100):
            play(strategy, oracle, more)
            found[-1].append(adjusted_rand_score(y, strategy.groups()))
    before, after = np.mean(found, 0)
    assert before > 0.9
    assert after > before - 0.01


def test_screens_of_twelve(digits):
    space, y = digits
    strategy = Guided(space, tiles=12)
    asked = play(strategy, LabelOracle(y), 20)
    assert max(len(question.tiles) for question in asked) == 12
    assert all(question.kind == "grid" for question in asked)
    assert adjusted_rand_score(y, strategy.groups()) > 0.9


def test_it_is_told_neither_how_many_classes_there_are_nor_one_of_each():
    for classes in (1, 2, 7):
        space, y = blobs(classes=classes, each=12, spread=0.1)
        strategy = Guided(space)
        asked = play(strategy, LabelOracle(y), 400)
        assert same_partition(strategy.groups(), y), classes
        assert len(asked) < len(y) * (len(y) - 1) / 2


def test_it_stops_by_itself_when_every_sample_was_seen():
    space, y = blobs()
    strategy = Guided(space)
    asked = play(strategy, LabelOracle(y), 10_000)
    assert {end for question in asked for end in question.pairs[0]} == set(range(space.n))
    assert strategy.next(5) == []


def test_impure_groups_of_samples_do_no_harm_for_who_was_asked_stands_alone():
    found = []
    for seed in range(3):
        space, y = mixed(seed, each=200)
        strategy = Guided(space, nodes=100)
        of = strategy.model.affinities.node
        pure = np.mean([np.bincount(y[of == node]).max() / (of == node).sum() for node in of])
        assert pure < 0.9
        play(strategy, LabelOracle(y), 300, batch=10)
        groups, asked = strategy.groups(), strategy.model.shown > 0
        named = np.array([np.bincount(y[groups == group], minlength=5).argmax() for group in range(groups.max() + 1)])
        assert (named[groups] == y)[asked].mean() > 0.94
        found.append(adjusted_rand_score(y, groups))
    assert np.mean(found) > 0.7, found


def test_a_surprise_is_asked_again_of_other_samples():
    space, y = blobs(classes=2, each=10, spread=0.2)
    strategy = Guided(space)
    play(strategy, LabelOracle(y), 3)
    lie = strategy.next(1)[0]
    said = "different" if y[lie.anchor] == y[lie.tiles[0]] else "alike"
    strategy.tell([Answer(lie, (said,))])
    play(strategy, LabelOracle(y), 200)
    assert same_partition(strategy.groups(), y)


def test_the_same_answers_lead_to_the_same_next_question():
    space, y = blobs(classes=3, each=8, spread=1.0)
    oracle = LabelOracle(y, error=0.1)
    one, other = Guided(space), Guided(space)
    for question in play(one, oracle, 40):
        other.tell([oracle.ask(question)])
    assert np.array_equal(one.groups(), other.groups())
    assert [question.pairs for question in one.next(3)] == [question.pairs for question in other.next(3)]
