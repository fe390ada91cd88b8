from tests.active.cases import blobs, play

from likewise.active import LabelOracle, RandomPairs


def test_random_pairs_come_evenly_and_all_once():
    space, y = blobs(each=3)
    strategy = RandomPairs(space)
    asked = play(strategy, LabelOracle(y), 10_000, batch=7)
    assert len({question.pairs for question in asked}) == 12 * 11 // 2
    assert strategy.next(1) == []
