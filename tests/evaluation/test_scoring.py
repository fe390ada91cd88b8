from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

from likewise.errors import LikewiseError
from likewise.evaluation import METRICS, Evaluation, evaluate_features
from likewise.evaluation.few_shots import draw_supports, few_shot_accuracies
from likewise.evaluation.linear_probes import linear_probe

RNG = np.random.default_rng(0)
Y, TEST_Y = RNG.integers(3, size=120), RNG.integers(3, size=60)
CENTRES = 2 * RNG.standard_normal((3, 6))
X, TEST = (CENTRES[y] + RNG.standard_normal((len(y), 6)) for y in (Y, TEST_Y))
NAMES = ["knn", "linear", "1-shot", "5-shot", "10-shot", "recall@1", "recall@5", "map@r", "nmi", "ari", "rank"]


@pytest.fixture(scope="module")
def found():
    return {metric: evaluate_features(X, Y, TEST, TEST_Y, metric=metric, k=5) for metric in ("cosine", "euclidean")}


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_all_metrics_come_in_order(found):
    assert list(found["cosine"].values) == NAMES
    assert list(found["cosine"].spread) == ["1-shot", "5-shot", "10-shot"]
    facts = found["cosine"].facts
    assert (facts["train"], facts["test"], facts["classes"], facts["dimension"]) == (120, 60, 3, 6)
    assert (facts["seed"], facts["k"], facts["draws"], facts["metric"]) == (0, 5, 100, "cosine")
    assert "unlabelled" not in facts
    assert "capped" not in facts


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_every_figure_equals_its_reference(found, metric):
    x, test = (unit(part) if metric == "cosine" else part for part in (X, TEST))
    ours = found[metric]
    votes = KNeighborsClassifier(5).fit(x, Y).score(test, TEST_Y)
    assert ours["knn"] == pytest.approx(votes)
    assert ours["linear"] == linear_probe(X, Y, TEST, TEST_Y)[0]
    supports = draw_supports(Y, 5, 100, 0)
    few = few_shot_accuracies(torch.from_numpy(X), supports, torch.from_numpy(TEST), TEST_Y, metric=metric)
    assert (ours["5-shot"], ours.spread["5-shot"]) == pytest.approx((few.mean(), few.std()))
    distance = np.linalg.norm(test[:, None] - test[None], axis=2) + np.diag([np.inf] * 60)
    order = distance.argsort(1)
    same = (TEST_Y[order] == TEST_Y[:, None])[:, :-1]  # the row itself comes last
    assert ours["recall@1"] == pytest.approx(same[:, 0].mean())
    assert ours["recall@5"] == pytest.approx(same[:, :5].any(1).mean())
    precise = []
    for row in same:
        r = int(row.sum())
        precise.append(sum(row[: i + 1].mean() for i in range(r) if row[i]) / r)
    assert ours["map@r"] == pytest.approx(np.mean(precise))
    clusters = KMeans(3, n_init=30, random_state=1).fit_predict(test)
    assert ours["nmi"] == pytest.approx(normalized_mutual_info_score(TEST_Y, clusters), abs=0.02)
    assert ours["ari"] == pytest.approx(adjusted_rand_score(TEST_Y, clusters), abs=0.02)
    values = np.linalg.svd(test - test.mean(0), compute_uv=False)
    share = values / values.sum()
    assert ours["rank"] == pytest.approx(np.exp(-(share * np.log(share)).sum()))


def test_is_a_function_of_its_arguments(found):
    again = evaluate_features(X, Y, TEST, TEST_Y, k=5)
    assert again == found["cosine"]
    other = evaluate_features(X, Y, TEST, TEST_Y, k=5, seed=1, metrics=["few-shot"])
    assert other["1-shot"] != again["1-shot"]


def test_unlabelled_rows_change_nothing(found):
    rows = np.full((4, 6), 1e3)
    more = evaluate_features(
        torch.from_numpy(np.r_[rows, X]), np.r_[[-1] * 4, Y], np.r_[TEST, rows], np.r_[TEST_Y, [-2] * 4], k=5
    )
    assert dict(more.values) == pytest.approx(dict(found["cosine"].values), abs=0.02)
    assert more["map@r"] == pytest.approx(found["cosine"]["map@r"])
    assert more.facts["unlabelled"] == [4, 4]


def test_a_part_of_the_metrics():
    few = evaluate_features(X, Y, TEST, TEST_Y, metrics=["rank", "few-shot"], shots=(2,), draws=3)
    assert list(few.values) == ["rank", "2-shot"]


def test_capping_is_said():
    few = evaluate_features(X[:30], Y[:30], TEST, TEST_Y, metrics=["knn", "few-shot"], shots=(1, 25), draws=3)
    assert few.facts["capped"] == "3 classes have fewer than 25 training samples and give all they have"
    assert few.spread["25-shot"] == 0
    assert few.facts["k"] == 20
    assert evaluate_features(X[:9], Y[:9], TEST, TEST_Y, metrics=["knn"]).facts["k"] == 9


def test_reads_and_writes(found):
    text = str(found["cosine"])
    assert text.splitlines()[0].split() == ["knn", f"{found['cosine']['knn']:.3f}"]
    assert "over draws" in text
    assert "probe" in text
    assert json.loads(json.dumps(found["cosine"].as_json()))["values"]["knn"] == found["cosine"]["knn"]
    merged = Evaluation({"a": 1.0}, {"a": 0.5}, {"f": 1}) | Evaluation({"b": 2.0}, {}, {"f": 2})
    assert merged == Evaluation({"a": 1.0, "b": 2.0}, {"a": 0.5}, {"f": 2})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"metrics": ["knn", "liner"]}, "did you mean 'linear'"),
        ({"metric": "cos"}, "unknown metric 'cos'"),
        ({"shots": (0,)}, "shots and draws must be at least 1"),
        ({"draws": 0}, "shots and draws must be at least 1"),
        ({"k": 0}, "k must be at least 1"),
    ],
)
def test_bad_options(options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        evaluate_features(X, Y, TEST, TEST_Y, **options)


def test_unknown_figure(found):
    with pytest.raises(LikewiseError, match="did you mean '1-shot'"):
        found["cosine"]["1shot"]
    assert set(METRICS) == {"knn", "linear", "few-shot", "retrieval", "clustering", "rank"}


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_test_rows_lose_no_figure_but_what_they_cannot_have(count):
    found = evaluate_features(X, Y, TEST[:count], [0, 1, 0, 2, 2][:count])
    assert list(found.values) == [name for name in NAMES if count > 2 or name not in ("recall@1", "recall@5", "map@r")]
    assert ("retrieval" in found.facts) == (count <= 2)
    if count > 2:  # among all others, who has company finds it
        assert found["recall@5"] == pytest.approx({3: 2 / 3, 5: 4 / 5}[count])
