"""Leakage: how well one column alone predicts the labels, and whether it follows the order of the rows."""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array
from likewise.missing import missing_in

FEWEST = 20
"""Labelled rows below which nothing is said."""


def label_accuracy(column: Array, labels: Array, *, names: bool) -> float:
    """Accuracy in [0, 1] of predicting a row's label by the rows with its value, or with the nearest values.

    Args:
        column: ``[n]``.
        labels: codes ``[n]``, -1 where there is none.
        names: whether equal values are meant, as with places and patients, and not near ones.

    >>> label_accuracy(np.arange(40.0), np.arange(40) // 20, names=False)
    1.0
    """
    known = (labels >= 0) & ~missing_in(column)
    column, label = column[known], np.unique(labels[known], return_inverse=True)[1].reshape(-1)
    if len(label) < FEWEST or label.max() < 1:
        return 0.0
    return _by_value(column, label) if names else _by_neighbours(label[np.argsort(column, kind="stable")])


def _by_value(column: Array, label: Array) -> float:
    """Where the commonest label of the other rows with the value is the row's own."""
    value = np.unique(column, return_inverse=True)[1].reshape(-1)
    if int(value.max()) >= len(label) // 2:  # nearly every row has its own
        return 0.0
    count = np.zeros((int(value.max()) + 1, int(label.max()) + 1), np.int64)
    np.add.at(count, (value, label), 1)
    others = count[value]
    others[np.arange(len(label)), label] -= 1  # a row says nothing of itself
    return float(((others.argmax(1) == label) & (others.max(1) > 0)).mean())


def _by_neighbours(label: Array) -> float:
    """Where two of the four rows around a row, in the order of the values, have its label."""
    same = np.zeros(len(label), np.int64)
    for step in (1, 2):
        equal = label[step:] == label[:-step]
        same[step:] += equal
        same[:-step] += equal
    return float((same >= 2).mean())


def follows_order(column: Array) -> bool:
    """Whether values only rise, or only fall, from row to row, with enough rows to say so.

    >>> follows_order(np.arange(30.0)), follows_order(np.r_[np.arange(29.0), 0])
    (True, False)
    """
    steps = np.diff(column)
    enough = len(column) >= FEWEST and len(np.unique(column)) > len(column) // 4
    return enough and bool((steps >= 0).all() or (steps <= 0).all())
