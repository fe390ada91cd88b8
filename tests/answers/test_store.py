import multiprocessing
import sqlite3
import threading

import pytest

from likewise.answers import Answer, AnswerStore, Question
from likewise.errors import LikewiseError
from likewise.keys import Keys

KEYS = Keys.of("abcdefgh")


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.sqlite"


@pytest.fixture
def store(path):
    with AnswerStore(path, KEYS, clock=Clock()) as store:
        yield store


def yes(a, b, who="ada", **how):
    return Answer(Question.pair(a, b), ("alike",), who, **how)


def said(store):
    """Keys and values of all that stands."""
    names = store.keys.values.tolist()
    return [(names[a], names[b], value) for answer in store.answers() for a, b, value in answer.judgements]


# -- what is said --------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_as_it_was_given(store, path):
    grid = Question.grid(3, [5, 1], strategy="ours", repeat=True)
    given = Answer(grid, ("alike", "unticked"), "ada", 812, "monday")
    (recorded,) = store.record([given])
    assert (recorded.at, recorded.values, recorded.question) == (1000.0, given.values, grid)
    with AnswerStore(path) as again:
        assert again.answers() == [recorded]
        assert again.question(grid.id) == grid
        assert again.keys == KEYS


def test_the_same_id_counts_once_even_after_it_was_taken_back(store):
    answer = yes(0, 1)
    assert len(store.record([answer, answer])) == 1
    assert store.record([answer]) == []
    store.undo("ada")
    assert store.record([answer]) == []
    assert store.answers() == []
    assert len(store.record([Answer(answer.question, ("different",), "bob")])) == 1  # another person's own answer


def test_another_answer_under_the_same_id_is_refused_and_nothing_lost(store):
    answer = yes(0, 1)
    store.record([answer])
    with pytest.raises(LikewiseError, match="otherwise before"):
        store.record([yes(2, 3), Answer(answer.question, ("different",), "ada")])
    with pytest.raises(LikewiseError, match="belongs to another question"):
        store.record([Answer(Question(0, (2,), id=answer.question.id), ("alike",), "bob")])
    assert said(store) == [("a", "b", "alike")]


def test_undo_goes_to_any_depth_and_takes_a_grid_as_a_whole(store):
    grid = Question.grid(0, [1, 2, 3])
    store.record([yes(0, 1), Answer(grid, grid.ticked([2]), "ada"), yes(4, 5, "bob")])
    assert store.undo("ada").question == grid
    assert said(store) == [("a", "b", "alike"), ("e", "f", "alike")]
    assert store.undo("ada").question.tiles == (1,)
    assert store.undo("ada") is None
    assert said(store) == [("e", "f", "alike")]


def test_undo_of_one_answer_is_idempotent_and_another_may_do_it(store):
    first, second = store.record([yes(0, 1), yes(2, 3)])
    assert store.undo("bob", first.number) == first
    assert store.undo("ada", first.number) is None
    assert store.answers() == [second]
    with pytest.raises(LikewiseError, match="holds no answer 99"):
        store.undo("ada", 99)


def test_the_log_is_only_added_to(store, path):
    store.record([yes(0, 1)])
    store.undo("ada")
    store.skip(Question.pair(2, 3), "ada")
    assert [event.event for event in store.events()] == ["answered", "undone", "skipped"]
    assert [event.event for event in store.events(since=store.events()[0].number)] == ["undone", "skipped"]
    with sqlite3.connect(path) as raw:
        for table in ("questions", "pairs", "events", "judgements"):
            for change in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = 9"):
                with pytest.raises(sqlite3.Error, match=r"only added to|no such column"):
                    raw.execute(change)
    raw.close()


def test_counts_are_what_was_worked_for(store):
    grid = Question.grid(0, [1, 2, 3])
    store.record([yes(0, 1, ms=1500), Answer(grid, grid.ticked([]), "bob", 4000), yes(2, 3, "bob")])
    store.undo("bob")
    store.skip(Question.pair(5, 6), "bob", ms=500)
    store.claim([Question.pair(6, 7)], "eve")
    counts = store.counts()
    assert (counts.judgements, counts.screens, counts.seconds) == (5, 4, 6.0)
    assert (counts.undone, counts.skipped) == (1, 1)
    assert (counts.by["ada"].judgements, counts.by["bob"].judgements, counts.by["eve"].screens) == (1, 4, 0)
    assert sum(part.seconds for part in counts.by.values()) == counts.seconds


# -- who asks what -------------------------------------------------------------------------------------------------


def test_a_question_is_held_by_one_and_comes_free(store):
    ask = Question.pair
    assert len(store.claim([ask(0, 1), Question.grid(2, [3, 4])], "ada", seconds=60)) == 2
    offered = [ask(1, 0), ask(4, 2), ask(3, 4), ask(5, 6), ask(6, 7)]
    assert [q.tiles for q in store.claim(offered, "bob", limit=2)] == [(4,), (6,)]
    assert store.held(but="bob").tolist() == [[0, 1], [2, 3], [2, 4]]
    store._clock.now += 60
    assert store.held(but="bob").tolist() == []
    assert len(store.claim([ask(1, 0)], "bob")) == 1


def test_a_settled_question_comes_free(store):
    questions = [Question.pair(0, 1), Question.pair(2, 3), Question.pair(4, 5)]
    store.claim(questions, "ada")
    store.record([Answer(questions[0], ("alike",), "ada")])
    store.skip(questions[1], "ada")
    assert store.held().tolist() == [[4, 5]]
    store.release("ada")
    assert store.held().tolist() == []
    assert [event.event for event in store.events()] == ["asked"] * 3 + ["answered", "skipped"]


def test_an_answer_counts_though_its_lease_ran_out(store):
    question = Question.pair(0, 1)
    store.claim([question], "ada", seconds=1)
    store._clock.now += 2
    assert store.claim([question], "bob") == [question]
    assert len(store.record([Answer(question, ("alike",), "ada")])) == 1
    assert store.held().tolist() == [[0, 1]]
    assert len(store.record([Answer(question, ("alike",), "bob")])) == 1


# -- which samples -------------------------------------------------------------------------------------------------


def test_samples_are_known_by_key_when_they_are_reordered_and_grow(path):
    with AnswerStore(path, KEYS) as store:
        store.record([yes(0, 1), yes(6, 7)])
        before = said(store)
    grown = Keys.of(["new", *reversed(KEYS.values.tolist()), "newer"])
    with AnswerStore(path, grown) as store:
        assert said(store) == before
        assert [next(a.judgements)[:2] for a in store.answers()] == [(8, 7), (2, 1)]
        store.record([yes(0, 9)])
        assert said(store)[-1] == ("new", "newer", "alike")
    with AnswerStore(path) as store:
        assert set(store.keys.values.tolist()) == set(grown.values.tolist())
        assert said(store)[:2] == before


def test_samples_that_nobody_was_asked_about_may_go(path):
    with AnswerStore(path, KEYS) as store:
        store.record([yes(0, 1)])
    with AnswerStore(path, Keys.of("ba")) as store:
        assert said(store) == [("a", "b", "alike")]


def test_answers_about_missing_samples_are_refused_or_left_out(path):
    grid = Question.grid(0, [1, 2])
    with AnswerStore(path, KEYS) as store:
        store.record([yes(0, 1), Answer(grid, grid.ticked([1])), yes(2, 3)])
    with pytest.raises(LikewiseError, match="answers about 'b', which is not among these samples"):
        AnswerStore(path, Keys.of("acd"))
    with AnswerStore(path, Keys.of("acd"), partial=True) as store:
        assert said(store) == [("a", "c", "unticked"), ("c", "d", "alike")]
        assert store.counts().judgements == 4
        with pytest.raises(LikewiseError, match="samples that are not here"):
            store.question(store.events()[0].question)


def test_another_process_may_add_samples_meanwhile(path):
    with AnswerStore(path, KEYS) as here, AnswerStore(path, Keys.of([*"abcdefgh", "new"])) as there:
        there.record([yes(0, 8), yes(0, 1)])
        assert said(here) == [("a", "b", "alike")]
        there.claim([Question.pair(2, 8), Question.pair(3, 4)], "ada")
        assert here.held().tolist() == [[3, 4]]


# -- bad input -----------------------------------------------------------------------------------------------------


def test_other_samples_are_refused_by_name(path):
    AnswerStore(path, KEYS).close()
    with pytest.raises(LikewiseError, match="about other samples: 'a', the first that it knows"):
        AnswerStore(path, Keys.of("xyz"))
    with pytest.raises(LikewiseError, match="needs samples that have keys"):
        AnswerStore(path, 7)


def test_a_missing_store_is_not_made_by_looking_at_it(path):
    with pytest.raises(LikewiseError, match="no store of answers at"):
        AnswerStore(path)
    assert not path.exists()
    with pytest.raises(LikewiseError, match="cannot be opened: does its folder exist"):
        AnswerStore(path / "deeper", KEYS)


def test_what_is_not_a_store_is_left_alone(path):
    path.write_text("not a database " * 100)
    with pytest.raises(LikewiseError, match="is not a store of answers"):
        AnswerStore(path, KEYS)
    assert path.read_text().startswith("not a database")
    path.unlink()
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    content = path.read_bytes()
    with pytest.raises(LikewiseError, match="another program's SQLite file"):
        AnswerStore(path, KEYS)
    assert path.read_bytes() == content


def test_a_newer_store_is_refused(path):
    AnswerStore(path, KEYS).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 2")
    raw.close()
    with pytest.raises(LikewiseError, match=r"newer likewise \(version 2, this one reads 1\)"):
        AnswerStore(path, KEYS)


def test_a_locked_store_says_so_and_works_again(path):
    with AnswerStore(path, KEYS, timeout=0.01) as store:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(LikewiseError, match="locked by another program"):
            store.record([yes(0, 1)])
        raw.execute("ROLLBACK")
        raw.close()
        assert len(store.record([yes(0, 1)])) == 1


def test_a_full_disk_says_so_and_loses_nothing(path):
    with AnswerStore(path, KEYS) as store:
        store.record([yes(0, 1)])
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LikewiseError, match=r"the disk of .* is full"):
            store.record([yes(0, 1) for _ in range(500)])
        assert said(store) == [("a", "b", "alike")]
        store._connection.execute("PRAGMA max_page_count = 100000")
        assert len(store.record([yes(2, 3)])) == 1


def test_a_damaged_or_read_only_store_says_so(path):
    AnswerStore(path, KEYS).close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(LikewiseError, match="is damaged"):
        AnswerStore(path, Keys.of("xyz"))


def test_synchronous_full_is_checked(path, monkeypatch):
    with AnswerStore(path, KEYS) as store:
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    class Careless(sqlite3.Connection):
        def execute(self, sql, *values):
            return super().execute(sql.replace("synchronous = FULL", "synchronous = OFF"), *values)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **how: connect(*args, factory=Careless, **how))
    with pytest.raises(LikewiseError, match="cannot be kept safely"):
        AnswerStore(path, KEYS)


@pytest.mark.parametrize("bad", [8, -1])
def test_samples_that_do_not_exist_are_refused(store, bad):
    with pytest.raises(LikewiseError, match=f"must lie in .0, 8., found {bad}"):
        store.record([yes(0, 1), yes(0, bad)])
    with pytest.raises(LikewiseError, match="must lie in"):
        store.claim([Question.pair(bad, 0)], "ada")
    with pytest.raises(LikewiseError, match="holds no question 'x'"):
        store.question("x")
    assert said(store) == []


def test_a_closed_store_says_so(path):
    store = AnswerStore(path, KEYS)
    store.close()
    with pytest.raises(LikewiseError, match="was closed: open it again"):
        store.record([yes(0, 1)])
    assert repr(store) == f"AnswerStore({str(path)!r}, 8 samples)"


def test_a_store_is_not_carried_into_another_process(store, monkeypatch):
    monkeypatch.setattr(store, "_pid", store._pid + 1)
    with pytest.raises(LikewiseError, match="open it again there"):
        store.answers()


# -- many at once --------------------------------------------------------------------------------------------------


def test_threads_of_several_stores_write_at_once(path):
    def work(name):
        with AnswerStore(path, KEYS) as mine:
            for a in range(7):
                mine.record([yes(a, a + 1, name)])

    workers = [threading.Thread(target=work, args=(f"person{i}",)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with AnswerStore(path) as store:
        counts = store.counts()
        assert (counts.judgements, len(counts.by)) == (28, 4)
        assert len({answer.number for answer in store.answers()}) == 28


def test_one_store_serves_several_threads(store):
    def work(name):
        for a in range(7):
            store.record([yes(a, a + 1, name)])

    workers = [threading.Thread(target=work, args=(f"person{i}",)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert store.counts().judgements == 28


def _answer_until_killed(path, acknowledged):
    with AnswerStore(path) as store:
        while True:
            grid = Question.grid(0, range(1, 8))
            (answer,) = store.record([Answer(grid, grid.ticked([3]), "ada")])
            acknowledged.send(answer.number)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_was_acknowledged_survives_kill_9(path):
    AnswerStore(path, KEYS).close()
    fork, given = multiprocessing.get_context("fork"), set()
    for moment in range(12):
        listen, acknowledged = fork.Pipe(duplex=False)
        writer = fork.Process(target=_answer_until_killed, args=(path, acknowledged))
        writer.start()
        acknowledged.close()
        given |= {listen.recv() for _ in range(1 + moment % 5)}
        threading.Event().wait(0.003 * moment)  # anywhere within the next answers
        writer.kill()
        writer.join()
        assert writer.exitcode == -9
        try:
            while True:
                given.add(listen.recv())
        except EOFError:
            listen.close()
        with AnswerStore(path) as store:
            answers = store.answers()
            assert given <= {answer.number for answer in answers}
            assert len(answers) <= len(given) + moment + 1  # at most one that was not acknowledged for each kill
            assert all(answer.values.count("unticked") == 6 for answer in answers)
            assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
