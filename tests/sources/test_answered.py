from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from tests.graph.reference import dense_of

from likewise.answers import Answer, Calibration, Deduction, Question, Store
from likewise.errors import LikewiseError
from likewise.graph import Groups, Keys, SimilarityGraph
from likewise.randomness import numpy_generator
from likewise.sources import answers, calibrated_neighbors, trusted_neighbors
from likewise.space import Space

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
    store = Store(path, KEYS)
    store.record(
        Answer(Question.grid(a, [b]) if value == "unticked" else Question.pair(a, b), (value,))
        for (a, b), value in facts
    )
    return store


@given(said, st.booleans())
@laws
def test_the_graph_says_what_is_deduced_and_trusts_no_chain_in_dispute(tmp_path_factory, facts, deduce):
    with stored(tmp_path_factory.mktemp("store") / "answers.sqlite", facts) as store:
        alike, different = dense_of(answers(store, deduce=deduce))
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
        graph = answers(store)
    for mine, theirs in zip(dense_of(graph), dense_of(closure.graph), strict=True):
        assert np.array_equal(mine, theirs)


def test_answers_become_groups_and_groups_apart(tmp_path):
    facts = [((0, 1), "alike"), ((1, 2), "alike"), ((2, 3), "different"), ((3, 4), "unticked"), ((5, 6), "unsure")]
    with stored(tmp_path / "answers.sqlite", facts) as store:
        graph = answers(store)
    groups = graph.terms[0]
    assert isinstance(groups, Groups)
    assert groups.codes.tolist() == [0, 0, 0, 1, 2, -1, -1]
    alike, different = graph.among([0, 0, 3], [2, 3, 4])
    assert alike.tolist()[0] == [1, 0, 0]
    assert np.allclose(different[[0, 2], [1, 2]], [1, 0.9])
    assert graph.keys == KEYS
    assert graph.terms[0].source.arguments["pairs"] == 4
    assert len(graph.terms[0].source.fingerprint) == 32
    assert "answers(" in repr(graph)


def test_a_contradiction_attracts_nobody_and_is_reported(tmp_path):
    facts = [((0, 1), "alike"), ((1, 2), "alike"), ((0, 2), "different"), ((2, 3), "alike"), ((4, 5), "alike")]
    with stored(tmp_path / "answers.sqlite", facts) as store:
        graph = answers(store)
    found = {(int(i), int(j)) for i, j in np.argwhere(graph.to_scipy().toarray())}
    assert found == {(2, 3), (3, 2), (4, 5), (5, 4)}
    assert "contradictions=1" in str(graph.terms[0].source)
    assert graph.among([0], [2])[1].item() == 1


def test_the_graph_follows_the_samples(tmp_path):
    path = tmp_path / "answers.sqlite"
    stored(path, [((0, 1), "alike"), ((1, 2), "alike"), ((2, 3), "different")]).close()
    graph = answers(path, Keys.of("dcax"))  # without b, which joined a and c
    assert graph.n == 4
    assert {tuple(sorted(p)) for p in np.argwhere(graph.to_scipy().toarray()).tolist()} == {(1, 2)}
    assert graph.among([0], [1, 2, 3])[1].tolist() == [[1, 1, 0]]
    with pytest.raises(LikewiseError, match="none of these samples' keys"):
        answers(path, Keys.of("xyz"))


def test_an_empty_store_is_the_empty_graph(tmp_path):
    with stored(tmp_path / "answers.sqlite", []) as store:
        for deduce in (True, False):
            graph = answers(store, deduce=deduce)
            assert graph.to_scipy().nnz == 0
            assert graph.draw(np.arange(N)).tolist() == list(range(N))


@pytest.mark.parametrize("oversight", [-0.1, 1])
def test_bad_input_is_one_sentence(tmp_path, oversight):
    with stored(tmp_path / "answers.sqlite", []) as store, pytest.raises(LikewiseError, match="rate of oversights"):
        answers(store, oversight=oversight)
    with pytest.raises(LikewiseError, match="no store of answers"):
        answers(tmp_path / "none.sqlite")
    (tmp_path / "text").write_text("not a store" * 100)
    with pytest.raises(LikewiseError, match="is not a store"):
        answers(tmp_path / "text", KEYS)


# -- calibrated neighbours -----------------------------------------------------------------------------------------

DIGITS, CLASSES = load_digits(return_X_y=True)
DIGITS, CLASSES = DIGITS[:500], CLASSES[:500]
SPACE = Space(DIGITS, keys=Keys.of(range(500)))


@pytest.fixture(scope="module")
def calibration():
    random = numpy_generator(0, "pairs")
    a = random.integers(0, 500, 300)
    order = np.argsort(-(SPACE.normalized[a] @ SPACE.normalized.T), axis=1)
    b = order[np.arange(300), random.integers(1, 100, 300)]
    return Calibration.fit(SPACE, np.stack([a, b], 1), CLASSES[a] == CLASSES[b])


def test_calibrated_neighbours_are_weighted_by_how_often_they_are_alike(calibration):
    graph = calibrated_neighbors(SPACE, 30, calibration)
    edges = graph.terms[0]
    pure = CLASSES[edges.rows()] == CLASSES[edges.indices]
    assert edges.count == 500 * 30
    weights = edges.weights
    assert ((weights > 0) & (weights <= 1)).all()
    assert weights.mean() == pytest.approx(pure.mean(), abs=0.05)
    sure, unsure = weights > np.quantile(weights, 0.8), weights < np.quantile(weights, 0.2)
    assert pure[sure].mean() > pure[unsure].mean() + 0.2
    assert (graph.keys, graph.self_weight.max()) == (SPACE.keys, 0)
    rows, cols = edges.rows()[:50], edges.indices[:50]
    assert np.allclose(weights[:50], calibration.predict(np.stack([rows, cols], 1)), atol=1e-3)


def test_trusted_neighbours_reach_the_precision(calibration):
    counts = [trusted_neighbors(SPACE, calibration, precision=p, most=40) for p in (0.8, 0.95)]
    assert (counts[0] >= counts[1]).all()
    assert counts[1].min() < counts[1].max()
    graph = calibrated_neighbors(SPACE, 40, calibration, precision=0.95)
    edges = graph.terms[0]
    assert np.array_equal(np.diff(edges.indptr), counts[1])
    purity = (CLASSES[edges.rows()] == CLASSES[edges.indices]).mean()
    assert purity > 0.93
    assert edges.source.arguments["precision"] == 0.95


def test_few_neighbours_have_the_probabilities_of_many(calibration):
    few, many = calibrated_neighbors(SPACE, 3, calibration), calibrated_neighbors(SPACE, 30, calibration)
    dense = many.to_scipy().toarray()
    coo = few.to_scipy().tocoo()
    assert np.allclose(coo.data, dense[coo.row, coo.col], atol=1e-6)
    assert few.terms[0].source.fingerprint == many.terms[0].source.fingerprint


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda c: calibrated_neighbors(SPACE, 500, c), "k must lie in"),
        (lambda c: calibrated_neighbors(SPACE, 0, c), "k must lie in"),
        (lambda c: calibrated_neighbors(SPACE, 5, c, precision=0), "precision must lie"),
        (lambda c: trusted_neighbors(SPACE, c, precision=1.1), "precision must lie"),
    ],
)
def test_bad_calibrated_input_is_one_sentence(calibration, call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call(calibration)
