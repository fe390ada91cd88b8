import numpy as np
from tests.asking.cases import blobs, play

from likewise.answers import Answer, Question
from likewise.asking import LabelOracle, NearestEdges, RandomPairs, UncertainEdges


def test_random_pairs_come_evenly_and_all_once():
    space, y = blobs(each=3)
    strategy = RandomPairs(space)
    asked = play(strategy, LabelOracle(y), 10_000, batch=7)
    assert len({question.pairs for question in asked}) == 12 * 11 // 2
    assert strategy.next(1) == []


def test_the_nearest_unknown_edge_comes_first():
    space, y = blobs(each=6)
    strategy = NearestEdges(space, k=3)
    length = [
        np.linalg.norm(space.array[q.anchor] - space.array[q.tiles[0]]) for q in play(strategy, LabelOracle(y), 12)
    ]
    assert length == sorted(length)


def test_no_question_of_a_batch_can_settle_another():
    space, _ = blobs(each=6)
    asked = NearestEdges(space).next(8)
    ends = [end for question in asked for end in question.pairs[0]]
    assert len(set(ends)) == len(ends)


def test_the_uncertain_edge_is_that_of_which_probability_is_nearest_to_a_half():
    space, y = blobs(each=12, spread=1.5)
    strategy = UncertainEdges(space)
    play(strategy, LabelOracle(y), 40)
    question = strategy.next(1)[0]
    open_ = (strategy.deduction.known_many(*strategy.pairs.T) == 0) & ~strategy._skipped
    best = strategy.pairs[open_][np.abs(strategy._alike - 0.5)[open_].argmin()]
    assert set(question.pairs[0]) == set(best)


def test_a_contradiction_does_not_come_again_for_ever():
    space, _ = blobs(each=3)
    strategy = NearestEdges(space)
    a, b, c = 0, 1, 2
    for pair, value in (((a, b), "alike"), ((b, c), "alike"), ((a, c), "different")):
        strategy.tell([Answer(Question.pair(*pair), (value,))])
    asked = play(strategy, LabelOracle(np.zeros(space.n, int)), 10_000)
    assert len({frozenset(question.pairs[0]) for question in asked}) == len(asked)
