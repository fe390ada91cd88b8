import numpy as np
import pytest
from sklearn.datasets import load_digits

from likewise.answers import Answer, AnswerStore, Calibration, Question
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.randomness import numpy_generator
from likewise.sources import neighbors, trusted_neighbors
from likewise.space import Space

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
    graph = neighbors(SPACE, 30, calibrated=calibration)
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
    graph = neighbors(SPACE, 40, calibrated=calibration, precision=0.95)
    edges = graph.terms[0]
    assert np.array_equal(np.diff(edges.indptr), counts[1])
    purity = (CLASSES[edges.rows()] == CLASSES[edges.indices]).mean()
    assert purity > 0.93
    assert edges.source.arguments["precision"] == 0.95


def test_few_neighbours_have_the_probabilities_of_many(calibration):
    few, many = neighbors(SPACE, 3, calibrated=calibration), neighbors(SPACE, 30, calibrated=calibration)
    dense = many.to_scipy().toarray()
    coo = few.to_scipy().tocoo()
    assert np.allclose(coo.data, dense[coo.row, coo.col], atol=1e-6)
    assert few.terms[0].source.fingerprint == many.terms[0].source.fingerprint


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda c: neighbors(SPACE, 500, calibrated=c), "k must lie in"),
        (lambda c: neighbors(SPACE, 0, calibrated=c), "k must lie in"),
        (lambda c: neighbors(SPACE, 5, calibrated=c, precision=0), "precision must lie"),
        (lambda c: trusted_neighbors(SPACE, c, precision=1.1), "precision must lie"),
    ],
)
def test_bad_calibrated_input_is_one_sentence(calibration, call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call(calibration)


def test_a_store_of_answers_calibrates(calibration, tmp_path):
    random = numpy_generator(0, "pairs")
    a = random.integers(0, 500, 300)
    order = np.argsort(-(SPACE.normalized[a] @ SPACE.normalized.T), axis=1)
    b = order[np.arange(300), random.integers(1, 100, 300)]
    with AnswerStore(tmp_path / "answers.sqlite", SPACE.keys) as store:
        told = [
            Answer(Question.pair(i, j), ("alike" if CLASSES[i] == CLASSES[j] else "different",))
            for i, j in zip(a, b, strict=True)
        ]
        store.record([*told, Answer(Question.pair(0, 1), ("unsure",))])
        by_store = neighbors(SPACE, 10, calibrated=store)
    by_file = neighbors(SPACE, 10, calibrated=tmp_path / "answers.sqlite")
    expected = neighbors(SPACE, 10, calibrated=calibration).to_scipy()
    for graph in (by_store, by_file):
        assert abs(graph.to_scipy() - expected).max() < 1e-6
    counts = trusted_neighbors(SPACE, tmp_path / "answers.sqlite", most=10)
    assert np.array_equal(counts, trusted_neighbors(SPACE, calibration, most=10))


def test_calibrated_edges_can_be_mutual_and_capped(calibration):
    whole = neighbors(SPACE, 10, calibrated=calibration)
    assert (neighbors(SPACE, 10, calibrated=calibration, mutual=True).to_scipy() != whole.mutual().to_scipy()).nnz == 0
    in_degree = np.diff(neighbors(SPACE, 10, calibrated=calibration, cap=4).to_scipy().tocsc().indptr)
    assert in_degree.max() <= 4


def test_answers_about_other_samples_calibrate_nothing(tmp_path):
    with AnswerStore(tmp_path / "few.sqlite", Keys.of("abc")) as store, pytest.raises(LikewiseError, match="3 samples"):
        neighbors(SPACE.array, 5, calibrated=store)
    others = Keys.of(f"x{i}" for i in range(500))
    with AnswerStore(tmp_path / "others.sqlite", others) as store, pytest.raises(LikewiseError, match="no key agrees"):
        neighbors(SPACE, 5, calibrated=store)
