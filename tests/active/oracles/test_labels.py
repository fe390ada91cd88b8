import numpy as np
import pytest

from likewise.active import ColumnOracle, LabelOracle
from likewise.answers import Question
from likewise.data import open_samples
from likewise.errors import LikewiseError

Y = np.repeat(np.arange(4), 50)


def judged(oracle, pairs):
    return [oracle.ask(Question.pair(a, b)).values[0] for a, b in pairs]


def some_pairs(count=800, seed=0):
    random = np.random.default_rng(seed)
    return [tuple(random.choice(len(Y), 2, replace=False).tolist()) for _ in range(count)]


def test_labels_answer_as_they_are():
    oracle = LabelOracle([0, 0, 1, -1])
    assert judged(oracle, [(0, 1), (0, 2), (0, 3)]) == ["alike", "different", "unsure"]
    assert oracle.ask(Question.grid(0, [1, 2])).values == ("alike", "unticked")


def test_as_many_answers_are_wrong_and_unsure_as_was_said():
    pairs = some_pairs(3000)
    said = judged(LabelOracle(Y, error=0.1, abstain=0.2, seed=4), pairs)
    truth = ["alike" if Y[a] == Y[b] else "different" for a, b in pairs]
    unsure = np.array([value == "unsure" for value in said])
    wrong = np.array([value != true for value, true in zip(said, truth, strict=True)])[~unsure]
    assert abs(unsure.mean() - 0.2) < 0.03
    assert abs(wrong.mean() - 0.1) < 0.03


def test_a_persistent_error_stays_and_a_fresh_one_does_not():
    pairs = some_pairs(300)
    turned = [(b, a) for a, b in pairs]
    lasting, fresh = (LabelOracle(Y, error=0.3, persistent=kind) for kind in (True, False))
    assert judged(lasting, pairs) == judged(lasting, turned)
    assert judged(fresh, pairs) != judged(fresh, pairs)


def test_errors_do_not_depend_on_the_order_of_questions():
    pairs = some_pairs(200)
    one = judged(LabelOracle(Y, error=0.3), pairs)
    assert judged(LabelOracle(Y, error=0.3), pairs[::-1])[::-1] == one
    assert judged(LabelOracle(Y, error=0.3, seed=1), pairs) != one


@pytest.mark.parametrize("options", [{"error": 1.0}, {"error": -0.1}, {"abstain": 1.5}])
def test_shares_must_be_shares(options):
    with pytest.raises(LikewiseError, match="is a share of answers"):
        LabelOracle(Y, **options)


def test_a_question_about_a_sample_that_does_not_exist():
    with pytest.raises(LikewiseError, match=r"must lie in \[0, 200\)"):
        LabelOracle(Y).ask(Question.pair(0, 200))


def test_a_column_answers():
    oracle = ColumnOracle({"patient": np.array(["a", "a", "b"])}, "patient")
    assert judged(oracle, [(0, 1), (1, 2)]) == ["alike", "different"]
    assert oracle.ask(Question.pair(0, 1)).who == "column patient"


def test_a_column_says_nothing_where_it_is_empty():
    samples = open_samples(np.eye(4), columns={"patient": ["ann", "", None, "ann"]})
    oracle = ColumnOracle(samples, "patient")
    assert [oracle.ask(Question.pair(a, b)).values for a, b in ((1, 2), (0, 3), (0, 1))] == [
        ("unsure",), ("alike",), ("unsure",)
    ]  # fmt: skip
