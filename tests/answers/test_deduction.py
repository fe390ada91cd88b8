import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.graph.reference import dense_of

from likewise.answers import Answer, Deduction, Question
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph

laws = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
N = 8
VALUES = ["alike", "different", "unticked"]
pairs = st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).filter(lambda pair: pair[0] != pair[1])
# what is told under which answer, and which of the answers so far is taken back
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), pairs, st.sampled_from(VALUES), st.booleans()),
        st.tuples(st.just("undo"), st.integers(0, 30)),
    ),
    max_size=25,
)


class Slow:
    """Recomputes everything from the answers that stand."""

    def __init__(self, live, transitive):
        self.transitive = transitive
        self.said = {}
        for facts in live.values():
            for a, b, value in facts:
                self.said.setdefault(frozenset((a, b)), set()).add(value)
        self.component = list(range(N))
        for _ in range(N):
            for pair, values in self.said.items():
                if "alike" in values and transitive:
                    a, b = pair
                    self.component[a] = self.component[b] = min(self.component[a], self.component[b])

    def members(self, i):
        return {j for j in range(N) if self.component[i] == self.component[j]}

    def clashes(self):
        for pair, values in self.said.items():
            a, b = pair
            if "different" in values and ("alike" in values or self.component[a] == self.component[b]):
                yield pair

    def broken(self, i):
        return self.transitive and any(pair <= self.members(i) for pair in self.clashes())

    def speaks_for(self, i):
        return {i} if self.broken(i) else self.members(i)

    def known(self, a, b):
        if b in self.speaks_for(a):
            return 1
        said = self.said.get(frozenset((a, b)), set())
        if "alike" in said:
            return 0 if "different" in said else 1
        across = (self.said.get(frozenset((i, j)), set()) for i in self.speaks_for(a) for j in self.speaks_for(b))
        return -1 if any(values & {"different", "unticked"} for values in across) else 0

    def distance(self, a, b):
        reached, count = {a}, 0
        while b not in reached:
            reached |= {j for i in reached for j in range(N) if "alike" in self.said.get(frozenset((i, j)), set())}
            count += 1
        return count


def run(program, transitive):
    """The deduction after a program, and the answers that stand: answer -> [(a, b, value)]."""
    deduction, live, number = Deduction(N, transitive=transitive), {}, 0
    for step in program:
        if step[0] == "undo":
            if live:
                answer = sorted(live)[step[1] % len(live)]
                deduction.retract(answer)
                del live[answer]
        else:
            _, (a, b), value, new = step
            number += new or not live
            facts = live.setdefault(number, [])
            if any({a, b} == {x, y} for x, y, _ in facts):
                continue
            deduction.add(a, b, value, number)
            facts.append((a, b, value))
    return deduction, live


@given(steps, st.booleans())
@laws
def test_deduction_is_the_slow_one_whatever_was_taken_back(program, transitive):
    deduction, live = run(program, transitive)
    slow = Slow(live, transitive)
    a, b = np.divmod(np.arange(N * N), N)
    wanted = [slow.known(i, j) for i, j in zip(a.tolist(), b.tolist(), strict=True)]
    assert deduction.known_many(a, b).tolist() == wanted
    words = {1: "alike", -1: "different", 0: "unknown"}
    assert [deduction.known(i, j) for i, j in zip(a.tolist(), b.tolist(), strict=True)] == [words[v] for v in wanted]

    for i in range(N):
        assert set(deduction.component(i).tolist()) == slow.members(i)
        assert deduction.contradicted(i) == slow.broken(i)
        assert deduction.codes[i] in slow.members(i)
        across = {
            int(deduction.codes[j])
            for i_ in slow.members(i)
            for j in range(N)
            if slow.said.get(frozenset((i_, j)), set()) & {"different", "unticked"} and j not in slow.members(i)
        }
        assert set(deduction.apart(i).tolist()) == across
    assert {tuple(c.tolist()) for c in deduction.components()} == {
        tuple(sorted(slow.members(i))) for i in range(N) if len(slow.members(i)) > 1
    }


@given(steps, st.booleans())
@laws
def test_every_contradiction_is_a_shortest_chain_with_its_answers(program, transitive):
    deduction, live = run(program, transitive)
    slow = Slow(live, transitive)
    found = deduction.contradictions()
    assert {frozenset((c.chain[0], c.chain[-1])) for c in found} == set(slow.clashes())
    assert len(found) == len(set(slow.clashes()))
    for conflict in found:
        links = list(zip(conflict.chain, conflict.chain[1:], strict=False))
        assert len(links) == slow.distance(conflict.chain[0], conflict.chain[-1]) == len(conflict.alike)
        for (a, b), answer in zip(links, conflict.alike, strict=True):
            assert (a, b, "alike") in live[answer] or (b, a, "alike") in live[answer]
        ends = {conflict.chain[0], conflict.chain[-1]}
        assert any({a, b} == ends and value == "different" for a, b, value in live[conflict.different])


@given(steps)
@laws
def test_explicit_answers_deduce_what_the_closure_of_their_graph_does(program):
    deduction, live = run([step for step in program if "unticked" not in step], True)
    edges = {value: [(a, b) for facts in live.values() for a, b, v in facts if v == value] for value in VALUES}
    graph = SimilarityGraph.none(N)
    for value in ("alike", "different"):
        if edges[value]:
            graph |= SimilarityGraph.from_edges(N, *zip(*edges[value], strict=True), different=value == "different")
    alike, different = dense_of(graph.closure().graph)
    wanted = np.where(different > 0, -1, 0) + np.where(alike > 0, 1, 0)  # told both ways: 0
    a, b = np.divmod(np.arange(N * N), N)
    known = deduction.known_many(a, b).reshape(N, N)
    assert np.array_equal(known - np.eye(N, dtype=int), wanted)


def test_a_contradicted_component_deduces_nothing_until_it_is_settled():
    deduction = Deduction(6)
    deduction.add(0, 1, "alike", "p")
    deduction.add(1, 2, "alike", "q")
    deduction.add(2, 4, "different", "r")
    assert (deduction.known(0, 2), deduction.known(0, 4)) == ("alike", "different")
    deduction.add(0, 2, "different", "s")
    assert (deduction.known(0, 1), deduction.known(0, 2), deduction.known(0, 4)) == ("alike", "different", "unknown")
    assert deduction.known(2, 4) == "different"
    (conflict,) = deduction.contradictions()
    assert (conflict.chain, conflict.alike, conflict.different) == ((0, 1, 2), ("p", "q"), "s")
    assert str(conflict) == "0 ~ 1 ~ 2, yet 0 and 2 are different"
    deduction.retract("s")
    assert (deduction.known(0, 2), deduction.known(0, 4)) == ("alike", "different")


def test_an_unticked_tile_yields_to_a_chain_and_comes_back_without_it():
    deduction = Deduction(3)
    deduction.add(0, 2, "unticked", 1)
    assert deduction.known(0, 2) == "different"
    deduction.add(0, 1, "alike", 2)
    assert deduction.known(1, 2) == "different"
    deduction.add(1, 2, "alike", 3)
    assert (deduction.known(0, 2), deduction.contradictions()) == ("alike", [])
    deduction.retract(3)
    assert (deduction.known(0, 2), deduction.known(1, 2)) == ("different", "different")


def test_a_grid_is_told_and_taken_back_as_a_whole():
    grid = Question.grid(0, [1, 2, 3])
    answer = Answer(grid, ("alike", "unticked", "unsure"), number=7)
    deduction = Deduction.of(4, [answer, answer])
    assert deduction.known_many([0, 0, 0, 1], [1, 2, 3, 2]).tolist() == [1, -1, 0, -1]
    deduction.retract(7)
    assert not deduction.known_many([0, 0, 0], [1, 2, 3]).any()
    deduction.tell(Answer(grid, ("alike",) * 3))
    deduction.retract(grid.id)
    assert deduction.components() == []


def test_chains_say_why():
    deduction = Deduction(6)
    for number, (a, b) in enumerate([(0, 1), (1, 2), (2, 3), (0, 4), (4, 3)]):
        deduction.add(a, b, "alike", number)
    assert deduction.chain(3, 0) == (3, 4, 0)
    assert deduction.chain(0, 5) == ()
    assert deduction.chain(2, 2) == (2,)


def test_many_samples_cost_nothing_until_they_are_spoken_of():
    deduction = Deduction(1_000_000)
    deduction.add(999_999, 5, "alike", 0)
    deduction.add(5, 7, "different", 1)
    assert deduction.known(999_999, 7) == "different"
    assert [c.tolist() for c in deduction.components()] == [[5, 999_999]]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda d: d.add(1, 1, "alike", 0), "cannot be compared with itself"),
        (lambda d: d.add(0, 9, "alike", 0), r"must lie in \[0, 4\), found 9"),
        (lambda d: d.known(-1, 2), r"must lie in \[0, 4\), found -1"),
        (lambda d: d.component(4), "must lie in"),
        (lambda d: d.add(0, 1, "same", 0), "unknown answer 'same'"),
        (lambda d: d.add(0, 1, "unsure", 0), "unknown answer 'unsure'"),
        (lambda d: d.retract("x"), "no answer 'x'"),
        (lambda d: [d.add(0, 1, value, 0) for value in ("alike", "different")], "already says something else"),
        (lambda d: Deduction(0), "at least one sample"),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(call, sentence):
    deduction = Deduction(4)
    deduction.add(0, 1, "alike", "kept")
    with pytest.raises(LikewiseError, match=sentence):
        call(deduction)
    assert deduction.known(0, 1) == "alike"
    assert deduction.known_many([0], [2]).tolist() == [0]


@given(steps, st.booleans())
@laws
def test_what_is_known_follows_from_few_answers_alone(program, transitive):
    deduction, live = run(program, transitive)
    for a in range(N):
        for b in range(a + 1, N):
            verdict, reasons = deduction.known(a, b), deduction.explain(a, b)
            assert (verdict == "unknown") == (reasons == ())
            alone = Slow({answer: live[answer] for answer in reasons}, transitive)
            assert verdict == "unknown" or alone.known(a, b) == {"alike": 1, "different": -1}[verdict]
