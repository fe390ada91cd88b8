from __future__ import annotations

import numpy as np
import pytest

from likewise.errors import LikewiseError
from likewise.evaluation import spaces, summarise_space
from likewise.space import Space


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_summary_tells_classes_apart(metric):
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=300)
    easy = Space(
        np.eye(3)[y] * 5 + 0.1 * rng.standard_normal((300, 3)),
        metric,
        "easy",
        info={"seconds": 2.0, "samples": "a hash"},
    )
    facts = summarise_space(easy, y)
    assert facts["knn_accuracy"] == facts["linear_accuracy"] == 1
    assert (facts["samples"], facts["dimension"], facts["seconds"]) == (300, 3, 2.0)
    hard = summarise_space(Space(rng.standard_normal((300, 3)), metric), np.where(rng.random(300) < 0.5, y, -1))
    assert hard["knn_accuracy"] < 0.6
    assert hard["linear_accuracy"] < 0.6
    assert facts["separation"] > 0.9
    assert hard["separation"] < 0.1
    line = Space(2.0 * np.arange(3)[y, None] + 0.1 * rng.standard_normal((300, 4)), metric="euclidean")
    assert summarise_space(line, y)["linear_accuracy"] > 0.99  # the middle one of three in a row is not masked
    assert "knn_accuracy" not in summarise_space(easy)
    assert summarise_space(easy, y, seed=1) == summarise_space(easy, y, seed=1)


def test_the_rank_is_that_of_the_rows_as_they_are_compared():
    x = np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32)
    assert 3 < summarise_space(x)["effective_rank"] <= 4
    flat = Space(x * [1, 1, 0, 0], metric="euclidean")
    assert summarise_space(flat)["effective_rank"] == pytest.approx(2, rel=0.05)
    assert summarise_space(Space(np.eye(2)[[0, 1, 1]] * [[1], [9], [4]]))["effective_rank"] == pytest.approx(1)


def test_large_spaces_are_measured_by_some_of_their_rows(monkeypatch):
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=3000)
    wide = np.zeros((3000, 400), np.float32)
    wide[:, :3] = np.eye(3)[y] * 5
    wide += 0.1 * rng.standard_normal(wide.shape, dtype=np.float32)
    measured = []
    monkeypatch.setattr(spaces, "effective_rank", lambda rows: measured.append(len(rows)) or 0.0)
    monkeypatch.setattr(spaces, "MEASURED", 500)
    facts = summarise_space(Space(wide, "euclidean"), y)
    assert measured == [spaces.ROWS]
    assert (facts["samples"], facts["dimension"]) == (3000, 400)
    assert facts["knn_accuracy"] == facts["linear_accuracy"] == 1


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.zeros(3, int), "as many whole labels"),
        (np.zeros(60, int), "two classes"),
        (np.arange(60), "more samples than classes"),
    ],
)
def test_bad_labels_are_refused(labels, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        summarise_space(Space(np.random.default_rng(0).standard_normal((60, 4))), labels)
