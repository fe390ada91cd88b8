from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise import metrics
from likewise.errors import LikewiseError
from likewise.metrics import (
    alignment,
    effective_rank,
    embedding_std,
    knn_accuracy,
    map_at_r,
    rankme,
    recall_at_k,
    uniformity,
)


@pytest.fixture(autouse=True, params=[1 << 24, 50])
def _blocks(request, monkeypatch):
    monkeypatch.setattr(metrics, "CELLS", request.param)


def rows(n=40, d=5, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def labels(n=40, classes=4, seed=1):
    return np.random.default_rng(seed).integers(classes, size=n)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def score(a, b, metric):
    return float(unit(a[None])[0] @ unit(b[None])[0]) if metric == "cosine" else -float(((a - b) ** 2).sum())


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("temperature", [None, 0.07])
@pytest.mark.parametrize("k", [1, 6])
def test_knn_accuracy_counts_votes(k, temperature, metric):
    train, train_y, test, test_y = rows(), labels(), rows(30, seed=2), labels(30, seed=3)
    right = 0
    for row, truth in zip(test, test_y, strict=True):
        near = sorted(range(40), key=lambda j: -score(row, train[j], metric))[:k]
        votes = Counter()
        for j in near:
            votes[train_y[j]] += 1 if temperature is None else math.exp(score(row, train[j], metric) / temperature)
        right += min(votes, key=lambda y: (-votes[y], y)) == truth
    assert knn_accuracy(train, train_y, test, test_y, k, temperature=temperature, metric=metric) == right / 30


def test_knn_accuracy_leaves_unlabelled_rows_out():
    x, y = rows(), labels()
    known = y > 0
    want = knn_accuracy(x[known], y[known], x[known], y[known], 3)
    assert knn_accuracy(x, np.where(known, y, -1), x, np.where(known, y, -1), 3) == want


def test_rank_of_equal_directions_is_their_number():
    x = np.eye(8)[np.arange(64) % 6] * np.where(np.arange(64) < 32, 1, -1)[:, None]
    assert rankme(x) == pytest.approx(6, rel=0.01)
    assert rankme(np.ones((20, 4))) == pytest.approx(1, abs=1e-3)
    assert effective_rank(np.ones((20, 4))) == 0


@pytest.mark.parametrize("shape", [(40, 5), (5, 40)])
def test_ranks_follow_the_singular_values(shape):
    x = rows(*shape)
    for value, matrix, epsilon in ((rankme(x), x, 1e-7), (effective_rank(x), x - x.mean(0), 0)):
        s = np.linalg.svd(matrix, compute_uv=False)
        p = s / s.sum() + epsilon
        assert value == pytest.approx(math.exp(-sum(v * math.log(v) for v in p if v > 1e-15)), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(1, 8), st.integers(0, 999))
def test_rank_lies_between_one_and_the_smaller_side(n, d, seed):
    assert 1 - 1e-6 <= rankme(rows(n, d, seed)) <= min(n, d) + 1e-3
    assert 0 <= effective_rank(rows(n, d, seed)) <= min(n - 1, d) + 1e-3


def test_alignment_and_uniformity_against_loops():
    x, y = unit(rows()), unit(rows(seed=4))
    assert alignment(x, 3 * y) == pytest.approx(np.mean([((a - b) ** 2).sum() for a, b in zip(x, y, strict=True)]))
    assert alignment(x, y, alpha=1) == pytest.approx(np.mean(np.linalg.norm(x - y, axis=1)))
    pairs = [math.exp(-2 * ((x[i] - x[j]) ** 2).sum()) for i in range(40) for j in range(i)]
    assert uniformity(5 * x) == pytest.approx(math.log(np.mean(pairs)))
    assert uniformity(np.ones((4, 3))) == pytest.approx(0, abs=1e-6)


def test_embedding_std_of_an_even_sphere():
    assert embedding_std(rows(20_000, 16)) == pytest.approx(1 / 4, rel=0.01)
    assert embedding_std(np.ones((9, 4))) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("own", [True, False])
def test_retrieval_against_loops(metric, own):
    x, y = rows(), labels()
    base, base_y = (x, y) if own else (rows(25, seed=5), labels(25, seed=6))
    recall, precision = [], []
    for i in range(40):
        order = [j for j in sorted(range(len(base)), key=lambda j: -score(x[i], base[j], metric)) if not own or j != i]
        hits = [base_y[j] == y[i] for j in order]
        wanted = sum(hits)
        recall.append(any(hits[:3]))
        precision.append(sum(hits[p] * sum(hits[: p + 1]) / (p + 1) for p in range(wanted)) / wanted)
    where = {"metric": metric} if own else {"metric": metric, "base": base, "base_y": base_y}
    assert recall_at_k(x, y, 3, **where) == pytest.approx(np.mean(recall))
    assert map_at_r(x, y, **where) == pytest.approx(np.mean(precision))


def test_map_at_r_of_the_papers_toy_is_one_for_perfect_retrieval():
    x = np.repeat(np.eye(3), 5, 0)
    assert map_at_r(torch.from_numpy(x), np.repeat([0, 1, 2], 5)) == 1
    assert map_at_r(np.vstack([x, [[1, 1, 1]]]), [*np.repeat([0, 1, 2], 5), 3]) == 1  # nothing to find: left out


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda x, y: knn_accuracy(x, y, x, y, 41), r"k must lie in \[1, 40\]"),
        (lambda x, y: knn_accuracy(x, y, x, y, temperature=0), "temperature must be positive"),
        (lambda x, y: knn_accuracy(x, y[:3], x, y), "train has 40 rows: it needs as many whole labels"),
        (lambda x, y: knn_accuracy(x, y - 9, x, y), "no labelled row"),
        (lambda x, y: knn_accuracy(x, y, x, y, metric="cos"), "unknown metric 'cos'"),
        (lambda x, y: knn_accuracy(x, y, x[:, :2], y), "rows of 2 and 5 columns"),
        (lambda x, y: recall_at_k(x, y, 40), r"k must lie in \[1, 39\]"),
        (lambda x, y: recall_at_k(x, y, base=x), "belong together"),
        (lambda x, y: map_at_r(x, np.arange(40)), "MAP@R is undefined"),
        (lambda x, y: alignment(x, x[:3]), "needs pairs of rows"),
        (lambda x, y: uniformity(x[:1]), "needs two rows"),
        (lambda x, y: rankme(x[0]), r"shape \(5,\)"),
    ],
)
def test_bad_input(call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call(rows(), labels())
