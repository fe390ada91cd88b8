"""Samples in the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError


@dataclass(frozen=True)
class Table:
    """What a table holds, read as some kind of data.

    Attributes:
        values: ``[n, ...]`` from which the samples are made.
        columns: metadata ``[n]``: what is left of the table; one called "key" holds the samples' keys.
        features: what the entries of a sample are called; empty where they have no names.
        notes: sentences on what was read from which columns.
    """

    values: Array
    columns: dict[str, Array] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def features(table: dict[str, Array], aside: set[str]) -> Table:
    """``[n, d]`` of all numeric columns but those set aside.

    Raises:
        LikewiseError: no column is numeric, or a value is missing.
    """
    names = numeric(table, aside)
    found = np.column_stack([table[name].astype(np.float64, copy=False) for name in names])
    require_complete(found, names)
    rest = {name: values for name, values in table.items() if name not in names}
    whole = tuple(names) if len(names) == found.shape[1] else ()  # not where a column holds lists
    return Table(found, rest, whole, (f"features are {len(names)} columns of numbers: {listed(names)}",))


def numeric(table: dict[str, Array], aside: set[str]) -> list[str]:
    """The names of the numeric columns that are not set aside.

    Raises:
        LikewiseError: there is none.
    """
    names = [name for name, values in table.items() if name not in aside and values.dtype.kind in "buif"]
    if not names:
        spared = [name for name in table if name in aside and table[name].dtype.kind in "buif"]
        ask = f"; {listed(spared)} were set aside, and features= takes them in" if spared else ""
        raise LikewiseError(f"the table has no column of numbers to use as features; it has {', '.join(table)}{ask}.")
    return names


def require_complete(found: Array, names: list[str]) -> None:
    """Refuse missing values in the numbers ``[n, d]`` of columns; the first is named."""
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, column = bad[0]
        raise LikewiseError(
            f"row {row} of the table has NaN, infinity or nothing in column {names[column]!r}: fill it in, or leave "
            "the row or the column out."
        )


def listed(names: list[str]) -> str:
    """Names of columns, of many the first and the last."""
    return ", ".join(names) if len(names) <= 12 else f"{names[0]} to {names[-1]}"
