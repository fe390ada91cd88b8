import pytest

from likewise.answers import Answer, AnswerStore, Question, current_leases
from likewise.keys import Keys


@pytest.fixture
def store(tmp_path):
    with AnswerStore(tmp_path / "a.db", Keys.of("abcdef")) as store:
        yield store


def test_leases_are_what_is_held_and_not_answered(store):
    first, second, third = Question.pair(0, 1), Question.grid(2, [3, 4]), Question.pair(4, 5)
    store.claim([first, second], "ann")
    store.claim([third], "bob")
    store.record([Answer(first, ("alike",), "ann")])
    assert [(question, who) for question, who, _ in current_leases(store)] == [(second, "ann"), (third, "bob")]


def test_what_is_given_up_is_free_for_others_at_once(store):
    first, second = Question.pair(0, 1), Question.pair(2, 3)
    store.claim([first], "ann")
    assert store.claim([Question.pair(1, 0)], "bob") == []
    assert store.claim([second], "ann", instead=[first]) == [second]
    assert len(store.claim([Question.pair(1, 0)], "bob")) == 1


def test_answers_since_a_number(store):
    told = store.record([Answer(Question.pair(0, i), ("alike",)) for i in (1, 2, 3)])
    assert store.answers(since=told[0].number) == told[1:]
