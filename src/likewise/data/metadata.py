"""Columns of metadata, and how they are joined to samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, as_numpy
from likewise.data.matching import match
from likewise.data.options import Options
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.missing import MISSING, is_gone
from likewise.tables import Frame, array_values, is_table, read_frame

Columns = Mapping[str, Any] | str | Path | Any


def as_column(values: Any, n: int, name: str, words: frozenset[str] = MISSING) -> Array:
    """One value a sample, ``[n]``: numbers, dates and times as they are, all else as strings ("" where there is none).

    Raises:
        LikewiseError: not one value for each of the n samples.
    """
    column = array_values(as_numpy(values), words)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.shape != (n,):
        raise LikewiseError(f"column {name!r} has the shape {list(column.shape)}, but there are {n} samples.")
    return column if column.dtype.kind in "buifmM" else as_text(column, words)


def as_text(column: Array, words: frozenset[str] = MISSING) -> Array:
    """The values ``[n]`` as strings, "" where there is none."""
    if column.dtype.kind in "mM" and np.datetime_data(column.dtype)[0] == "ns":  # which Python has no type for
        column = column.astype(f"{column.dtype.kind}8[us]")
    return np.array(["" if is_gone(value, words) else str(value) for value in column.tolist()], dtype=str)


def join(columns: Columns, n: int, keys: Keys | None, options: Options) -> tuple[dict[str, Array], list[str]]:
    """The columns of a mapping as they stand, or those of a table whose column "key" names the samples; notes.

    A table in memory without that column has one row a sample.

    Sentences on how keys were matched follow.

    Raises:
        LikewiseError: a file has no column "key", names a key twice, or misses one of the samples.
    """
    if isinstance(columns, Mapping):
        return {str(name): as_column(values, n, str(name)) for name, values in columns.items()}, []
    held = is_table(columns)
    if not held and not isinstance(columns, str | Path):
        raise LikewiseError(f"columns= takes a mapping, a file or a table, got a {type(columns).__name__}.")
    frame = read_frame(columns, what="the metadata", missing=options.missing, dialect=options.dialect)
    key = _key_of(frame, keys)
    names = [name for name in frame.names if name != key and name not in frame.nameless]
    if key is None:
        if not held:
            raise LikewiseError(f'{columns} needs a column "key" that names the samples; it has {_listed(frame)}.')
        return {name: as_column(_values(frame, name, options), n, name) for name in names}, []
    if keys is None:
        raise LikewiseError("columns from a table are joined by key: pass keys=, too.")
    named = Keys.of(name or "" for name in frame.text(key))
    rows, notes = match(named, keys, frame.where)
    return {name: as_column(_values(frame, name, options), len(named), name)[rows] for name in names}, notes


def _key_of(frame: Frame, keys: Keys | None) -> str | None:
    """The column "key", or one without a name that has all of the samples' keys, as pandas writes an index."""
    if "key" in frame:
        return "key"
    wanted = set() if keys is None else set(keys.values.tolist())
    return next((name for name in sorted(frame.nameless) if wanted and wanted <= set(frame.text(name))), None)


def _values(frame: Frame, name: str, options: Options) -> Array:
    return frame.values(name, options.types.get(name))


def _listed(frame: Frame) -> str:
    return ", ".join(frame.names)
