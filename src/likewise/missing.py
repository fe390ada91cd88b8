"""What counts as missing: one notion for tables, metadata, labels, groups and pairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

MISSING = frozenset(
    ("", "#N/A", "#NA", "-NaN", "-nan", "<NA>", "N/A", "NA", "NAN", "NULL", "NaN", "NaT", "None", "n/a", "nan", "null")
)
"""Texts that say that there is no value, blanks around them aside."""

NOTHING = ("NAType", "NaTType")
"""Types of pandas whose values are equal to nothing, and whose comparisons have no truth."""


def is_gone(value: Any, words: frozenset[str] = MISSING) -> bool:
    """Whether a value stands for none: None, NaN, NaT, pandas's NA, or a text that says so.

    >>> [is_gone(value) for value in (None, float("nan"), " NA ", "Nantes", 0)]
    [True, True, True, False, False]
    """
    if value is None or type(value).__name__ in NOTHING:
        return True
    if isinstance(value, str):
        return value.strip() in words
    return isinstance(value, float | np.generic) and bool(value != value)


def missing_words(missing: Iterable[Any] | str | None = None) -> frozenset[str]:
    """The texts that mean missing: the usual ones, and those named."""
    further = () if missing is None else (missing,) if isinstance(missing, str | int | float) else missing
    return MISSING | {str(word).strip() for word in further}


def missing_in(column: npt.NDArray[Any], words: frozenset[str] = MISSING) -> npt.NDArray[np.bool_]:
    """Which values of a column ``[n]`` are missing.

    >>> missing_in(np.array([1.0, np.nan, -99.0]), missing_words(-99)).tolist()
    [False, True, True]
    """
    kind = column.dtype.kind
    gone: npt.NDArray[np.bool_]
    if kind not in "biufcmM":
        return np.array([is_gone(value, words) for value in column.tolist()], dtype=bool)
    if kind in "mM":
        gone = np.isnat(column)
        return gone
    gone = np.isnan(column) if kind in "fc" else np.zeros(len(column), bool)
    for number in filter(None, map(_number, words - MISSING)):
        gone |= column == number[0]
    return gone


def _number(word: str) -> tuple[float] | None:
    try:
        return (float(word),)
    except ValueError:
        return None
