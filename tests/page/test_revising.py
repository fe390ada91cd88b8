"""Setting answers right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.asking.cases import same_partition
from tests.page.cases import blobs, make_engine

from likewise.answers import Answer, Deduction, Question
from likewise.errors import LikewiseError


@pytest.fixture
def engine(tmp_path):
    return make_engine(tmp_path / "a.db", blobs()[0])  # not started: nothing is asked here


def record(engine, *told):
    engine.ledger.add(engine.store.record([Answer(question, values, "ann") for question, values in told]))


def same(engine, *samples):
    return len({int(engine.ledger.codes()[sample]) for sample in samples}) == 1


def standing_is_what_the_store_says(engine):
    told = engine.store.answers()
    assert engine.ledger.answers() == told
    assert same_partition(engine.ledger.codes(), Deduction.of(len(engine.store), told).codes)


def test_a_contradiction_is_settled_by_correcting_a_link_of_its_chain(engine):
    record(engine, (Question.pair(0, 1), ("alike",)), (Question.grid(1, [2, 3]), ("alike", "unticked")))
    record(engine, (Question.pair(2, 0), ("different",)))
    (conflict,) = engine.ledger.contradictions()
    assert conflict.chain in ((0, 1, 2), (2, 1, 0))
    engine.correct("bob", 2, {(2, 1): "different"}, "op1")
    assert engine.ledger.contradictions() == []
    assert same(engine, 0, 1)
    assert not same(engine, 1, 2)
    engine.correct("bob", 2, {(2, 1): "different"}, "op1")  # resent: the same operation
    standing_is_what_the_store_says(engine)
    assert [told.who for told in engine.store.answers()] == ["ann", "ann", "bob"]


def test_corrections_of_what_nobody_said_are_refused(engine):
    record(engine, (Question.pair(0, 1), ("alike",)))
    with pytest.raises(LikewiseError, match="says nothing"):
        engine.correct("bob", 1, {(0, 2): "alike"}, "op")
    with pytest.raises(LikewiseError, match="no answer 7"):
        engine.correct("bob", 7, {(0, 1): "alike"}, "op")
    with pytest.raises(LikewiseError, match="letters and digits"):
        engine.correct("bob", 1, {(0, 1): "different"}, "../op")


def test_who_does_not_belong_leaves_and_the_rest_stays_together(engine):
    record(engine, *[(Question.pair(3, other), ("alike",)) for other in (0, 1, 2, 4)])
    engine.part("ann", 0, [3], "op")  # 3 held all of them together
    assert same(engine, 0, 1, 2, 4)
    assert engine.ledger.known([(3, other) for other in (0, 1, 2, 4)]) == ["different"] * 4
    standing_is_what_the_store_says(engine)
    with pytest.raises(LikewiseError, match="cannot leave"):
        engine.part("ann", 0, [3], "again")
    with pytest.raises(LikewiseError, match="cannot leave"):
        engine.part("ann", 0, [0], "self")


def test_merging_joins_whole_groups_with_one_answer(engine):
    record(engine, (Question.grid(0, [1, 2]), ("alike", "alike")), (Question.grid(5, [6, 7]), ("alike", "alike")))
    engine.say("ann", 1, [6], "alike", "op")
    assert same(engine, 0, 1, 2, 5, 6, 7)
    assert len(engine.store.answers()) == 3


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_parting_gives_exactly_the_parts_that_were_said(tmp_path_factory, data):
    engine = make_engine(tmp_path_factory.mktemp("part") / "a.db", blobs(each=3)[0])
    n = 12
    for _ in range(data.draw(st.integers(1, 6))):
        anchor, *tiles = data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=5, unique=True))
        values = data.draw(st.lists(st.sampled_from(["alike", "alike", "unticked"]), min_size=len(tiles), max_size=4))
        record(engine, (Question.grid(anchor, tiles), tuple(values[: len(tiles)])))
    before = engine.ledger.codes()
    component = engine.ledger.component(data.draw(st.integers(0, n - 1)))
    if len(component) < 2:
        return
    stays, *others = data.draw(st.permutations(component))
    leaving = others[: data.draw(st.integers(1, len(others)))]
    together = data.draw(st.booleans())
    engine.part("ann", stays, leaving, "op", together=together)
    codes = engine.ledger.codes()
    expected = before.astype(np.int64)
    for place, sample in enumerate(leaving):
        expected[sample] = 1000 + (0 if together else place)
    assert same_partition(codes, expected)
    known = engine.ledger.known([(stays, sample) for sample in leaving])
    assert all(verdict == "different" for verdict in known)
    assert engine.ledger.contradictions() == []
    standing_is_what_the_store_says(engine)
    engine.store.close()
