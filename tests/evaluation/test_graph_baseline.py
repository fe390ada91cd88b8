from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import likewise as lw
from likewise import SimilarityGraph
from likewise.errors import LikewiseError
from likewise.evaluation import few_shots, graph_alone, graph_baseline, spectral_clusters, spread_labels
from likewise.evaluation.few_shots import draw_supports
from likewise.evaluation.graph_baseline import ALPHAS, choose_alpha
from likewise.search import nearest


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    x, y = x[:400], y[:400].astype(np.int64)
    return x[:300], y[:300], x[300:], y[300:]


@pytest.fixture(scope="module")
def inductive(digits):
    x, _, test, _ = digits
    return lw.neighbors(x, 5), nearest(test, x, k=3).ids


def slow(graph, y, test_y, attach, shots, draws, alpha):
    """Accuracies by spreading the labels anew for each draw."""
    attach = attach if attach.ndim == 2 else attach[:, None]
    classes = np.unique(y[y >= 0])

    def accuracy(labels):
        scores = spread_labels(graph, labels, alpha=alpha)
        right = 0.0
        for where, truth in zip(attach, test_y, strict=True):
            row = scores[where].mean(0)
            right += classes[row.argmax()] == truth if row.max() > 0 else 1 / len(classes)
        return right / len(test_y)

    found = {"spreading": [accuracy(y)]}
    codes = np.where(y >= 0, np.searchsorted(classes, y), -1)
    for s in shots:
        found[f"{s}-shot"] = []
        for draw in range(draws):
            ids = np.concatenate([support[draw] for support in draw_supports(codes, s, draws, 0)])
            labels = np.full(len(y), -1)
            labels[ids] = y[ids]
            found[f"{s}-shot"].append(accuracy(labels))
    return found


@pytest.mark.parametrize("cells", [3000, 1 << 24])
def test_inductive_equals_spreading_anew(digits, inductive, cells, monkeypatch):
    monkeypatch.setattr(graph_baseline, "BLOCK", cells)
    _, y, _, test_y = digits
    graph, attach = inductive
    y = np.where(np.arange(300) % 3 == 0, -1, 10 * y)  # a third unlabelled, codes that are not 0..9
    found = graph_alone(graph, y, 10 * test_y, attach, shots=(1, 3), draws=4, alpha=0.9)
    reference = slow(graph, y, 10 * test_y, attach, (1, 3), 4, 0.9)
    for name, values in reference.items():
        assert found[name] == pytest.approx(np.mean(values), abs=1e-7)
    assert found.spread == pytest.approx({name: np.std(reference[name]) for name in ("1-shot", "3-shot")}, abs=1e-7)
    assert (found.facts["train"], found.facts["test"]) == (200, 100)
    assert found["1-shot"] < found["3-shot"] < found["spreading"] < 1
    clusters = spectral_clusters(graph, 10)
    votes = [np.bincount(clusters[where]).argmax() for where in attach]
    assert found["ari"] == pytest.approx(adjusted_rand_score(test_y, votes))
    assert found["nmi"] == pytest.approx(normalized_mutual_info_score(test_y, votes))


def test_transductive_equals_spreading_anew(digits):
    x, y, test, test_y = digits
    graph = lw.neighbors(np.r_[x, test], 5)
    labels, ids = np.r_[y, np.full(100, -1)], np.arange(300, 400)
    found = graph_alone(graph, labels, test_y, ids, shots=(2,), draws=3, alpha=0.95)
    reference = slow(graph, labels, test_y, ids, (2,), 3, 0.95)
    assert found["spreading"] == pytest.approx(reference["spreading"][0])
    assert found["2-shot"] == pytest.approx(np.mean(reference["2-shot"]))
    assert found["ari"] == adjusted_rand_score(test_y, spectral_clusters(graph, 10)[ids])


def test_what_no_label_reaches_counts_as_a_guess():
    graph = SimilarityGraph.from_edges(6, [0, 1, 2], [3, 4, 5])
    y = np.array([0, 1, -1, -1, -1, -1])
    found = graph_alone(graph, y, np.array([0, 1, 1, 0]), np.array([3, 4, 5, 2]), shots=(1,), draws=2)
    assert found["spreading"] == found["1-shot"] == 0.75  # 2 right and 2 guesses of 1/2
    assert found.facts["unreached"] == 0.5


def test_unlabelled_test_samples_fall_away(digits, inductive):
    _, y, _, test_y = digits
    graph, attach = inductive
    hidden = np.where(np.arange(100) < 40, -1, test_y)
    found = graph_alone(graph, y, hidden, attach, shots=(1,), draws=2)
    assert found == graph_alone(graph, y, test_y[40:], attach[40:], shots=(1,), draws=2)


def test_supports_are_those_of_features(digits, inductive, monkeypatch):
    assert few_shots.draw_supports is graph_baseline.draw_supports
    _, y, _, test_y = digits
    graph, attach = inductive
    same = graph_alone(graph, y, test_y, attach, draws=3, seed=5)
    assert same == graph_alone(graph, y, test_y, attach, draws=3, seed=5)
    assert same["1-shot"] != graph_alone(graph, y, test_y, attach, draws=3, seed=6)["1-shot"]


def test_alpha_is_chosen_by_hiding_each_label(digits, inductive):
    _, y, _, test_y = digits
    graph, attach = inductive
    labels = np.where(np.arange(300) < 80, y, -1)
    right = {}
    for alpha in ALPHAS:
        found = []
        for i in range(80):
            hidden = np.where(np.arange(300) == i, -1, labels)
            scores = spread_labels(graph, hidden, alpha=alpha)[i]
            found.append(scores.max() > 0 and scores.argmax() == y[i])
        right[alpha] = sum(found)
    assert choose_alpha(graph, labels) == max(reversed(ALPHAS), key=right.get)
    assert len(set(right.values())) > 1
    whole = graph_alone(graph, y, test_y, attach, draws=2)
    far = graph_alone(graph, y, test_y, attach, draws=2, alpha=0.99)
    assert (
        whole["spreading"] == graph_alone(graph, y, test_y, attach, alpha=whole.facts["alpha"], shots=())["spreading"]
    )
    assert whole["spreading"] > far["spreading"]
    assert whole["1-shot"] == far["1-shot"]


def test_few_shots_ask_some_of_many_test_samples(digits, inductive, monkeypatch):
    _, y, _, test_y = digits
    graph, attach = inductive
    whole = graph_alone(graph, y, test_y, attach, shots=(1,), draws=20)
    monkeypatch.setattr(graph_baseline, "ASKED", 80)
    some = graph_alone(graph, y, test_y, attach, shots=(1,), draws=20)
    assert some.facts["few_shot_test"] == 80
    assert some["spreading"] == whole["spreading"]
    assert some["1-shot"] != whole["1-shot"]
    assert some["1-shot"] == pytest.approx(whole["1-shot"], abs=0.06)


def test_alpha_is_chosen_on_some_where_there_are_many(digits, inductive, monkeypatch):
    monkeypatch.setattr(graph_baseline, "HIDDEN", 40)
    found = choose_alpha(inductive[0], np.r_[digits[1][:250], [-1] * 50])
    assert found in ALPHAS


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"y": np.zeros(4, int)}, "test sample 3 of the graph has a known label"),
        ({"attach": np.array([7])}, r"attach must lie in \[0, 4\)"),
        ({"attach": np.zeros((1, 1, 1), int)}, r"attach holds ids \[m\] or \[m, k\]"),
        ({"test_y": np.array([3])}, r"classes without a training row \(3\)"),
        ({"test_y": np.array([0, 1])}, "test has 1 rows"),
        ({"shots": (0,)}, "at least 1"),
        ({"graph": SimilarityGraph.none(4)}, "joins nobody"),
    ],
)
def test_bad_input(change, sentence):
    good = {
        "graph": SimilarityGraph.from_edges(4, [0, 1], [1, 3]),
        "y": np.array([0, 1, -1, -1]),
        "test_y": np.array([1]),
        "attach": np.array([3]),
    }
    with pytest.raises(LikewiseError, match=sentence):
        graph_alone(**(good | change))
