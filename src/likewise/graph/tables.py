"""Graphs of tables of pairs: columns a and b, and alike (yes or no) or weight, by key or by position."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, as_ids, as_numpy
from likewise.errors import LikewiseError
from likewise.graph.similarity_graph import SimilarityGraph
from likewise.graph.terms import Source, edges_from_arrays
from likewise.keys import Keys

YES = {"1", "1.0", "true", "yes", "y", "alike", "same"}
NO = {"0", "0.0", "false", "no", "n", "different"}


def from_table(table: Any, *, n: int | None = None, keys: Keys | None = None, name: str = "pairs") -> SimilarityGraph:
    """The graph of a table of unordered pairs: a CSV or Parquet file, or a mapping of columns.

    Columns ``a`` and ``b`` hold keys (where ``keys`` are given and the columns are text) or positions. A column
    ``alike`` holds yes or no (a no is a known difference), a column ``weight`` in [0, 1] how alike; neither: all alike.

    Raises:
        LikewiseError: a column is missing, a key or position does not exist, a value is neither yes nor no, or the
            same pair is both alike and different (the first is named).
    """
    if n is None and keys is None:
        raise LikewiseError("a table of pairs needs the number of samples: give n or the samples' keys.")
    count = len(keys) if keys is not None else int(n or 0)
    columns = read_columns(table)
    where = str(table) if isinstance(table, str | Path) else "the table"
    if "a" not in columns or "b" not in columns:
        raise LikewiseError(f"{where} needs the columns a and b, found {', '.join(columns) or 'none'}.")
    if len({len(columns[name]) for name in columns}) > 1:
        raise LikewiseError(f"the columns of {where} differ in length.")
    a, b = (_positions(columns[side], count, keys, f"column {side} of {where}") for side in "ab")
    alike = np.ones(len(a), bool)
    weight = np.ones(len(a), np.float32)
    if "alike" in columns:
        alike = _yes_or_no(columns["alike"], where)
    if "weight" in columns:
        weight = _numbers(columns["weight"], where)
        if not ((weight >= 0) & (weight <= 1)).all():
            raise LikewiseError(f"the weights of {where} must lie in [0, 1].")
    _refuse_contradictions(a, b, alike, count, keys, where)
    source = Source(name, {"table": Path(table).name} if isinstance(table, str | Path) else {})
    both = np.r_[a[alike], b[alike]], np.r_[b[alike], a[alike]]
    edges = edges_from_arrays(count, *both, np.r_[weight[alike], weight[alike]], source=source)
    graph = SimilarityGraph.of_term(edges, keys=keys)
    if alike.all():
        return graph
    no = edges_from_arrays(count, a[~alike], b[~alike], weight[~alike], source=source, different=True)
    return graph | SimilarityGraph.of_term(no, keys=keys)


def read_columns(table: Any) -> dict[str, Array]:
    """The columns of a CSV or Parquet file, a pyarrow table, or a mapping, as numpy arrays."""
    if isinstance(table, str | Path):
        table = _read_file(Path(table))
    if isinstance(table, Mapping):
        return {str(name): as_numpy(values) for name, values in table.items()}
    if hasattr(table, "column_names"):
        return {name: np.asarray(table.column(name).to_pylist()) for name in table.column_names}
    raise LikewiseError(f"a table of pairs must be a file, a pyarrow table or a mapping, got {type(table).__name__}.")


def _read_file(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    if not path.is_file():
        raise LikewiseError(f"no table at {path}.")
    try:
        return pa.parquet.read_table(path) if path.suffix == ".parquet" else pa.csv.read_csv(path)
    except (pa.ArrowException, OSError) as error:
        raise LikewiseError(
            f"{path} cannot be read as {'Parquet' if path.suffix == '.parquet' else 'CSV'}: {error}"
        ) from None


def _positions(values: Array, n: int, keys: Keys | None, what: str) -> Array:
    if values.dtype.kind in "iu":
        return as_ids(values, n, what)
    if keys is None:
        raise LikewiseError(f"{what} holds names, but the samples have no keys: give keys, or positions from 0.")
    found = keys.positions(Keys(values.astype(np.dtypes.StringDType())))
    if (found < 0).any():
        raise LikewiseError(
            f"{what} names {str(values[int(np.argmax(found < 0))])!r}, which is not among the samples' keys."
        )
    return found


def _numbers(values: Array, where: str) -> Array:
    try:
        return values.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise LikewiseError(f"the weights of {where} must be numbers: {error}.") from None


def _yes_or_no(values: Array, where: str) -> Array:
    words = [str(value).strip().lower() for value in values.tolist()]
    for row, word in enumerate(words):
        if word not in YES and word not in NO:
            raise LikewiseError(f"row {row} of {where} says alike = {word!r}: write yes or no.")
    return np.array([word in YES for word in words], bool)


def _refuse_contradictions(a: Array, b: Array, alike: Array, n: int, keys: Keys | None, where: str) -> None:
    pair = np.minimum(a, b) * n + np.maximum(a, b)
    clash = np.union1d(np.intersect1d(pair[alike], pair[~alike]), pair[~alike & (a == b)])  # all are alike themselves
    if len(clash):
        names = [str(keys.values[i]) if keys is not None else str(i) for i in divmod(int(clash[0]), n)]
        more = f" and {len(clash) - 1} more" if len(clash) > 1 else ""
        raise LikewiseError(
            f"{where} says both alike and different of {names[0]} and {names[1]}{more}: settle it first."
        )
