import numpy as np
import pytest

from likewise.answers import Answer, Question
from likewise.asking import Annotators, CallableOracle, ColumnOracle, LabelOracle
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


def test_annotators_share_the_questions_evenly_under_their_names():
    people = Annotators({"ann": LabelOracle(Y), "bob": LabelOracle(Y, error=0.4)}, seed=2)
    answers = [people.ask(Question.pair(a, b)) for a, b in some_pairs(600)]
    wrong = {name: [] for name in ("ann", "bob")}
    for answer in answers:
        ((a, b),) = answer.question.pairs
        wrong[answer.who].append((answer.values[0] == "alike") != (Y[a] == Y[b]))
    assert len(wrong["ann"]) == len(wrong["bob"]) == 300
    assert sum(wrong["ann"]) == 0
    assert 0.3 < np.mean(wrong["bob"]) < 0.5


def test_annotators_pass_over_and_check():
    class Skips:
        def ask(self, question):
            return None

    class Odd:
        def ask(self, question):
            return Answer(Question.pair(0, 1), ("alike",))

    assert Annotators([Skips()]).ask(Question.pair(0, 1)) is None
    with pytest.raises(LikewiseError, match="another question"):
        Annotators([Odd()]).ask(Question.pair(0, 1))
    with pytest.raises(LikewiseError, match="at least one"):
        Annotators([])


def test_a_column_says_nothing_where_it_is_empty():
    samples = open_samples(np.eye(4), columns={"patient": ["ann", "", None, "ann"]})
    oracle = ColumnOracle(samples, "patient")
    assert [oracle.ask(Question.pair(a, b)).values for a, b in ((1, 2), (0, 3), (0, 1))] == [
        ("unsure",), ("alike",), ("unsure",)
    ]  # fmt: skip
