"""Series in long tables: one row for each step of each series."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.missing import missing_in
from likewise.modalities.columns import Table, listed, require_complete


def gather(
    by: Array,
    time: Array | None,
    names: list[str],
    table: dict[str, Array],
    pad: Callable[[Sequence[Array]], Array],
) -> Table:
    """``[n, C, T]`` of the columns ``names`` of a long table, in the order in which its series first occur.

    Columns that do not change within any series become metadata; the others are left out.

    Args:
        by: ``[rows]``, which series a row belongs to.
        time: ``[rows]``, by which the rows of a series are put in order; None: as they stand.
        names: of the channels.
        table: all columns.
        pad: one array of series ``[C, t]``.

    Raises:
        LikewiseError: a value, a time or what says the series is missing, or a series has two rows of one time.
    """
    for name in names:
        if table[name].dtype.kind not in "buif":
            raise LikewiseError(f"values={name!r} is a column of {table[name].dtype}, a channel needs numbers.")
    gone = missing_in(by)
    if gone.any():
        raise LikewiseError(
            f"row {int(np.argmax(gone))} of the table belongs to no series: fill it in, or leave it out."
        )
    values = np.column_stack([table[name].astype(np.float64, copy=False) for name in names])
    require_complete(values, names)
    order, code = _order(by, time)
    values = values[order]
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    series = pad([part.T for part in np.split(values, starts[1:])])
    columns = {name: column[order][starts] for name, column in table.items() if name not in names}
    kept = {name: column for name, column in columns.items() if _steady(table[name][order], column, code)}
    left = [name for name in columns if name not in kept]
    notes = [f"{len(starts):,} series of {len(by):,} rows, channels: {listed(names)}"]
    if left:
        notes.append(f"columns that change within a series are left out: {listed(left)}")
    return Table(series, {**kept, "key": by[order][starts]}, notes=tuple(notes))


def _order(by: Array, time: Array | None) -> tuple[Array, Array]:
    """The rows in the order of their series, then of time, and the number of each one's series, both ``[rows]``."""
    known, first, code = np.unique(by.astype(str), return_index=True, return_inverse=True)
    rank = np.empty(len(known), np.int64)
    rank[np.argsort(first)] = np.arange(len(known))
    code = rank[code]
    if time is None:
        order = np.argsort(code, kind="stable")
        return order, code[order]
    rank = np.unique(_complete(time), return_inverse=True)[1]
    order = np.lexsort((rank, code))
    code, time = code[order], time[order]
    again = (code[1:] == code[:-1]) & (time[1:] == time[:-1])
    if again.any():
        place = 1 + int(np.argmax(again))
        raise LikewiseError(
            f"the series {str(by[order[place]])!r} has two rows of the time {time[place]}: leave one out."
        )
    return order, code


def _complete(time: Array) -> Array:
    """Times, if none is missing."""
    gone = np.isnat(time) if time.dtype.kind in "mM" else np.array([each is None or each != each for each in time])
    if gone.any():
        raise LikewiseError(f"row {int(np.argmax(gone))} of the table has no time: fill it in, or leave the row out.")
    return time


def _steady(column: Array, first: Array, code: Array) -> bool:
    """Whether a column ``[rows]`` has the first value of its series in each row."""
    if column.ndim > 1:
        return False
    same = column == first[code]
    missing = (column != column) & (first[code] != first[code])
    return bool(np.all(same | missing))
