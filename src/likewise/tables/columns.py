"""The values of one column: numbers, dates and lists where it holds them, and strings where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from likewise.arrays import Array, as_dates
from likewise.errors import LikewiseError
from likewise.missing import is_gone, missing_in

WHOLE = r"^[+-]?\d+$"
NAMES = r"^[+-]?(0\d|\d{16,}$)"
"""Digits that are a name and no number: with a leading zero, or more of them than a float holds."""
FRACTION = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+$"
EXACT = 1 << 53
"""Up to here whole numbers are exact as floats."""


def plain(column: Any) -> list[Any]:
    """The values of a column as Python has them."""
    if not isinstance(column, np.ndarray):
        import pyarrow as pa

        column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        values: list[Any] = column.to_pylist()
        return values
    if isinstance(column, np.ma.MaskedArray):
        return list(column.tolist())
    if column.dtype.kind in "mM" and np.datetime_data(column.dtype)[0] == "ns":  # which Python has no type for
        column = column.astype(f"{column.dtype.kind}8[us]")
    return list(column.tolist())


def as_written(value: Any) -> str:
    """A value as a name: whole floats without their point, as they were before a missing one made them floats.

    >>> as_written(7.0), as_written("007"), as_written(2.5)
    ('7', '007', '2.5')
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def cell_values(column: Any, words: frozenset[str], decimal: str | None, spread: bool) -> Array:
    """The values of the cells ``[n]`` of a delimited text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column.combine_chunks() if hasattr(column, "combine_chunks") else column)
    text = pc.if_else(pc.is_in(text, pa.array(sorted(words), pa.string())), pa.scalar(None, pa.string()), text)
    known = text.drop_null()
    if not len(known):
        return np.array([None] * len(column), dtype=object)
    if not _any(known, NAMES):
        if decimal == "," or (decimal is None and _any(known, FRACTION) and (spread or not _all(known, THOUSANDS))):
            text = pc.replace_substring(text, ",", ".")
        numbers = _numbers(text, len(known) < len(text))
        if numbers is not None:
            return numbers
    truth = pc.utf8_lower(known)
    if pc.all(pc.is_in(truth, pa.array(["true", "false"]))).as_py() and len(known) == len(text):
        return np.asarray(pc.equal(pc.utf8_lower(text), "true").to_numpy(zero_copy_only=False))
    dates = _dates(text)
    if dates is not None:
        return dates
    return np.array(pc.if_else(pc.is_valid(text), column.combine_chunks(), text).to_pylist(), dtype=object)


def _any(text: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(text, pattern)).as_py())


def _all(text: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())


def _numbers(text: Any, gaps: bool) -> Array | None:
    """Whole numbers, or else floats with NaN for what is missing; None where a cell is neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.replace_substring_regex(text, r"^\+", "")
    for kind in (pa.float64(),) if gaps else (pa.int64(), pa.float64()):
        try:
            return np.asarray(pc.cast(text, kind).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            continue
    return None


def _dates(text: Any) -> Array | None:
    """Dates or times, those with a zone in UTC; None where a cell is neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _all(text.drop_null(), r"^\d{4}-\d\d-\d\d"):
        return None
    for kind in (pa.date32(), pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("us", "UTC")):
        try:
            return np.asarray(pc.cast(text, kind).to_numpy(zero_copy_only=False)).astype(
                "datetime64[D]" if pa.types.is_date(kind) else f"datetime64[{kind.unit}]"
            )
        except pa.ArrowInvalid:
            continue
    return None


def arrow_values(column: Any, name: str, words: frozenset[str]) -> Array:
    """The values ``[n]`` or ``[n, d]`` of a column that has a type."""
    import pyarrow as pa

    kind = column.type
    types = pa.types
    if types.is_dictionary(kind):
        return arrow_values(column.cast(kind.value_type), name, words)
    if types.is_decimal(kind):
        return arrow_values(column.cast(pa.float64()), name, words)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _lists(column, name)
    if types.is_timestamp(kind) or types.is_date(kind) or types.is_duration(kind):
        return np.asarray(column.to_numpy())
    found = column.to_pylist() if column.null_count else []
    if types.is_integer(kind) and any(value is not None and abs(value) > EXACT for value in found):
        return np.array([None if value is None else str(value) for value in found], dtype=object)
    if types.is_floating(kind) or types.is_integer(kind) or types.is_boolean(kind):
        return array_values(np.array(found, dtype=float) if found else np.asarray(column.to_numpy()), words)
    return array_values(np.array(column.to_pylist(), dtype=object), words)


def array_values(column: Array, words: frozenset[str]) -> Array:
    """The values of an array ``[n]`` or ``[n, d]``: numbers or dates where all that is there is one, else strings."""
    if isinstance(column, np.ma.MaskedArray):
        column = np.array(column.tolist(), dtype=object)
    if column.dtype.kind in "biufmM":
        gone = missing_in(column, words) if column.ndim == 1 else np.zeros(0, bool)
        return np.where(gone, np.nan, column) if gone.any() and column.dtype.kind not in "mM" else column
    if column.ndim != 1:
        return column
    known = [None if is_gone(value, words) else value for value in column.tolist()]
    present = [value for value in known if value is not None]
    if present and all(isinstance(value, int | float | np.number) for value in present):
        numbers = np.array([np.nan if value is None else value for value in known])
        if numbers.dtype.kind in "biuf":
            return numbers
    found = as_dates(np.array(known, dtype=object))
    if found.dtype.kind in "mM":
        return found
    return np.array([None if value is None else as_written(value) for value in known], dtype=object)


def arrow_array(values: list[Any]) -> Any:
    """An Arrow column of values, or an array of objects where they are of several kinds, or too large."""
    import pyarrow as pa

    try:
        return pa.chunked_array([pa.array(values)])
    except (pa.ArrowException, OverflowError):
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return found


def _lists(column: Any, name: str) -> Array:
    import pyarrow.compute

    lengths = pyarrow.compute.list_value_length(column).to_pylist()
    if len(set(lengths)) != 1 or not lengths[0]:
        raise LikewiseError(f"the lists of column {name!r} differ in length or are missing: vectors need one length.")
    parts = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.concatenate(parts).reshape(len(lengths), -1)


def number_words(text: Array, name: str, where: str, decimal: str | None) -> Array:
    """float64 ``[n]`` of texts that are asked for as numbers, NaN where one is missing.

    Raises:
        LikewiseError: one is none; the row is named.
    """
    found = np.full(len(text), np.nan)
    for row, word in enumerate(text):
        if word is None:
            continue
        try:
            found[row] = float(word.replace(",", ".") if decimal != "." else word)
        except ValueError:
            raise LikewiseError(f"row {row} of {where} has {word!r} in column {name!r}, which is no number.") from None
    return found
