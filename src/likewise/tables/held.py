"""Tables that people hold in memory: of pandas, polars, pyarrow or anything with their interfaces; mappings; arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError
from likewise.tables.frame import Frame, named


def is_table(source: Any) -> bool:
    """Whether an object holds a table: has columns with names, and says so in one of the usual ways."""
    if isinstance(source, np.ndarray):
        return source.dtype.names is not None
    if isinstance(source, type) or texts_of(source) is not None or _is_column(source):
        return False
    ways = ("__arrow_c_stream__", "__dataframe__", "collect_schema", "column_names")
    return any(hasattr(source, way) for way in ways) and not hasattr(source, "select_columns")


def texts_of(source: Any) -> Array | None:
    """Strings ``[n]`` of a list, a tuple or a column that holds nothing else; None of anything else."""
    if isinstance(source, list | tuple):
        found = source
    elif _is_column(source):
        found = as_numpy(source).tolist()
    else:
        return None
    if not len(found) or not all(isinstance(text, str) for text in found):
        return None
    return np.array(found, dtype=object)


def frame_of_held(source: Any, what: str, words: frozenset[str]) -> Frame:
    """The table that an object holds.

    Raises:
        LikewiseError: it holds none, its columns differ in length, or two have one name.
    """
    if isinstance(source, Mapping):
        columns = {str(name): _one_axis(values, str(name), what) for name, values in source.items()}
        return named(columns, what, words)
    if isinstance(source, np.ndarray) and source.dtype.names is not None:
        return named({name: source[name] for name in source.dtype.names}, what, words)
    if not is_table(source):
        raise LikewiseError(f"{what} must be a file, a table or a mapping of columns, got {type(source).__name__}.")
    return named(_arrow_of(source, what), what, words)


def _arrow_of(source: Any, what: str) -> Any:
    """An Arrow table, or columns as arrays where a column holds what Arrow has no type for."""
    import pyarrow as pa

    if hasattr(source, "collect_schema") and hasattr(source, "collect"):  # a lazy table of polars
        source = source.collect()
    names = [str(name) for name in getattr(source, "columns", ())] if not isinstance(source, pa.Table) else []
    if len(set(names)) < len(names):
        raise LikewiseError(f"{what} has the column {_twice(names)!r} twice: rename one of them.")
    try:
        if isinstance(source, pa.Table):
            return source
        if hasattr(source, "__arrow_c_stream__") or hasattr(source, "column_names"):
            return pa.table(source)
        from pyarrow import interchange

        return interchange.from_dataframe(source)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError) as error:
        if names and hasattr(source, "__getitem__"):
            if getattr(getattr(source, "index", None), "name", None) is not None:  # of pandas
                return _arrow_of(source.reset_index(), what)
            return {name: as_numpy(source[key]) for name, key in zip(names, source.columns, strict=True)}
        raise LikewiseError(f"{what} cannot be read as a table: {str(error).splitlines()[0]}.") from error


def _one_axis(values: Any, name: str, what: str) -> Array:
    column = as_numpy(values)
    if column.dtype.kind in "US" and not all(isinstance(value, str | bytes) for value in values):
        column = np.array(list(values), dtype=object)  # numbers among texts stay what they are
    if column.ndim == 0:
        raise LikewiseError(f"column {name!r} of {what} holds a single value, {values!r:.40}: give one for each row.")
    return column


def _is_column(source: Any) -> bool:
    """Whether an object is one column: a series of pandas or polars, an array of pyarrow."""
    if hasattr(source, "columns") or hasattr(source, "column_names") or isinstance(source, np.ndarray):
        return False
    arrow = hasattr(source, "to_pylist") and hasattr(source, "type")
    return arrow or (hasattr(source, "to_numpy") and len(getattr(source, "shape", ())) == 1)


def _twice(names: list[str]) -> str:
    return next(name for name in names if names.count(name) > 1)
