"""What evaluation accepts: finite rows with whole labels, and test classes that training has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_numpy, as_tensor, require_finite
from likewise.errors import LikewiseError

Values = Array | Tensor


@dataclass(frozen=True)
class LabelledPair:
    """Labelled training and test rows.

    Attributes:
        train, test: [n, d] and [m, d], floating point, of one device and type.
        train_y, test_y: int64 codes [n] and [m] of the classes.
        classes: how many classes training has; each code below it occurs there.
        dropped: how many training and test rows had no label.
    """

    train: Tensor
    train_y: Array
    test: Tensor
    test_y: Array
    classes: int
    dropped: tuple[int, int]

    @classmethod
    def of(cls, train_x: Values, train_y: Values, test_x: Values, test_y: Values) -> LabelledPair:
        """Checked rows and codes of labels; rows with a negative label are left out.

        Raises:
            LikewiseError: rows and labels differ in number, labels are no whole numbers, NaN or infinity in a row,
                training and test rows differ in width, or a test class has no training row.
        """
        train, test = finite_rows(train_x, "train"), finite_rows(test_x, "test")
        if train.shape[1] != test.shape[1]:
            raise LikewiseError(f"training rows have {train.shape[1]} columns, test rows {test.shape[1]}.")
        seen, asked = whole_labels(train_y, len(train), "train"), whole_labels(test_y, len(test), "test")
        known, wanted = np.flatnonzero(seen >= 0), np.flatnonzero(asked >= 0)
        codes, asked_codes, classes = class_codes(seen[known], asked[wanted])
        dropped = len(seen) - len(known), len(asked) - len(wanted)
        test = test[as_tensor(wanted, test.device)].to(train)
        return cls(train[as_tensor(known, train.device)], codes, test, asked_codes, classes, dropped)


def finite_rows(x: Values, what: str) -> Tensor:
    """Features as floating-point rows [n, d]: float64 stays, the rest is float32."""
    rows = as_tensor(x).detach()
    if rows.ndim != 2 or 0 in rows.shape:
        raise LikewiseError(f"{what} features must be rows [n, d] with n, d >= 1, got shape {tuple(rows.shape)}.")
    rows = rows if rows.dtype == torch.float64 else rows.float()
    require_finite(rows, f"{what} features hold", "did training diverge?")
    return rows


def whole_labels(y: Values, n: int, what: str) -> Array:
    """Labels as int64 [n], at least one of them not negative."""
    labels = as_numpy(y)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise LikewiseError(
            f"{what} has {n} rows: it needs as many whole labels (negative: none), got {labels.dtype} {labels.shape}."
        )
    labels = labels.astype(np.int64)
    if not (labels >= 0).any():
        raise LikewiseError(f"{what} has no labelled row.")
    return labels


def class_codes(train_y: Array, test_y: Array) -> tuple[Array, Array, int]:
    """Labels of training and test as codes into the classes of training, and the number of classes.

    Raises:
        LikewiseError: a test class has no training row.
    """
    classes, codes = np.unique(train_y, return_inverse=True)
    unseen = np.setdiff1d(test_y, classes)
    if len(unseen):
        named = ", ".join(map(str, unseen[:5]))
        raise LikewiseError(f"the test set holds classes without a training row ({named}): drop them or label some.")
    return codes.reshape(-1), np.searchsorted(classes, test_y), len(classes)
