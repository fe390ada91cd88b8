from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.graph.reference import dense_of

from likewise.answers import Answer, AnswerStore, Deduction, Question
from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph
from likewise.keys import Keys
from likewise.sources import answered
from likewise.sources.asked import deduced

N = 7
KEYS = Keys.of("abcdefg")
laws = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
pairs = st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).filter(lambda pair: pair[0] != pair[1])
said = st.lists(st.tuples(pairs, st.sampled_from(["alike", "alike", "different", "unticked", "unsure"])), max_size=12)


def stored(path, facts):
    store = AnswerStore(path, KEYS)
    store.record(
        Answer(Question.grid(a, [b]) if value == "unticked" else Question.pair(a, b), (value,))
        for (a, b), value in facts
    )
    return store


@given(said, st.booleans())
@laws
def test_the_graph_says_what_is_deduced_and_trusts_no_chain_in_dispute(tmp_path_factory, facts, deduce):
    with stored(tmp_path_factory.mktemp("store") / "answers.sqlite", facts) as store:
        alike, different = dense_of(answered(store, deduce=deduce))
        given_ = store.answers()
    all_of_it = Deduction.of(N, given_, transitive=deduce)
    explicit = Deduction.of(N, [a for a in given_ if a.question.kind == "pair"], transitive=deduce)
    disputed = {frozenset(link) for c in all_of_it.contradictions() for link in pairwise(c.chain)}
    against = {frozenset(pair) for pair, value in facts if value == "different"}
    for i in range(N):
        for j in set(range(N)) - {i}:
            pair, known = {i, j}, all_of_it.known(i, j)
            assert alike[i, j] == (known == "alike" and pair not in disputed)
            sure = explicit.known(i, j) == "different" or pair in against
            assert different[i, j] == np.float32(1 if sure else 0.9 if known == "different" else 0)


@given(said)
@laws
def test_answers_without_a_contradiction_are_the_closure_of_their_edges(tmp_path_factory, facts):
    facts = [(pair, value) for pair, value in facts if value in ("alike", "different")]
    edges = SimilarityGraph.none(N)
    for value in ("alike", "different"):
        told = [pair for pair, v in facts if v == value]
        if told:
            edges |= SimilarityGraph.from_edges(N, *zip(*told, strict=True), different=value == "different")
    closure = edges.closure()
    assume(not closure.contradicted)
    with stored(tmp_path_factory.mktemp("store") / "answers.sqlite", facts) as store:
        graph = answered(store)
    for mine, theirs in zip(dense_of(graph), dense_of(closure.graph), strict=True):
        assert np.array_equal(mine, theirs)


def test_answers_become_groups_and_groups_apart(tmp_path):
    facts = [((0, 1), "alike"), ((1, 2), "alike"), ((2, 3), "different"), ((3, 4), "unticked"), ((5, 6), "unsure")]
    with stored(tmp_path / "answers.sqlite", facts) as store:
        graph = answered(store)
    groups = graph.terms[0]
    assert isinstance(groups, Groups)
    assert groups.codes.tolist() == [0, 0, 0, 1, 2, -1, -1]
    alike, different = graph.among([0, 0, 3], [2, 3, 4])
    assert alike.tolist()[0] == [1, 0, 0]
    assert np.allclose(different[[0, 2], [1, 2]], [1, 0.9])
    assert graph.keys == KEYS
    assert graph.terms[0].source.arguments["pairs"] == 4
    assert len(graph.terms[0].source.fingerprint) == 32
    assert "answered(" in repr(graph)


def test_a_contradiction_attracts_nobody_and_is_reported(tmp_path):
    facts = [((0, 1), "alike"), ((1, 2), "alike"), ((0, 2), "different"), ((2, 3), "alike"), ((4, 5), "alike")]
    with stored(tmp_path / "answers.sqlite", facts) as store:
        graph = answered(store)
    found = {(int(i), int(j)) for i, j in np.argwhere(graph.to_scipy().toarray())}
    assert found == {(2, 3), (3, 2), (4, 5), (5, 4)}
    assert "contradictions=1" in str(graph.terms[0].source)
    assert graph.among([0], [2])[1].item() == 1


def test_the_graph_follows_the_samples(tmp_path):
    path = tmp_path / "answers.sqlite"
    stored(path, [((0, 1), "alike"), ((1, 2), "alike"), ((2, 3), "different")]).close()
    graph = answered(path, Keys.of("dcax"))  # without b, which joined a and c
    assert graph.n == 4
    assert {tuple(sorted(p)) for p in np.argwhere(graph.to_scipy().toarray()).tolist()} == {(1, 2)}
    assert graph.among([0], [1, 2, 3])[1].tolist() == [[1, 1, 0]]
    with pytest.raises(LikewiseError, match="none of these samples' keys"):
        answered(path, Keys.of("xyz"))


def test_an_empty_store_is_the_empty_graph(tmp_path):
    with stored(tmp_path / "answers.sqlite", []) as store:
        for deduce in (True, False):
            graph = answered(store, deduce=deduce)
            assert graph.to_scipy().nnz == 0
            assert graph.draw(np.arange(N)).tolist() == list(range(N))


@pytest.mark.parametrize("oversight", [-0.1, 1])
def test_bad_input_is_one_sentence(tmp_path, oversight):
    with stored(tmp_path / "answers.sqlite", []) as store, pytest.raises(LikewiseError, match="rate of oversights"):
        answered(store, oversight=oversight)
    with pytest.raises(LikewiseError, match="no store of answers"):
        answered(tmp_path / "none.sqlite")
    (tmp_path / "text").write_text("not a store" * 100)
    with pytest.raises(LikewiseError, match="is not a store"):
        answered(tmp_path / "text", KEYS)


@pytest.mark.parametrize("seed", range(5))
def test_consistent_answers_give_equal_graphs_in_whatever_order_they_came(seed):
    random = np.random.default_rng(seed)
    pairs = [sorted(random.choice(12, 2, replace=False).tolist()) for _ in range(25)]
    y = random.integers(0, 4, 12)
    values = ["alike" if y[a] == y[b] else "different" for a, b in pairs]
    keys = Keys.of(range(12))
    graphs = []
    for order in (range(25), random.permutation(25).tolist()):
        deduction = Deduction(12)
        for at in order:
            deduction.add(*pairs[at], values[at], at)
        deduction.add(0, 11, "alike", "taken back")
        deduction.retract("taken back")
        graphs.append(deduced(deduction, keys))
    one, other = graphs
    assert [term.source.fingerprint for term in one.terms] == [term.source.fingerprint for term in other.terms]
    for a, b in zip(one.terms, other.terms, strict=True):
        assert all(np.array_equal(value, vars(b)[name]) for name, value in vars(a).items() if name != "source")
