"""Columns of metadata and the classes of labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, as_dates, as_numpy
from likewise.errors import LikewiseError
from likewise.keys import Keys

Columns = Mapping[str, Any] | str | Path
LARGEST_CLASS = 1 << 16


def as_column(values: Any, n: int, name: str) -> Array:
    """One value a sample, ``[n]``: numbers, dates and times as they are, all else as strings ("" where there is none).

    Raises:
        LikewiseError: not one value for each of the n samples.
    """
    column = as_dates(as_numpy(values))
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.shape != (n,):
        raise LikewiseError(f"column {name!r} has the shape {list(column.shape)}, but there are {n} samples.")
    return column if column.dtype.kind in "buifmM" else as_text(column)


def as_text(column: Array) -> Array:
    """The values ``[n]`` as strings, "" where there is none."""
    if column.dtype.kind in "mM" and np.datetime_data(column.dtype)[0] == "ns":  # which Python has no type for
        column = column.astype(f"{column.dtype.kind}8[us]")
    return np.array(["" if value is None or value != value else str(value) for value in column.tolist()], dtype=str)


def as_label(values: Any, n: int) -> tuple[Array, tuple[str, ...]]:
    """A label column and its class names, in the order of their codes.

    Whole numbers from 0 on are codes already, so that train and test agree even where one lacks a class; -1, NaN and ""
    mean unlabelled. Anything else is sorted.
    """
    column = as_column(values, n, "label")
    if column.dtype.kind in "mM":
        column = as_text(column)
    if column.dtype.kind == "f":
        known = np.isfinite(column)
        if (column[known] != np.rint(column[known])).any():
            raise LikewiseError("labels must be classes, but they are fractional numbers: pass them by columns=.")
        column = np.where(known, column, -1).astype(np.int64)
    if column.dtype.kind in "iu" and column.min() >= -1 and column.max() < LARGEST_CLASS:
        return column, tuple(map(str, range(int(column.max()) + 1)))
    return column, tuple(str(value) for value in np.unique(column).tolist() if value != "")


def codes(column: Array, classes: tuple[str, ...]) -> Array:
    """int64 ``[n]``: the place of each value's name in ``classes``, -1 where it has none.

    >>> codes(np.array(["dog", "", "cat"]), ("cat", "dog")).tolist()
    [1, -1, 0]
    """
    values, inverse = np.unique(column, return_inverse=True)
    place = {name: code for code, name in enumerate(classes)}
    return np.array([place.get(str(value), -1) for value in values.tolist()], dtype=np.int64)[inverse]


def join(columns: Columns, n: int, keys: Keys | None) -> tuple[dict[str, Array], list[str]]:
    """The columns of a dict as they stand, or those of a CSV or Parquet file whose column "key" names the samples.

    Sentences on how keys were matched follow.

    Raises:
        LikewiseError: the file has no column "key", names a key twice, or misses one of the samples.
    """
    if isinstance(columns, Mapping):
        return {str(name): as_column(values, n, str(name)) for name, values in columns.items()}, []
    from likewise.data.matching import match
    from likewise.data.tables import read_table

    table = read_table(Path(columns))
    if "key" not in table:
        raise LikewiseError(f'{columns} needs a column "key" that names the samples; it has {", ".join(table)}.')
    if keys is None:
        raise LikewiseError("columns from a file are joined by key: pass keys=, too.")
    named = Keys.of(as_text(table.pop("key")))
    rows, notes = match(named, keys, columns)
    return {name: as_column(values, len(named), name)[rows] for name, values in table.items()}, notes
