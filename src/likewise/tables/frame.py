"""The columns of a table, each as text, as it was written, and as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError, unknown_name
from likewise.missing import MISSING, is_gone
from likewise.tables.columns import (
    array_values,
    arrow_array,
    arrow_values,
    as_written,
    cell_values,
    number_words,
    plain,
)

NAMELESS = re.compile(r"(unnamed: \d+|__index_level_\d+__|)$", re.IGNORECASE)
"""What pandas calls columns and indices that have no name."""
TYPES = ("text", "number", "date")


@dataclass(frozen=True)
class Frame:
    """A table as it was read: nothing in it is taken for a number before it is asked for as one.

    Attributes:
        columns: by name, each an Arrow column or an array ``[n]`` or ``[n, d]``.
        where: what errors call the table.
        file: the name of the file that it was read from; "" where there is none.
        words: texts that mean missing.
        nameless: names that were made up, because the columns have none.
        cells: whether all columns are text of which some may be numbers, as in a CSV file.
        decimal: what parts fractions in such text; None: told from each column.
        spread: whether the columns of the file are separated by something else than commas.
        notes: sentences on how it was read.
    """

    columns: Mapping[str, Any]
    where: str
    words: frozenset[str] = MISSING
    nameless: frozenset[str] = frozenset()
    cells: bool = False
    decimal: str | None = None
    spread: bool = False
    notes: tuple[str, ...] = ()
    file: str = ""
    _read: dict[tuple[str, str | None], Array] = field(default_factory=dict, repr=False)

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in order."""
        return tuple(self.columns)

    def require(self, *names: str) -> None:
        """Refuse names that no column has."""
        for name in names:
            if name not in self.columns:
                raise unknown_name("column", name, self.columns)

    def text(self, name: str) -> Array:
        """Objects ``[n]``: what was written, None where it is missing. Whole numbers have no point."""
        self.require(name)
        return np.array(
            [None if is_gone(value, self.words) else as_written(value) for value in plain(self.columns[name])], object
        )

    def values(self, name: str, kind: str | None = None) -> Array:
        """Numbers, dates ``[n]``, lists of numbers ``[n, d]``, or else strings, with None where one is missing.

        Args:
            name: of the column.
            kind: "text", "number" or "date"; default what the column holds.

        Raises:
            LikewiseError: no such column, or it is not of that kind; the row is named.
        """
        self.require(name)
        if (name, kind) not in self._read:
            self._read[name, kind] = self._values(name, kind)
        return self._read[name, kind]

    def _values(self, name: str, kind: str | None) -> Array:
        if kind is not None and kind not in TYPES:
            raise unknown_name("type of a column", kind, TYPES)
        column = self.columns[name]
        if kind == "text":
            return self.text(name)
        if isinstance(column, np.ndarray):
            found = array_values(column, self.words)
        elif self.cells:
            found = cell_values(column, self.words, self.decimal, self.spread)
        else:
            found = arrow_values(column, name, self.words)
        if kind == "number" and found.dtype.kind not in "buif":
            return number_words(self.text(name), name, self.where, self.decimal)
        if kind == "date" and found.dtype.kind not in "mM":
            return self._dates(name)
        return found

    def _dates(self, name: str) -> Array:
        text = self.text(name)
        try:
            return np.array(["NaT" if value is None else value for value in text], dtype="datetime64")
        except ValueError as error:
            raise LikewiseError(f"column {name!r} of {self.where} is asked for as dates, but: {error}.") from None


def named(table: Any, where: str, words: frozenset[str], *, names: Sequence[str] | None = None) -> Frame:
    """The frame of an Arrow table or a mapping, whose columns must have names of their own and one length.

    Raises:
        LikewiseError: two columns have one name, or differ in length.
    """
    if isinstance(table, Mapping):
        found = [str(name) for name in table]
        columns = [arrow_array(column) if isinstance(column, list) else column for column in table.values()]
    else:
        columns, found = list(table.columns), [str(name) for name in table.column_names]
    given = [name.strip() for name in (found if names is None else names)]
    made = [f"column {place}" if NAMELESS.match(name) else name for place, name in enumerate(given)]
    for name in made:
        if made.count(name) > 1:
            raise LikewiseError(f"{where} has the column {name!r} twice: rename one of them.")
    if len({len(column) for column in columns}) > 1:
        raise LikewiseError(f"the columns of {where} differ in length.")
    nameless = frozenset(new for new, old in zip(made, given, strict=True) if new != old)
    return Frame(dict(zip(made, columns, strict=True)), where, words, nameless)
