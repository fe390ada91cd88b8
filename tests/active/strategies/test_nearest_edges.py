import numpy as np
from tests.active.cases import blobs, play

from likewise.active import LabelOracle, NearestEdges
from likewise.answers import Answer, Question


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


def test_a_contradiction_does_not_come_again_for_ever():
    space, _ = blobs(each=3)
    strategy = NearestEdges(space)
    a, b, c = 0, 1, 2
    for pair, value in (((a, b), "alike"), ((b, c), "alike"), ((a, c), "different")):
        strategy.tell([Answer(Question.pair(*pair), (value,))])
    asked = play(strategy, LabelOracle(np.zeros(space.n, int)), 10_000)
    assert len({frozenset(question.pairs[0]) for question in asked}) == len(asked)
