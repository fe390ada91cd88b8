from __future__ import annotations

import numpy as np
import pytest
import torch

from likewise.errors import LikewiseError
from likewise.evaluation.checks import LabelledPair

X = np.arange(12, dtype=np.float32).reshape(6, 2)
Y = np.array([7, 3, -1, 3, 100, -5])


def test_unlabelled_rows_fall_away_and_labels_become_codes():
    pair = LabelledPair.of(X, Y, X[:3], np.array([100, -1, 7]))
    np.testing.assert_array_equal(pair.train, X[[0, 1, 3, 4]])
    assert pair.train_y.tolist() == [1, 0, 0, 2]
    np.testing.assert_array_equal(pair.test, X[[0, 2]])
    assert (pair.test_y.tolist(), pair.classes, pair.dropped) == ([2, 1], 3, (2, 1))


def test_kinds_of_input_agree():
    pair = LabelledPair.of(X.astype(np.float16), torch.from_numpy(Y), torch.from_numpy(X), list(Y))
    assert pair.train.dtype == pair.test.dtype == torch.float32
    double = LabelledPair.of(X.astype(float), Y, X, Y)
    assert double.train.dtype == double.test.dtype == torch.float64


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((X, Y[:3], X, Y), r"train has 6 rows: it needs as many whole labels.*int64 \(3,\)"),
        ((X, Y, X, Y * 1.0), "test has 6 rows: it needs as many whole labels.*float64"),
        ((X, np.full(6, -1), X, Y), "train has no labelled row"),
        ((np.where(X == 9, np.nan, X), Y, X, Y), "train features hold NaN or infinity in row 4"),
        ((X, Y, np.where(X == 1, np.inf, X), Y), "test features hold NaN or infinity in row 0"),
        ((X, Y, X[:, :1], Y), "training rows have 2 columns, test rows 1"),
        ((X[0], Y, X, Y), r"train features must be rows \[n, d\]"),
        ((X[:2], Y[:2], X, Y), r"classes without a training row \(100\)"),
    ],
)
def test_bad_input(arguments, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        LabelledPair.of(*arguments)
