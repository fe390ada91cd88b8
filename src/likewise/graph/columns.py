"""Columns of numbers and words as tables of pyarrow."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.arrays import Array


def table_of(**columns: Array | list[str]) -> Any:
    """A pyarrow table of numbers and words, over the memory of the arrays.

    ``pyarrow.array`` would import pandas, where that is installed, to see whether it was given something of its.
    """
    import pyarrow as pa

    def column(values: Array | list[str]) -> Any:
        if isinstance(values, list):
            encoded = [value.encode() for value in values]
            ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
            buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
            return pa.Array.from_buffers(pa.large_string(), len(values), buffers).cast(pa.string())
        kept = np.ascontiguousarray(values)
        return pa.Array.from_buffers(pa.from_numpy_dtype(kept.dtype), len(kept), [None, pa.py_buffer(kept)])

    return pa.Table.from_arrays([column(values) for values in columns.values()], names=list(columns))
