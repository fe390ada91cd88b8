"""How a table of delimited text is written: its encoding, what separates its columns, and whether it has a header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from likewise.errors import LikewiseError, unknown_name
from likewise.missing import MISSING

DELIMITERS = ",;\t|"
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
BLOCK, ROWS = 1 << 17, 20
"""Characters that are looked at, and rows at least."""
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """How a delimited text is to be read; what is None is guessed.

    Attributes:
        encoding: such as "utf-8".
        delimiter: one character.
        header: whether the first row holds names.
        decimal: "." or ",", which parts whole numbers from fractions.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    decimal: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Dialect:
        """The dialect of named choices.

        Raises:
            LikewiseError: there is no such choice, or a value that it cannot have.
        """
        given = {name: WORDS.get(value, value) for name, value in (given or {}).items()}
        for name in given:
            if name not in cls.__dataclass_fields__:
                raise unknown_name("choice of a dialect", name, cls.__dataclass_fields__)
        made = cls(**given)
        if made.delimiter is not None and (not isinstance(made.delimiter, str) or len(made.delimiter) != 1):
            raise LikewiseError(f"delimiter must be one character, got {made.delimiter!r}.")
        if made.decimal not in (None, ".", ","):
            raise LikewiseError(f"decimal must be '.' or ',', got {made.decimal!r}.")
        if made.header not in (None, True, False):
            raise LikewiseError(f"header must be true or false, got {made.header!r}.")
        return made


WORDS: dict[Any, Any] = {"comma": ",", "no": False, "semicolon": ";", "tab": "\t", "yes": True}
"""What may be said in words, on a command line for example."""


def sniff(path: Path, asked: Dialect) -> tuple[Dialect, list[str]]:
    """The dialect of a file, and its first row.

    Raises:
        LikewiseError: it is empty, or in an encoding that is not known.
    """
    encoding = asked.encoding or find_encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = file.readlines(BLOCK)
            lines += islice(file, max(0, ROWS - len(lines)))
            whole = not file.readline()
    except (UnicodeError, LookupError) as error:
        raise LikewiseError(f"{path} cannot be read in the encoding {encoding}: {error}.") from None
    text = "".join(lines)
    delimiter = asked.delimiter or ("\t" if path.suffix.lower() == ".tsv" else _delimiter(text, whole))
    rows = _rows(text, delimiter, whole)
    if not rows:
        raise LikewiseError(f"{path} holds no rows.")
    header = asked.header if asked.header is not None else _is_header(rows[0])
    return replace(asked, encoding=encoding, delimiter=delimiter, header=header), rows[0]


def find_encoding(path: Path) -> str:
    """UTF-8, what a byte order mark says, UTF-16 where half of the bytes are none, or else Windows-1252."""
    with path.open("rb") as file:
        start = file.read(4096)
        for mark, name in MARKS:
            if start.startswith(mark):
                return name
        if start.count(0) > len(start) // 4:
            return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _rows(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The rows of a text, without the last where it may be cut."""
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    except csv.Error:  # a cell that is longer than Python reads: the rows before it tell enough
        return rows
    return rows if whole or len(rows) < 3 else rows[:-1]


def _delimiter(text: str, whole: bool) -> str:
    """What separates the columns: gives all rows as many of them, most cells numbers or names, and many columns."""

    def worth(delimiter: str) -> tuple[bool, float, int]:
        rows = _rows(text, delimiter, whole)
        widths = [len(row) for row in rows] or [0]
        even = widths[0] > 1 and len(set(widths)) == 1
        cells = [cell.strip() for row in rows[1:] for cell in row]
        clean = sum(cell in MISSING or bool(NUMBER.fullmatch(cell)) for cell in cells) / max(1, len(cells))
        return even, clean, widths[0]

    found = {mark: worth(mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: found[mark])
    return best if found[best][0] else max(DELIMITERS, key=lambda mark: found[mark][2])


def _is_header(row: Sequence[str]) -> bool:
    """Whether a first row holds names: no numbers, or numbers that count up as years and wavelengths do."""
    cells = [cell.strip() for cell in row]
    numbers = [float(cell.replace(",", ".")) for cell in cells if NUMBER.fullmatch(cell)]
    if not numbers or not cells[0]:
        return True
    if len(numbers) < 2 or len(set(numbers)) < len(numbers):
        return False
    if numbers == list(range(len(numbers))):  # how pandas names the columns of an array
        return True
    steps = [after - before for before, after in pairwise(numbers)]
    even = max(steps) - min(steps) <= 1e-6 * abs(steps[0]) and steps[0] > 0
    return (even and len(steps) >= 2) or (len(steps) >= 5 and min(steps) > 0)
