import json

import pytest

from likewise.answers import Answer, AnswerStore, Question, export_answers, import_answers, merge
from likewise.errors import LikewiseError
from likewise.keys import Keys

KEYS = Keys.of(["007", "a,b", "ü\n", "x", "y", "z"])
FORMATS = ["csv", "parquet", "jsonl"]


@pytest.fixture
def store(tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite", KEYS) as store:
        yield store


def fill(store, who="ada"):
    grid = Question.grid(2, [0, 4, 5], strategy="ours")
    answers = [
        Answer(Question.pair(0, 1, repeat=True), ("alike",), who, 812, "monday", 1.7e9 + 0.123456),
        Answer(grid, ("alike", "unticked", "unsure"), who, None, "", 1.7e9 + 9),
        Answer(Question.pair(4, 3), ("different",), who, 0, "", 1.7e9 + 10),
    ]
    return store.record(answers)


def contents(store):
    """All that answers say, without the numbers that a store gives them."""
    return {
        (
            *(a.question.id, a.question.kind, a.question.strategy, a.question.repeat, a.who, a.ms, a.session, a.at),
            *((str(store.keys.values[i]), str(store.keys.values[j]), value) for i, j, value in a.judgements),
        )
        for a in store.answers()
    }


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_brings_every_answer_into_another_store_and_twice_is_once(store, tmp_path, ending):
    fill(store)
    store.undo("ada")
    table = export_answers(store, tmp_path / f"table.{ending}")
    with AnswerStore(tmp_path / "other.sqlite", Keys.of(reversed(KEYS.values.tolist()))) as other:
        assert len(import_answers(other, table)) == 2
        assert contents(other) == contents(store)
        assert import_answers(other, table) == []
        assert other.counts().judgements == 4
    assert import_answers(store, table) == []


@pytest.mark.parametrize("ending", FORMATS)
def test_importing_what_was_taken_back_does_not_bring_it_back(store, tmp_path, ending):
    fill(store)
    table = export_answers(store, tmp_path / f"table.{ending}")
    store.undo("ada")
    before = contents(store)
    import_answers(store, table)
    assert contents(store) == before


def test_a_table_of_three_columns_is_enough(store, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("a,b,answer\nx,y,alike\ny,z,unticked\nx,z,unsure\nx,y,alike\n")
    assert len(import_answers(store, table)) == 3
    assert import_answers(store, table) == []
    assert [list(answer.judgements) for answer in store.answers()] == [
        [(3, 4, "alike")],
        [(4, 5, "unticked")],
        [(3, 5, "unsure")],
    ]


def test_an_empty_store_gives_an_empty_table(store, tmp_path):
    for ending in FORMATS:
        assert import_answers(store, export_answers(store, tmp_path / f"none.{ending}")) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\nx,y\n", "'answer' is missing"),
        ("a,b,answer\nx,nobody,alike\n", "row 0 of .* names 'nobody'"),
        ("a,b,answer\nx,y,alike\nx,x,alike\n", "cannot be compared with itself"),
        ("a,b,answer\nx,y,perhaps\n", "unknown answer 'perhaps'"),
        ("a,b,answer,ms\nx,y,alike,long\n", "invalid literal"),
        ("a,b,answer,when\nx,y,alike,yesterday\n", "isoformat"),
        ("a,b,answer,kind\nx,y,alike,poll\n", "unknown kind of question"),
        ("a,b,answer,question\nx,y,alike,q\ny,z,alike,q\n", "two anchors"),
        ("a,b,answer\nx,y,", "unknown answer 'None'"),
    ],
)
def test_a_bad_table_is_one_sentence_and_adds_nothing(store, tmp_path, text, sentence):
    table = tmp_path / "bad.csv"
    table.write_text(text)
    with pytest.raises(LikewiseError, match=sentence):
        import_answers(store, table)
    assert store.answers() == []


def test_other_files_are_refused(store, tmp_path):
    for name in ("broken.jsonl", "broken.parquet"):
        (tmp_path / name).write_text("{oops")
        with pytest.raises(LikewiseError, match="cannot be read as"):
            import_answers(store, tmp_path / name)
    with pytest.raises(LikewiseError, match="there is no table at"):
        import_answers(store, tmp_path / "none.csv")
    with pytest.raises(LikewiseError, match=r"unknown ending of a table of answers '.xls'"):
        export_answers(store, tmp_path / "table.xls")
    with pytest.raises(LikewiseError, match="could not write"):
        export_answers(store, tmp_path / "nowhere" / "table.csv")


def test_merging_two_stores_joins_their_logs_whatever_the_order(tmp_path):
    def two(place):
        place.mkdir()
        one, two = (
            AnswerStore(place / "one.sqlite", KEYS),
            AnswerStore(place / "two.sqlite", Keys.of(reversed(KEYS.values.tolist()))),
        )
        return one, two

    one, other = two(tmp_path / "a")
    shared = Answer(Question.pair(0, 3, strategy="s"), ("alike",), "eve", 5, "", 1.6e9)
    for store, who in ((one, "ada"), (other, "bob")):
        fill(store, who)
        places = (KEYS.positions(store.keys)).tolist()
        question = Question(places.index(0), (places.index(3),), "pair", "s", False, shared.question.id)
        store.record([Answer(question, ("alike",), "eve", 5, "", 1.6e9)])
        store.skip(Question.pair(1, 2), who, ms=100)
    other.undo("eve")
    wanted = contents(one) | contents(other)
    wanted = {line for line in wanted if line[4] != "eve"}
    merge(one, other)
    merge(other, one.path)
    assert contents(one) == contents(other) == wanted
    assert one.counts() == other.counts()
    assert one.counts().by["eve"].undone == 1
    before = (len(one.events()), one.counts())
    merge(one, other)
    assert (len(one.events()), one.counts()) == before
    one.close()
    other.close()


def test_stores_that_cannot_be_merged_say_why(store, tmp_path):
    fill(store)
    before = contents(store)
    with AnswerStore(tmp_path / "more.sqlite", Keys.of([*KEYS.values.tolist(), "new"])) as more:
        merge(store, more)
        more.record([Answer(Question.pair(0, 6), ("alike",))])
        with pytest.raises(LikewiseError, match="it is about 'new'"):
            merge(store, more)
    with AnswerStore(tmp_path / "copy.sqlite", KEYS) as copy:
        answer = store.answers()[0]
        copy.record([Answer(answer.question, ("different",), answer.who)])
        with pytest.raises(LikewiseError, match="both hold an answer of ada"):
            merge(store, copy)
    text = tmp_path / "text.sqlite"
    text.write_text(json.dumps("no store, though long enough to be mistaken for one" * 9))
    with pytest.raises(LikewiseError, match="is not a store"):
        merge(store, text)
    assert contents(store) == before
