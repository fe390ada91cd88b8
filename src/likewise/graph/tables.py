"""Graphs of tables of pairs: columns a and b, and alike (yes or no) or weight, by key or by position."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError, unknown_name
from likewise.graph.similarity_graph import SimilarityGraph
from likewise.graph.terms import Source, edges_from_arrays
from likewise.keys import Keys
from likewise.tables import Frame, read_frame

YES = {"1", "1.0", "true", "yes", "y", "alike", "same"}
NO = {"0", "0.0", "false", "no", "n", "different"}


def from_table(
    table: Any,
    *,
    n: int | None = None,
    keys: Keys | None = None,
    by: Literal["key", "position"] | None = None,
    name: str = "pairs",
) -> SimilarityGraph:
    """The graph of a table of unordered pairs: a file, a table in memory, or a mapping of columns.

    Columns ``a`` and ``b`` name the samples. A column ``alike`` holds yes or no (a no is a known difference), a column
    ``weight`` in [0, 1] how alike; neither: all alike.

    Args:
        table: of pairs.
        n: the number of samples, where they have no keys.
        keys: of the samples.
        by: "key": ``a`` and ``b`` are keys, as they are written; "position": rows, from 0. Default: keys where the
            samples have some.
        name: of the source.

    Raises:
        LikewiseError: a column is missing, a key or position does not exist, a value is neither yes nor no, or the
            same pair is both alike and different (the first is named).
    """
    if n is None and keys is None:
        raise LikewiseError("a table of pairs needs the number of samples: give n or the samples' keys.")
    if by not in (None, "key", "position"):
        raise unknown_name("choice for by", by, ("key", "position"))
    count = len(keys) if keys is not None else int(n or 0)
    frame = read_frame(table)
    where = frame.where
    if "a" not in frame or "b" not in frame:
        raise LikewiseError(f"{where} needs the columns a and b, found {', '.join(frame.names) or 'none'}.")
    matched = None if by == "position" else keys
    a, b = (_positions(frame, side, count, matched, by) for side in "ab")
    alike = np.ones(len(a), bool)
    weight = np.ones(len(a), np.float32)
    if "alike" in frame:
        alike = _yes_or_no(frame.text("alike"), where)
    if "weight" in frame:
        weight = frame.values("weight", "number").astype(np.float32)
        if not ((weight >= 0) & (weight <= 1)).all():
            raise LikewiseError(f"the weights of {where} must lie in [0, 1].")
    _refuse_contradictions(a, b, alike, count, keys, where)
    source = Source(name, {"table": frame.file} if frame.file else {})
    both = np.r_[a[alike], b[alike]], np.r_[b[alike], a[alike]]
    edges = edges_from_arrays(count, *both, np.r_[weight[alike], weight[alike]], source=source)
    graph = SimilarityGraph.of_term(edges, keys=keys)
    if alike.all():
        return graph
    no = edges_from_arrays(count, a[~alike], b[~alike], weight[~alike], source=source, different=True)
    return graph | SimilarityGraph.of_term(no, keys=keys)


def _positions(frame: Frame, side: str, n: int, keys: Keys | None, by: str | None) -> Array:
    """The rows that a column of a table of pairs means."""
    what = f"column {side} of {frame.where}"
    text = frame.text(side)
    for row, name in enumerate(text):
        if name is None:
            raise LikewiseError(f"row {row} of {what} names no sample: fill it in, or leave the row out.")
    if keys is None:
        if not all(name.isdecimal() for name in text) and by is None:
            raise LikewiseError(f"{what} holds names, but the samples have no keys: give keys, or positions from 0.")
        return as_ids(_whole(text, what), n, what)
    found = keys.positions(Keys(text.astype(np.dtypes.StringDType())))
    if (found < 0).any():
        name = text[int(np.argmax(found < 0))]
        hint = ": by='position' reads numbers as rows, from 0" if name.isdecimal() else ""
        raise LikewiseError(f"{what} names {name!r}, which is not among the samples' keys{hint}.")
    return found


def _whole(text: Array, what: str) -> Array:
    try:
        return np.array([int(name) for name in text], dtype=np.int64)
    except ValueError as error:
        raise LikewiseError(f"{what} must hold positions, whole numbers from 0, but: {error}.") from None


def _yes_or_no(values: Array, where: str) -> Array:
    words = [str(value or "").strip().lower() for value in values.tolist()]
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
