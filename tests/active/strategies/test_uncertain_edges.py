import numpy as np
from tests.active.cases import blobs, play

from likewise.active import LabelOracle, UncertainEdges


def test_the_uncertain_edge_is_that_of_which_probability_is_nearest_to_a_half():
    space, y = blobs(each=12, spread=1.5)
    strategy = UncertainEdges(space)
    play(strategy, LabelOracle(y), 40)
    question = strategy.next(1)[0]
    open_ = (strategy.deduction.known_many(*strategy.pairs.T) == 0) & ~strategy._skipped
    best = strategy.pairs[open_][np.abs(strategy._alike - 0.5)[open_].argmin()]
    assert set(question.pairs[0]) == set(best)
