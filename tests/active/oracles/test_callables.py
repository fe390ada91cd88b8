import numpy as np
import pytest

from likewise.active import CallableOracle
from likewise.answers import Question
from likewise.errors import LikewiseError


def test_a_function_answers_pair_by_pair():
    said = {1: True, 2: False, 3: None, 4: "unsure", 5: np.bool_(True)}
    oracle = CallableOracle(lambda a, b: said[b], who="model")
    answer = oracle.ask(Question.grid(0, [1, 2, 3, 4, 5]))
    assert answer.values == ("alike", "unticked", "unsure", "unsure", "alike")
    assert answer.who == "model"
    assert answer.ms >= 0


def test_a_function_answers_whole_grids():
    oracle = CallableOracle(lambda anchor, tiles: np.array(tiles) > anchor + 1, grids=True)
    assert oracle.ask(Question.grid(3, [4, 5])).values == ("unticked", "alike")


@pytest.mark.parametrize("said", ["perhaps", 3, 0.5, object(), [True, False]])
def test_nonsense_of_a_function_is_refused(said):
    with pytest.raises(LikewiseError):
        CallableOracle(lambda a, b: said).ask(Question.pair(0, 1))
