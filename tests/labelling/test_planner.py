"""Planning uses of a strategy what it states, and nothing else."""

from dataclasses import replace

import pytest
from tests.labelling.cases import answer, blobs, make_engine

from likewise.active import Cobras, Guided, LabelOracle, RandomPairs
from likewise.errors import LikewiseError
from likewise.labelling import status_of
from likewise.labelling.groups import found_groups


@pytest.fixture
def world():
    return blobs()


class Delegating:
    """Wraps a strategy and hands everything on."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Forwarding:
    """Wraps a strategy, hands on what is declared, and cannot be copied."""

    def __init__(self, inner):
        self.name, self.next, self.tell, self.groups = inner.name, inner.next, inner.tell, inner.groups
        self.abilities = replace(inner.abilities, copy=None)


def sitting(path, make, kinds):
    """What a person sees of some answers, of which two are taken back."""
    space, y = blobs(spread=1.5)
    oracle, seen = LabelOracle(y), []
    with make_engine(path, space, make=lambda: make(space), patient=True, tiles=5) as engine:
        assert engine.planner.wait(timeout=20)
        for kind in kinds:
            answer(engine, oracle, "me", 1, kind=kind, ahead=1)
            assert engine.planner.catch_up()
            if len(seen) in (3, 5):
                engine.undo("me")
                assert engine.planner.catch_up()
            questions = [(q.pairs, q.kind, q.strategy) for q in engine.planner.queue.questions[kind]]
            status = status_of(engine, "me", False)
            seen.append((questions, status.purity, status.coverage, status.screens, status.history))
        snapshot = engine.planner.snapshot
        seen += [
            found_groups(engine),
            snapshot.groups.tolist(),
            None if snapshot.membership is None else snapshot.membership.tolist(),
        ]
        return seen


@pytest.mark.parametrize("wrapper", [Delegating, Forwarding])
@pytest.mark.parametrize(("strategy", "kinds"), [(Guided, ["pair", "grid"] * 4), (RandomPairs, ["pair"] * 8)])
def test_a_wrapped_strategy_is_seen_no_otherwise(tmp_path, wrapper, strategy, kinds):
    plain = sitting(tmp_path / "a.db", strategy, kinds)
    assert plain[0][3] == ("grid" in kinds)
    assert sitting(tmp_path / "b.db", lambda space: wrapper(strategy(space)), kinds) == plain


def test_a_wrapper_that_changes_questions_still_does_after_an_undo(tmp_path, world):
    space, y = world

    class Named(Delegating):
        name = "named"

        def next(self, n=1):
            return [replace(question, strategy=self.name) for question in self.inner.next(n)]

    with make_engine(tmp_path / "a.db", space, make=lambda: Named(RandomPairs(space)), patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        answer(engine, LabelOracle(y), "me", 3)
        engine.undo("me")
        assert engine.planner.catch_up()
        assert {question.strategy for question in engine.planner.queue.questions["pair"]} == {"named"}


def test_a_strategy_that_cannot_be_copied_is_made_again(tmp_path, world):
    space, y = world
    with make_engine(tmp_path / "a.db", space, make=lambda: Cobras(space), patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        first = engine.ask("me", 1)[0]
        engine.tell("me", first.id, LabelOracle(y).ask(first).values)
        engine.undo("me")
        assert engine.planner.catch_up()
        assert engine.ask("me", 1)[0].pairs == first.pairs
        answer(engine, LabelOracle(y), "me", 6)
        assert engine.planner.failure is None


def test_grids_of_a_strategy_without_screens_are_refused(tmp_path, world):
    with make_engine(tmp_path / "a.db", world[0], make=lambda: RandomPairs(world[0]), patient=True) as engine:
        assert engine.planner.wait(timeout=20)
        with pytest.raises(LikewiseError, match="there are no grids"):
            engine.ask("me", kind="grid")
        with pytest.raises(LikewiseError, match="gives no membership probabilities"):
            engine.planner.expected(0.5)


def test_what_is_no_strategy_fails_with_a_sentence(tmp_path, world):
    with make_engine(tmp_path / "a.db", world[0], make=lambda: object()) as engine:
        engine.planner.wait(timeout=10)
        assert status_of(engine, "me", False).message.startswith("object is no strategy")
