"""Embeddings that someone else has computed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.data import Samples
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.space import Space

KEY = "key"
"""The column of a table that holds the samples' keys."""


def from_file(path: str | os.PathLike[str], samples: Samples | None = None, *, metric: str = "cosine") -> Space:
    """A space of the embeddings in a ``.npy``, ``.npz``, ``.parquet`` or ``.csv`` file, one row for each sample.

    A ``.npz`` file is a saved space, or holds one array [n, d]. Of a table all number columns count, in their order,
    or its one column of lists; where it has a column "key", rows are put in the order of the samples by it.

    Args:
        path: the file; nothing in it is unpickled.
        samples: what the rows belong to; they must be as many, or be found by their keys.
        metric: "cosine" or "euclidean"; a saved space keeps its own.

    Raises:
        LikewiseError: no such file, unknown ending, no numbers in it, rows that are not those of the samples.
    """
    file = Path(path)
    readers: dict[str, Callable[[Path], tuple[Array, Keys | None]]] = {".npy": _npy, ".npz": _npz}
    readers |= {".parquet": _table, ".csv": _table}
    if not file.is_file():
        raise LikewiseError(f"there is no file {file}.")
    if file.suffix not in readers:
        raise unknown_name("ending of an embedding file", file.suffix, readers)
    if file.suffix == ".npz" and _is_space(file):
        space = Space.load(file)
        return space if samples is None else _matched(space, samples, file)
    array, keys = readers[file.suffix](file)
    space = Space(array, metric, file.stem, keys, {"prior": "file", "file": file.name})
    return space if samples is None else _matched(space, samples, file)


def _matched(space: Space, samples: Samples, file: Path) -> Space:
    """The rows in the order of the samples."""
    array = space.array
    if space.keys is not None:
        rows = space.keys.positions(samples.keys)
        if (rows < 0).any():
            lost = samples.keys.values[int(np.argmax(rows < 0))]
            raise LikewiseError(f"{file} has no row for {int((rows < 0).sum())} samples; the first is {str(lost)!r}.")
        array = array[rows]
    if len(array) != len(samples):
        raise LikewiseError(f"{file} has {len(array)} rows and there are {len(samples)} samples: they must agree.")
    return Space(array, space.metric, space.name, samples.keys, space.info)


def _npy(file: Path) -> tuple[Array, None]:
    try:
        return np.load(file, allow_pickle=False), None
    except (ValueError, EOFError, OSError):
        raise LikewiseError(f"{file} is not a plain numpy array (pickled objects are not opened).") from None


def _is_space(file: Path) -> bool:
    try:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as arrays:
            return {"array", "space"} <= set(arrays.files)
    except Exception:
        raise LikewiseError(f"{file} is not a numpy archive.") from None


def _npz(file: Path) -> tuple[Array, None]:
    with file.open("rb") as raw, np.load(raw, allow_pickle=False) as arrays:
        if len(arrays.files) != 1:
            names = ", ".join(arrays.files)
            raise LikewiseError(f"{file} holds {len(arrays.files)} arrays ({names}): save the embeddings alone.")
        try:
            return arrays[arrays.files[0]], None
        except ValueError:
            raise LikewiseError(f"{file} holds pickled objects, which are not opened: save plain numbers.") from None


def _table(file: Path) -> tuple[Array, Keys | None]:
    import pyarrow as pa

    try:
        table = _read_parquet(file) if file.suffix == ".parquet" else _read_csv(file)
    except pa.ArrowException as error:
        raise LikewiseError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    keys = Keys.of(table.column(KEY).to_pylist()) if KEY in table.column_names else None
    values = table.drop_columns([KEY]) if keys is not None else table
    lists = [f.name for f in values.schema if pa.types.is_list(f.type) or pa.types.is_fixed_size_list(f.type)]
    if len(lists) == 1:
        rows = values.column(lists[0]).to_pylist()
        if len({len(row) if row is not None else -1 for row in rows}) != 1:
            raise LikewiseError(f"the lists in column {lists[0]!r} of {file} differ in length.")
        return np.array(rows, dtype=np.float32), keys
    numbers = [f.name for f in values.schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)]
    if not numbers:
        raise LikewiseError(f"{file} has no number columns and no column of lists.")
    stacked = [values.column(name).to_numpy(zero_copy_only=False).astype(np.float32) for name in numbers]
    return np.stack(stacked, 1), keys


def _read_parquet(file: Path) -> Any:
    from pyarrow import parquet

    return parquet.read_table(file)


def _read_csv(file: Path) -> Any:
    """A table with a header, or without one if its first row is all numbers."""
    from pyarrow import csv

    table = csv.read_csv(file)
    try:
        for name in table.column_names:
            float(name)
    except ValueError:
        return table
    return csv.read_csv(file, read_options=csv.ReadOptions(autogenerate_column_names=True))
