from sklearn.metrics import adjusted_rand_score
from tests.active.cases import blobs, play

from likewise.active import Cobras, LabelOracle


def test_cobras_gets_there_too():
    space, y = blobs()
    strategy = Cobras(space)
    play(strategy, LabelOracle(y), 10_000)
    assert adjusted_rand_score(y, strategy.groups()) == 1
