"""The two terms that a similarity graph is made of, edges and groups, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from likewise.arrays import Array, FloatArray, IntArray, as_ids, as_numpy
from likewise.errors import LikewiseError


@dataclass(frozen=True)
class Source:
    """Where a term came from: the function, its arguments, what it read, and the sources it was made of.

    Attributes:
        function: the name of the function that made the term.
        arguments: its arguments, such as JSON can hold.
        fingerprint: the content hash of what it read (a space, a column); empty where there is nothing to hash.
        parents: the sources of the graphs it was derived from.
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    parents: tuple[Source, ...] = ()

    def __str__(self) -> str:
        inner = [str(parent) for parent in self.parents]
        inner += [f"{name}={value}" for name, value in self.arguments.items() if value is not None]
        return f"{self.function}({', '.join(inner)})"

    def as_json(self) -> dict[str, Any]:
        """The source as JSON holds it."""
        return {
            "function": self.function,
            "arguments": dict(self.arguments),
            "fingerprint": self.fingerprint,
            "parents": [parent.as_json() for parent in self.parents],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Source:
        """The inverse of ``as_json``."""
        parents = tuple(cls.from_json(parent) for parent in value["parents"])
        return cls(value["function"], value["arguments"], value["fingerprint"], parents)


@dataclass(frozen=True, eq=False)
class Edges:
    """Pairs with a weight, as compressed sparse rows: an edge i -> j says that j may be drawn for i.

    Attributes:
        indptr: int64 ``[n + 1]``, where each row begins.
        indices: int32 ``[m]``, sorted and unique within a row, never the row itself.
        weights: float32 ``[m]``, positive: how alike (or, with ``different``, how surely different) the pair is.
        source: provenance.
        different: whether these pairs are known to be different; such edges always stand in both directions.
    """

    indptr: Array
    indices: IntArray
    weights: FloatArray
    source: Source
    different: bool = False

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.indptr) - 1

    @property
    def count(self) -> int:
        """The number of edges."""
        return len(self.indices)

    def rows(self) -> IntArray:
        """int32 ``[m]``: the row of each edge."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.indptr))


@dataclass(frozen=True, eq=False)
class Groups:
    """All pairs of samples with an equal code are alike; pairs of codes may be known to be different.

    Attributes:
        codes: int32 ``[n]``, -1 for a sample in no group.
        weight: how alike two samples of a group are.
        source: provenance.
        apart: int32 ``[p, 2]``, unordered pairs of codes known to be different.
    """

    codes: IntArray
    weight: float
    source: Source
    apart: IntArray = field(default_factory=lambda: np.empty((0, 2), np.int32))

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.codes)

    def sizes(self) -> Array:
        """int64 ``[number of codes]``: how many samples have each code."""
        return np.bincount(self.codes[self.codes >= 0])

    def pair_count(self) -> int:
        """The number of ordered pairs of distinct samples that are alike."""
        sizes = self.sizes()
        return int((sizes * (sizes - 1)).sum())


def edges_from_arrays(
    n: int, rows: Any, cols: Any, weights: Any = None, *, source: Source, different: bool = False
) -> Edges:
    """Edges of arrays of equal length; duplicates keep the largest weight, self-pairs and zero weights fall away.

    Raises:
        LikewiseError: lengths differ, an id is out of range, or a weight is NaN, infinite or negative.
    """
    rows, cols = as_ids(rows, n, "rows of edges"), as_ids(cols, n, "columns of edges")
    values = np.ones(len(rows), np.float32) if weights is None else as_numpy(weights).astype(np.float32)
    if not rows.shape == cols.shape == values.shape or rows.ndim != 1:
        raise LikewiseError(
            f"edges need rows, columns and weights of equal length, got {rows.shape}, {cols.shape} and {values.shape}."
        )
    check_weights(values)
    if different:
        rows, cols, values = np.r_[rows, cols], np.r_[cols, rows], np.r_[values, values]
    keep = (rows != cols) & (values > 0)
    if not keep.all():
        rows, cols, values = rows[keep], cols[keep], values[keep]
    pair = rows * n + cols
    if len(pair) > 1 and not (pair[1:] > pair[:-1]).all():
        order = np.lexsort((-values, pair))
        pair, values = pair[order], values[order]
        first = np.r_[True, pair[1:] != pair[:-1]]
        pair, values = pair[first], values[first]
    rows, cols = np.divmod(pair, max(n, 1))
    indptr = np.r_[0, np.cumsum(np.bincount(rows, minlength=n))].astype(np.int64)
    return Edges(indptr, cols.astype(np.int32), values, source, different)


def edges_from_neighbors(ids: Array, weights: Array | None = None, *, source: Source) -> Edges:
    """Edges of a table ``[n, k]`` of each sample's neighbours, -1 where there is none.

    Raises:
        LikewiseError: an id is out of range, or a weight is NaN, infinite or negative.
    """
    n = len(ids)
    as_ids(np.maximum(ids, 0), n, "neighbours")
    order = np.argsort(ids, axis=1, kind="stable")
    ids = np.take_along_axis(ids, order, axis=1)
    keep = (ids >= 0) & (ids != np.arange(n)[:, None])
    keep[:, 1:] &= ids[:, 1:] != ids[:, :-1]
    if weights is None:
        values = np.ones(int(keep.sum()), np.float32)
    else:
        check_weights(weights)
        ordered = np.take_along_axis(weights, order, axis=1).astype(np.float32)
        keep &= ordered > 0
        values = ordered[keep]
    indptr = np.r_[0, np.cumsum(keep.sum(axis=1))].astype(np.int64)
    return Edges(indptr, ids[keep].astype(np.int32), values, source)


def check_weights(weights: Array) -> None:
    """Refuse weights that are not finite or are negative, naming the first."""
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        where = int(np.flatnonzero(bad.reshape(-1))[0])
        raise LikewiseError(
            f"weights must be finite and at least 0, found {weights.reshape(-1)[where]} at position {where}."
        )


def groups_from_values(values: Any, *, weight: float = 1.0, source: Source, missing: Any = None) -> Groups:
    """Groups of equal values; NaN, None, ``missing`` and groups of one belong to no group.

    Raises:
        LikewiseError: the values are not one-dimensional or the weight is not in (0, 1].
    """
    column = as_numpy(values)
    if column.ndim != 1:
        raise LikewiseError(f"groups need one value a sample, got an array of shape {column.shape}.")
    if not 0 < weight <= 1:
        raise LikewiseError(f"the weight of a group must lie in (0, 1], got {weight}.")
    absent = np.zeros(len(column), bool)
    if column.dtype.kind == "f":
        absent = np.isnan(column)
    elif column.dtype.kind == "O":
        absent = np.array([v is None or v != v for v in column], bool)
    if missing is not None:
        absent |= column == missing
    codes = np.full(len(column), -1, np.int32)
    present = column[~absent]
    if present.dtype.kind == "O":
        present = np.array([str(v) for v in present])
    if len(present):
        _, inverse, counts = np.unique(present, return_inverse=True, return_counts=True)
        renumbered = np.where(counts > 1, np.cumsum(counts > 1) - 1, -1)
        codes[~absent] = renumbered[inverse]
    return Groups(codes, float(weight), source)
