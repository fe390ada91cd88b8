"""Setting answers right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.active.cases import same_partition
from tests.labelling.cases import blobs, make_engine

from likewise.answers import Answer, Deduction, Question
from likewise.errors import LikewiseError


@pytest.fixture
def engine(tmp_path):
    return make_engine(tmp_path / "a.db", blobs()[0])  # not started: nothing is asked here


def record(engine, *answers):
    engine.state.add(engine.store.record([Answer(question, values, "ann") for question, values in answers]))


def same(engine, *samples):
    return len({int(engine.state.codes()[sample]) for sample in samples}) == 1


def state_is_what_the_store_says(engine):
    answers = engine.store.answers()
    assert engine.state.answers() == answers
    assert same_partition(engine.state.codes(), Deduction.of(len(engine.store), answers).codes)


def test_a_contradiction_is_settled_by_correcting_a_link_of_its_chain(engine):
    record(engine, (Question.pair(0, 1), ("alike",)), (Question.grid(1, [2, 3]), ("alike", "unticked")))
    record(engine, (Question.pair(2, 0), ("different",)))
    (conflict,) = engine.state.contradictions()
    assert conflict.chain in ((0, 1, 2), (2, 1, 0))
    engine.correct("bob", 2, {(2, 1): "different"}, "op1")
    assert engine.state.contradictions() == []
    assert same(engine, 0, 1)
    assert not same(engine, 1, 2)
    engine.correct("bob", 2, {(2, 1): "different"}, "op1")  # resent: the same operation
    state_is_what_the_store_says(engine)
    assert [answer.who for answer in engine.store.answers()] == ["ann", "ann", "bob"]


def test_corrections_of_what_nobody_said_are_refused(engine):
    record(engine, (Question.pair(0, 1), ("alike",)))
    with pytest.raises(LikewiseError, match="says nothing"):
        engine.correct("bob", 1, {(0, 2): "alike"}, "op")
    with pytest.raises(LikewiseError, match="no valid answer 7"):
        engine.correct("bob", 7, {(0, 1): "alike"}, "op")
    with pytest.raises(LikewiseError, match="letters and digits"):
        engine.correct("bob", 1, {(0, 1): "different"}, "../op")


def test_who_does_not_belong_leaves_and_the_rest_stays_together(engine):
    record(engine, *[(Question.pair(3, other), ("alike",)) for other in (0, 1, 2, 4)])
    engine.remove("ann", 0, [3], "op")  # 3 held all of them together
    assert same(engine, 0, 1, 2, 4)
    assert engine.state.known([(3, other) for other in (0, 1, 2, 4)]) == ["different"] * 4
    state_is_what_the_store_says(engine)
    with pytest.raises(LikewiseError, match="cannot leave"):
        engine.remove("ann", 0, [3], "again")
    with pytest.raises(LikewiseError, match="cannot leave"):
        engine.remove("ann", 0, [0], "self")


def test_merging_joins_whole_groups_with_one_answer(engine):
    record(engine, (Question.grid(0, [1, 2]), ("alike", "alike")), (Question.grid(5, [6, 7]), ("alike", "alike")))
    engine.judge("ann", 1, [6], "alike", "op")
    assert same(engine, 0, 1, 2, 5, 6, 7)
    assert len(engine.store.answers()) == 3


@pytest.mark.parametrize("together", [True, False])
def test_a_split_that_is_merged_again_is_as_before(engine, together):
    record(engine, (Question.grid(0, [1, 2, 3]), ("alike",) * 3), (Question.pair(2, 4), ("alike",)))
    record(engine, (Question.grid(0, [5, 6]), ("unticked", "unsure")))
    before = engine.state.codes()
    engine.remove("ann", 0, [2, 4], "split", together=together)
    assert not same(engine, 0, 2)
    engine.judge("ann", 0, [2] if together else [2, 4], "alike", "merge")
    assert same_partition(engine.state.codes(), before)
    assert engine.state.contradictions() == []
    state_is_what_the_store_says(engine)
    answers = engine.store.answers()
    engine.judge("ann", 0, [2] if together else [2, 4], "alike", "merge")  # resent: the same operation
    assert engine.store.answers() == answers


def test_merging_replaces_what_others_say_against_it(engine):
    record(engine, (Question.grid(0, [1, 5, 9]), ("alike", "different", "different")))
    engine.state.add(engine.store.record([Answer(Question.grid(1, [6, 8]), ("unticked", "unticked"), "bob")]))
    record(engine, (Question.pair(5, 6), ("alike",)))
    engine.judge("cy", 0, [6], "alike", "op")
    assert same(engine, 0, 1, 5, 6)
    assert engine.state.contradictions() == []
    assert engine.state.known([(0, 9), (0, 8)]) == ["different"] * 2  # as before
    values = {answer.question.pairs[0]: answer.values for answer in engine.state.answers()}
    assert values[0, 1] == ("alike", "alike", "different")
    assert values[1, 6] == ("alike", "unticked")
    state_is_what_the_store_says(engine)
    with pytest.raises(LikewiseError):
        engine.judge("cy", 0, [], "alike", "none")
    with pytest.raises(LikewiseError):
        engine.judge("cy", 0, [9999], "alike", "stranger")


def values_of(engine, inside):
    """What stands of each pair for which ``inside`` is not true, each as often as it was said."""
    every = [(min(a, b), max(a, b), value) for answer in engine.state.answers() for a, b, value in answer.judgements]
    return sorted(one for one in every if not inside(*one[:2]))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_merging_makes_one_group_and_changes_nothing_else(tmp_path_factory, data):
    engine = make_engine(tmp_path_factory.mktemp("merge") / "a.db", blobs(each=3)[0])
    n = 12
    for _ in range(data.draw(st.integers(1, 8))):
        anchor, *tiles = data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=5, unique=True))
        said = st.sampled_from(["alike", "alike", "unticked", "different", "unsure"])
        values = data.draw(st.lists(said, min_size=len(tiles), max_size=len(tiles)))
        record(engine, (Question.grid(anchor, tiles), tuple(values)))
    before = engine.state.codes()
    sample, *others = data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=4, unique=True))
    merged = np.isin(before, before[[sample, *others]])

    def between(a, b):
        return merged[a] and merged[b] and before[a] != before[b]

    def inside_one(a, b):
        return before[a] == before[b]

    elsewhere = values_of(engine, between)
    engine.judge("ann", sample, others, "alike", "op")
    assert same_partition(engine.state.codes(), np.where(merged, 1000, before))
    for conflict in engine.state.contradictions():  # only those that a group had within itself
        assert inside_one(conflict.chain[0], conflict.chain[-1])
    op = [(min(a, b), max(a, b)) for a, b in ((sample, one) for one in others) if inside_one(a, b)]
    assert values_of(engine, between) == sorted([*elsewhere, *((a, b, "alike") for a, b in op)])
    state_is_what_the_store_says(engine)
    engine.store.close()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_parting_gives_exactly_the_parts_that_were_said(tmp_path_factory, data):
    engine = make_engine(tmp_path_factory.mktemp("part") / "a.db", blobs(each=3)[0])
    n = 12
    for _ in range(data.draw(st.integers(1, 6))):
        anchor, *tiles = data.draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=5, unique=True))
        values = data.draw(st.lists(st.sampled_from(["alike", "alike", "unticked"]), min_size=len(tiles), max_size=4))
        record(engine, (Question.grid(anchor, tiles), tuple(values[: len(tiles)])))
    before = engine.state.codes()
    component = engine.state.component(data.draw(st.integers(0, n - 1)))
    if len(component) < 2:
        return
    stays, *others = data.draw(st.permutations(component))
    leaving = others[: data.draw(st.integers(1, len(others)))]
    together = data.draw(st.booleans())
    engine.remove("ann", stays, leaving, "op", together=together)
    codes = engine.state.codes()
    expected = before.astype(np.int64)
    for place, sample in enumerate(leaving):
        expected[sample] = 1000 + (0 if together else place)
    assert same_partition(codes, expected)
    known = engine.state.known([(stays, sample) for sample in leaving])
    assert all(verdict == "different" for verdict in known)
    assert engine.state.contradictions() == []
    state_is_what_the_store_says(engine)
    engine.store.close()
