"""Tables: CSV and Parquet files, read by Arrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError


def read_table(path: Path) -> dict[str, Array]:
    """The columns of a CSV or Parquet file: numbers, dates ``[n]``; lists of numbers ``[n, d]``; all else as objects.

    Raises:
        LikewiseError: there is no such file, or it cannot be read.
    """
    import pyarrow as pa

    try:
        if path.suffix.lower() == ".csv":
            from pyarrow import csv

            table = csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=_delimiter(path)))
        else:
            from pyarrow import parquet

            table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise LikewiseError(f"cannot read the table {path}: {error}.") from error
    return {name: _values(table.column(name), name, pa) for name in table.column_names}


def _delimiter(path: Path) -> str:
    """What separates the columns of a CSV file: a comma, or what its header has more of, a semicolon or a tab."""
    with path.open(encoding="utf-8", errors="replace") as file:
        header = file.readline()
    return max(",;\t", key=header.count)


def _values(column: Any, name: str, pa: Any) -> Array:
    """A column as numpy: missing numbers become NaN, which the check of the vectors finds."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return np.array(column.to_pylist(), dtype=float) if column.null_count else np.asarray(column.to_numpy())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        import pyarrow.compute

        lengths = pyarrow.compute.list_value_length(column).to_pylist()
        if len(set(lengths)) != 1 or not lengths[0]:
            raise LikewiseError(
                f"the lists of column {name!r} differ in length or are missing: vectors need one length."
            )
        return np.concatenate([chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]).reshape(
            len(lengths), -1
        )
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_duration(kind):
        return np.asarray(column.to_numpy())
    return np.array(column.to_pylist(), dtype=object)
