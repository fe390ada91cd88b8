from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from likewise.evaluation import few_shots
from likewise.evaluation.few_shots import draw_supports, few_shot_accuracies


@given(st.lists(st.integers(1, 8), min_size=1, max_size=5), st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_supports(sizes, shots, draws, seed):
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    y = np.r_[y, -1]
    supports = draw_supports(y, shots, draws, seed)
    longer = draw_supports(y, shots + 1, draws, seed)
    for code, ids in enumerate(supports):
        assert ids.shape == (draws, min(shots, sizes[code]))
        assert (y[ids] == code).all()
        assert all(len(set(row)) == len(row) for row in ids.tolist())
        np.testing.assert_array_equal(longer[code][:, :shots], ids)


def test_supports_are_uniform():
    ids = draw_supports(np.array([0] * 4), 2, 4000, 0)[0]
    np.testing.assert_allclose(np.bincount(ids.reshape(-1)) / 4000, 0.5, atol=0.04)
    assert (draw_supports(np.array([0] * 9), 9, 1, 0)[0] != draw_supports(np.array([0] * 9), 9, 1, 1)[0]).any()


def slow(train, supports, test, test_y, metric):
    found = []
    for draw in range(len(supports[0])):
        right = 0
        for x, y in zip(test, test_y, strict=True):
            scores = []
            for ids in supports:
                rows = train[ids[draw]]
                if metric == "cosine":
                    mean = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(0)
                    scores.append(x @ mean / np.linalg.norm(x) / np.linalg.norm(mean))
                else:
                    scores.append(-np.linalg.norm(x - rows.mean(0)))
            right += np.argmax(scores) == y
        found.append(right / len(test))
    return found


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("cells", [1, 100, 1 << 24])
def test_accuracies_equal_loops(metric, cells, monkeypatch):
    monkeypatch.setattr(few_shots, "CELLS", cells)
    rng = np.random.default_rng(0)
    y, test_y = rng.integers(3, size=30), rng.integers(3, size=17)
    centres = rng.standard_normal((3, 4))
    train, test = (centres[codes] + rng.standard_normal((len(codes), 4)) + 1 for codes in (y, test_y))
    supports = draw_supports(y, 2, 7, 0)
    fast = few_shot_accuracies(torch.from_numpy(train), supports, torch.from_numpy(test), test_y, metric=metric)
    np.testing.assert_allclose(fast, slow(train, supports, test, test_y, metric), rtol=1e-6)
    assert fast.std() > 0
