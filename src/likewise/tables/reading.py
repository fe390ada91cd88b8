"""Tables in files: delimited text, Parquet, Arrow, JSON lines, and folders of Parquet parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.errors import LikewiseError, unknown_name
from likewise.missing import missing_words
from likewise.tables.dialects import NAMES, Dialect, sniff
from likewise.tables.frame import Frame, named
from likewise.tables.held import frame_of_held

LARGEST_BLOCK = 1 << 30
"""Bytes within which a row of delimited text must end."""


def read_frame(
    source: Any,
    *,
    what: str = "the table",
    missing: Iterable[Any] | str | None = None,
    words: frozenset[str] | None = None,
    dialect: Mapping[str, Any] | None = None,
) -> Frame:
    """The table of a file, of a folder of Parquet parts, or of what holds one in memory.

    Args:
        source: a path, or a table of pandas, polars or pyarrow, a mapping of columns, a structured array.
        what: what a table in memory is called in errors.
        missing: texts and numbers that mean missing beside the usual ones.
        words: all texts that mean missing, in place of the usual ones.
        dialect: of delimited text: encoding, delimiter, header, decimal. Default: guessed, and said.

    Raises:
        LikewiseError: there is no such file, it is no table, or it cannot be read; or two columns have one name.
    """
    words = missing_words(missing) if words is None else words
    asked = Dialect.of(dialect)
    if isinstance(source, Frame):
        return source
    if not isinstance(source, str | Path):
        return frame_of_held(source, what, words)
    path = Path(source).expanduser()
    if not path.exists():
        raise LikewiseError(f"there is no table at {path}.")
    ending = ".parquet" if path.is_dir() else path.suffix.lower()
    if ending not in ENDINGS:
        raise unknown_name("ending of a table", ending, ENDINGS)
    kind, read = ENDINGS[ending]
    if read is None:
        return _text_frame(path, asked, words)
    try:
        return replace(named(read(path), str(path), words), file=path.name)
    except LikewiseError:
        raise
    except Exception as error:  # each reader has its own, and all say that the file is not what its name says
        raise LikewiseError(f"{path} cannot be read as {kind}: {_first_line(error)}.") from error


def is_table_path(path: Path) -> bool:
    """Whether a path is a table: by its ending, or as a folder that holds parts of one."""
    if path.is_dir():
        return path.suffix == ".parquet" or any(True for _ in path.glob("*.parquet")) or any(path.glob("*=*/*.parquet"))
    return path.suffix.lower() in ENDINGS


def _text_frame(path: Path, asked: Dialect, words: frozenset[str]) -> Frame:
    """Every cell of a delimited text as it is written; what is a number is found out later."""
    import pyarrow as pa

    dialect, first = sniff(path, asked)
    try:
        table = _cells(path, dialect, len(first))
    except (pa.ArrowException, UnicodeError, OSError) as error:
        said = _first_line(error)
        how = f"in {dialect.encoding}, separated by {NAMES.get(str(dialect.delimiter), repr(dialect.delimiter))}"
        raise LikewiseError(f"{path} cannot be read as CSV {how}: {said}.") from error
    notes = []
    if dialect.encoding == "cp1252" and asked.encoding is None:
        notes.append(f"{path.name} is not UTF-8 and is read as Windows-1252 (dialect: encoding)")
    if dialect.header:
        names, table = [_decoded(column[0].as_py()) for column in table.columns], table.slice(1)
    else:
        names = list(table.column_names)
        if asked.header is None:
            notes.append(f"{path.name} has numbers in its first row, which is read as a sample (dialect: header)")
    frame = named(table, str(path), words, names=names)
    spread = dialect.delimiter != ","
    return replace(frame, cells=True, decimal=dialect.decimal, spread=spread, notes=tuple(notes), file=path.name)


def _cells(path: Path, dialect: Dialect, columns: int) -> Any:
    """The rows of a delimited text, the first among them, all cells as strings; rows may be as long as they like."""
    import pyarrow as pa
    from pyarrow import csv

    names = [f"f{place}" for place in range(columns)]
    encoding = "utf8" if dialect.encoding in ("utf-8", "utf-8-sig") else str(dialect.encoding)
    block = 1 << 22
    while True:
        try:
            return csv.read_csv(
                path,
                read_options=csv.ReadOptions(column_names=names, block_size=block, encoding=encoding),
                parse_options=csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
                ),
            )
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block >= LARGEST_BLOCK:
                raise
            block *= 16


def _decoded(name: Any) -> str:
    return str(name).lstrip("\ufeff").strip()


def _parquet(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.read_table(path)


def _arrow(path: Path) -> Any:
    import pyarrow as pa

    with pa.memory_map(str(path)) as file:
        try:
            return pa.ipc.open_file(file).read_all()
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file).read_all()


def _json(path: Path) -> dict[str, list[Any]]:
    """The columns of records, one a line or all in one list; a record that lacks a column has none of it."""
    text = path.read_text(encoding="utf-8-sig")
    lines = [line for line in text.split("\n") if line.strip()]
    records = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in lines]
    for row, record in enumerate(records):
        if not isinstance(record, dict):
            raise LikewiseError(f"record {row} of {path} holds no named values.")
    names = dict.fromkeys(str(name) for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return (said[0] if said else type(error).__name__).rstrip(".")


ENDINGS: dict[str, tuple[str, Callable[[Path], Any] | None]] = {
    ".csv": ("CSV", None),
    ".tsv": ("TSV", None),
    ".parquet": ("Parquet", _parquet),
    ".arrow": ("Arrow", _arrow),
    ".feather": ("Feather", _arrow),
    ".jsonl": ("JSON lines", _json),
    ".ndjson": ("JSON lines", _json),
}
"""What tables are called by their endings, and what reads them; None: delimited text, which has a dialect."""
