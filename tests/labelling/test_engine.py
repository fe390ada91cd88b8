"""The engine without a page."""

import threading

import numpy as np
import pytest
from tests.labelling.cases import answer, blobs, make_engine

from likewise.active import LabelOracle, RandomPairs, ask
from likewise.answers import AnswerStore, Deduction
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.labelling import Engine, status_of
from likewise.labelling.annotators import annotators
from likewise.labelling.groups import found_groups
from likewise.sources import answered


@pytest.fixture
def world():
    return blobs()


@pytest.fixture
def engine(tmp_path, world):
    with make_engine(tmp_path / "a.db", world[0], patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        yield engine


def same_groups(codes, y):
    return bool(((codes[:, None] == codes) == (y[:, None] == y)).all())


def test_answers_become_the_graph_that_they_imply(engine, world):
    space, y = world
    oracle = LabelOracle(y)
    answer(engine, oracle, "me", 100)
    answers = engine.store.answers()
    assert engine.state.answers() == answers
    graph = engine.graph().to_scipy().toarray() > 0
    codes = Deduction.of(space.n, answers).codes
    np.testing.assert_array_equal(graph, (codes[:, None] == codes) & ~np.eye(space.n, dtype=bool))
    assert same_groups(engine.planner.snapshot.groups, y)


def test_the_graph_is_that_of_the_store_whatever_was_taken_back(engine, world):
    answer(engine, LabelOracle(world[1], error=0.2), "me", 40)
    for number in [engine.state.answers()[place].number for place in (3, 17, 30)]:
        engine.undo("me", number)
        answer(engine, LabelOracle(world[1]), "me", 5)
    mine, kept = engine.graph(), answered(engine.store)
    assert [str(term.source) for term in mine.terms] == [str(term.source) for term in kept.terms]
    assert [term.source.fingerprint for term in mine.terms] == [term.source.fingerprint for term in kept.terms]
    for one, other in zip(mine.terms, kept.terms, strict=True):
        assert all(np.array_equal(value, vars(other)[name]) for name, value in vars(one).items() if name != "source")


def test_the_graph_is_that_of_ask_neighbours_and_expected_groups_included(engine, world):
    space, y = world
    answer(engine, LabelOracle(y), "me", 20)
    assert engine.planner.catch_up(30)
    options = {"oracle": LabelOracle(y), "store": engine.store.path, "neighbors": 3}
    again = ask(None, space, engine.state.spent, **options)
    assert (engine.graph(space, neighbors=3).to_scipy() != again.to_scipy()).nnz == 0
    likely = engine.graph(space, neighbors=3, expected=0.6).terms[-1]
    same = ask(None, space, engine.state.spent, expected=0.6, **options).terms[-1]
    assert likely.source.arguments == same.source.arguments == {"strategy": "ours", "at_least": 0.6}
    assert likely.source.fingerprint
    with pytest.raises(LikewiseError, match="neighbours are those of a prior space"):
        engine.graph(neighbors=3)


def test_a_reload_gives_the_same_question_and_a_restart_too(engine, world, tmp_path):
    first = engine.ask("me", 3)
    assert engine.ask("me", 3)[0] == first[0]
    assert engine.ask("me", 1) == first[:1]
    with make_engine(tmp_path / "a.db", world[0]) as other:
        assert other.ask("me", 1) == first[:1]


def test_the_next_questions_are_ready_and_the_shown_one_stays(engine, world):
    oracle = LabelOracle(world[1])
    one, two, *_ = engine.ask("me", 3)
    engine.tell("me", one.id, oracle.ask(one).values)
    engine.planner.catch_up(10)
    held = engine.ask("me", 3, showing=two.id)
    assert held[0] == two
    assert one not in held


def test_nobody_holds_what_another_holds_nor_what_follows_from_it(engine):
    held = [question for who in ("ann", "bob", "cyd") for question in engine.ask(who, 3)]
    pairs = [frozenset(pair) for question in held for pair in question.pairs]
    assert len(set(pairs)) == len(pairs)
    codes = engine.state.codes()
    cuts = [frozenset((int(codes[a]), int(codes[b]))) for a, b in map(tuple, pairs)]
    assert len(set(cuts)) == len(cuts)


def test_a_question_comes_free_after_its_lease(tmp_path, world):
    now = [1000.0]
    store = AnswerStore(tmp_path / "a.db", Keys.of(range(world[0].n)), clock=lambda: now[0])
    with Engine(store, lambda: RandomPairs(world[0]), 50, seconds=60, clock=lambda: now[0], patient=True) as engine:
        engine.planner.wait(timeout=20)
        first = engine.ask("ann", 1)[0]
        assert first.pairs[0] not in [q.pairs[0] for q in engine.ask("bob", 3)]
        now[0] += 61
        assert first.pairs[0] in [q.pairs[0] for q in engine.ask("cyd", 9)]
        assert engine.tell("ann", first.id, ["alike"]) is not None  # late, but not lost


def test_an_answer_sent_twice_counts_once(engine):
    first = engine.ask("me", 1)[0]
    assert engine.tell("me", first.id, ["alike"]) is not None
    assert engine.tell("me", first.id, ["alike"]) is None
    with pytest.raises(LikewiseError, match="otherwise before"):
        engine.tell("me", first.id, ["different"])
    assert engine.state.spent == len(engine.store.answers()) == 1


def test_undo_to_any_depth(engine, world):
    oracle = LabelOracle(world[1])
    answer(engine, oracle, "me", 12)
    pairs = [answer.question.pairs for answer in engine.store.answers()]
    for number in range(12):
        again = engine.undo("me")
        assert again.pairs == pairs[-1 - number]
        assert engine.ask("me", 2)[0] == again
        assert len(engine.store.answers()) == engine.state.spent == 11 - number
    assert engine.undo("me") is None
    engine.planner.catch_up(10)
    assert (engine.state.codes() == np.arange(world[0].n)).all()
    assert answer(engine, oracle, "me", 12) == 12
    assert {answer.question.pairs for answer in engine.store.answers()} == set(pairs)


def test_undo_is_resent_safely_and_is_ones_own_only(engine):
    first = engine.ask("ann", 1)[0]
    answers = engine.tell("ann", first.id, ["alike"])
    with pytest.raises(LikewiseError, match="only one's own"):
        engine.undo("bob", answers.number)
    assert engine.undo("ann", answers.number).pairs == first.pairs
    assert engine.undo("ann", answers.number) is None


def test_what_is_skipped_does_not_come_again(engine):
    seen = set()
    for _ in range(15):
        questions = engine.ask("me", 1)
        while not questions:
            assert engine.planner.catch_up(10)
            questions = engine.ask("me", 1)
        assert questions[0].pairs not in seen
        seen.add(questions[0].pairs)
        engine.skip("me", questions[0].id)
    assert engine.store.counts().skipped == 15
    assert engine.state.spent == 0


def test_the_budget_is_never_overdrawn(tmp_path, world):
    oracle = LabelOracle(world[1])
    with make_engine(tmp_path / "a.db", world[0], budget=30, patient=True, tiles=7) as engine:
        engine.planner.wait(timeout=20)
        workers = [
            threading.Thread(target=answer, args=(engine, oracle, who, 99, kind))
            for who, kind in (("ann", "pair"), ("bob", "grid"))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)
        assert engine.state.spent == 30
        assert status_of(engine, "ann", False).state == "spent"
        engine.go_on(5)
        engine.planner.catch_up(10)
        given = answer(engine, oracle, "ann", 99)  # fewer where the answers before left less to ask
        assert 1 <= given <= 5
        assert engine.state.spent == 30 + given


def test_asking_ends_when_it_pays_no_more_and_goes_on_on_request(tmp_path, world):
    oracle = LabelOracle(world[1])
    with make_engine(tmp_path / "a.db", world[0], budget=450) as engine:
        engine.planner.wait(timeout=20)
        answer(engine, oracle, "me", 450, ahead=1)
        assert engine.state.spent < 450
        state = status_of(engine, "me", False)
        assert state.state in ("enough", "nothing")
        assert state.groups == 4
        assert state.leverage > 2


def test_grids_on_request(engine, world):
    oracle = LabelOracle(world[1])
    assert answer(engine, oracle, "me", 3, kind="grid") == 3
    assert answer(engine, oracle, "me", 2, kind="pair") == 2
    kinds = [answer.question.kind for answer in engine.store.answers()]
    assert kinds == ["grid"] * 3 + ["pair"] * 2
    with pytest.raises(LikewiseError, match="did you mean 'grid'"):
        engine.ask("me", kind="grids")


def test_repeats_go_to_somebody_else(tmp_path):
    space, y = blobs(classes=8, each=8)
    oracle = LabelOracle(y)
    with make_engine(tmp_path / "a.db", space, make=lambda: RandomPairs(space), repeats=0.25, patient=True) as engine:
        engine.planner.wait(timeout=20)
        assert answer(engine, oracle, "ann", 12) == 12
        assert answer(engine, oracle, "bob", 16) == 16
        repeated = [answer for answer in engine.store.answers() if answer.question.repeat]
        assert len(repeated) >= 3
        assert {answer.who for answer in repeated} == {"bob"}


def test_answers_of_another_process_count(engine, tmp_path, world):
    from likewise.answers import Answer, Question

    with AnswerStore(tmp_path / "a.db", Keys.of(range(world[0].n))) as other:
        answers = other.record([Answer(Question.pair(0, 1), ("different",), "elsewhere")])
        engine.state.sync()
        assert engine.state.known([(0, 1)]) == ["different"]
        other.undo("elsewhere", answers[0].number)
        number = engine.planner.queue.number
        assert engine.planner.wait(number, timeout=10)  # it looks by itself
        assert engine.state.known([(0, 1)]) == ["unknown"]


def test_a_strategy_that_fails_says_so(tmp_path, world):
    def broken():
        raise LikewiseError("no prior.")

    with make_engine(tmp_path / "a.db", world[0], make=broken) as engine:
        engine.planner.wait(timeout=10)
        assert engine.ask("me", 2) == []
        state = status_of(engine, "me", False)
        assert (state.state, state.message) == ("failed", "no prior.")


@pytest.mark.parametrize(("budget", "repeats"), [(0, 0.1), (10, 1.0), (10, -0.1), ("3", 0)])
def test_bad_settings_are_refused(tmp_path, world, budget, repeats):
    with pytest.raises(LikewiseError):
        make_engine(tmp_path / "a.db", world[0], budget=budget, repeats=repeats)


def test_status_before_and_after_answers(engine, world):
    before = status_of(engine, "me", False)
    assert (before.spent, before.leverage, before.pace, before.left) == (0, None, None, None)
    answer(engine, LabelOracle(world[1]), "me", 10)
    engine.planner.catch_up(10)
    after = status_of(engine, "me", True)
    assert (after.spent, after.mine, after.pace, after.state) == (10, 10, 0.9, "asking")
    assert after.left == pytest.approx(190 * 0.9)
    assert after.history[-1][0] == 10
    assert after.as_json()["people"] == ("me",)


def test_people_are_counted_as_on_the_asking_screen_corrections_included(engine, world):
    answer(engine, LabelOracle(world[1]), "ann", 6)
    answer(engine, LabelOracle(world[1]), "bob", 3, kind="grid")
    first, *_ = engine.state.answers()
    grid = engine.state.latest("bob")[0]
    engine.correct("bob", first.number, {first.question.pairs[0]: "unsure"}, "one")
    engine.correct("ann", grid.number, {grid.question.pairs[0]: "different"}, "two")
    found, _ = annotators(engine)
    assert sum(person.tally.answers for person in found) == engine.state.spent
    for person in found:
        state = status_of(engine, person.name, True)
        assert (person.tally.answers, person.tally.pace) == (state.mine, state.pace)
        assert state.pace == 0.9  # not made worse by corrections, for which nobody was asked
    by = {person.name: person for person in found}
    assert (by["ann"].tally.answers, by["ann"].undone) == (5 + len(grid.values), 1)
    assert by["bob"].tally.wide == pytest.approx(sum(len(a.values) for a in engine.state.latest("bob", 3)[1:]) / 2)
    left = status_of(engine, "ann", True).left
    assert left == pytest.approx((engine.budget - engine.state.spent) * 0.9 / 2)  # pairs, and two are here


def test_who_is_expected_in_a_group_comes_by_how_likely_that_is(tmp_path):
    space, y = blobs(3, 30, spread=1.6)
    with make_engine(tmp_path / "a.db", space, patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        answer(engine, LabelOracle(y), "me", 25)
        assert engine.planner.catch_up()
        snapshot = engine.planner.snapshot
        found = [group for group in found_groups(engine) if len(group.expected) > 3]
        assert found
        for group in found:
            assert list(group.membership) == sorted(group.membership, reverse=True)
            assert group.membership == tuple(snapshot.membership[list(group.expected)].tolist())
            assert len(set(snapshot.groups[list(group.expected)])) == 1
        assert any(group.expected != tuple(sorted(group.expected)) for group in found)


def test_a_strategy_without_probabilities_has_groups_all_the_same(tmp_path, world):
    with make_engine(tmp_path / "a.db", world[0], make=lambda: RandomPairs(world[0]), patient=True) as engine:
        engine.planner.wait(timeout=20)
        engine.judge("me", 0, [1], "alike", "one")
        assert engine.planner.catch_up()
        assert [group.membership for group in found_groups(engine)] == [()]


def test_who_leaves_lets_go_of_what_they_hold(engine):
    mine = engine.ask("ann", 3)
    engine.dispatcher.release("ann")
    assert engine.dispatcher.active() == []
    assert engine.dispatcher.leases.of("ann") == []
    assert engine.ask("bob", 3)[0].pairs == mine[0].pairs


def test_a_queue_is_not_of_answers_that_the_strategy_was_not_told(engine, monkeypatch):
    assert engine.planner.catch_up()
    update, seen = engine.planner._session.update, []

    def late(answers):
        if answers and not seen:
            engine.judge("me", 0, [1], "alike", "late")  # after it was told, before it plans
        seen.extend(answers)
        return update(answers)

    monkeypatch.setattr(engine.planner._session, "update", late)
    engine.judge("me", 2, [3], "alike", "early")
    assert engine.planner.catch_up(10)
    assert len(seen) == 2


def test_the_history_ends_before_what_is_taken_back_and_is_made_again_of_a_store(engine, world, tmp_path):
    given = answer(engine, LabelOracle(world[1]), "me", 12)
    for _ in range(4):
        engine.undo("me")
    assert engine.planner.catch_up()
    with make_engine(tmp_path / "a.db", world[0]) as again:
        assert again.planner.catch_up()
        for planner in (engine.planner, again.planner):
            spent = [point[0] for point in planner.history]
            assert spent == sorted(set(spent))
            assert (spent[0], spent[-1]) == (1, given - 4)
