"""The two terms that a similarity graph is made of, edges and groups, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from likewise.arrays import Array, FloatArray, IntArray, as_ids, as_numpy
from likewise.errors import LikewiseError
from likewise.missing import missing_in

ROWS_AT_ONCE = 1 << 16
"""Tables of many rows are worked through in blocks of this many, so that memory stays small."""


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
        weight: how alike two samples of a group are; 0 where only ``apart`` matters.
        source: provenance.
        apart: int32 ``[p, 2]``, unordered pairs of two codes known to be different.
    """

    codes: IntArray
    weight: float
    source: Source
    apart: IntArray = field(default_factory=lambda: np.empty((0, 2), np.int32))

    def __post_init__(self) -> None:
        if len(self.apart):
            low, high = self.apart.min(axis=1), self.apart.max(axis=1)
            if low.min() < 0 or high.max() >= self.count or (low == high).any():
                raise LikewiseError(f"groups known to be different must be two of the codes in [0, {self.count}).")

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.codes)

    @property
    def count(self) -> int:
        """The number of codes, those that no sample has any more included."""
        return int(self.codes.max(initial=-1)) + 1

    def sizes(self) -> Array:
        """int64 ``[count]``: how many samples have each code."""
        return np.bincount(self.codes[self.codes >= 0], minlength=self.count)

    def pair_count(self) -> int:
        """The number of ordered pairs of distinct samples that are alike."""
        sizes = self.sizes()
        return int((sizes * (sizes - 1)).sum()) if self.weight > 0 else 0

    def apart_count(self) -> int:
        """The number of ordered pairs of samples that are known to be different."""
        sizes = self.sizes()
        return 2 * int((sizes[self.apart[:, 0]] * sizes[self.apart[:, 1]]).sum())

    def with_codes(self, codes: Array) -> Groups:
        """The same groups over other samples; differences to a code that nobody has any more are forgotten."""
        left = self.apart[self.apart.max(axis=1, initial=-1) <= codes.max(initial=-1)]
        return replace(self, codes=codes.astype(np.int32), apart=left)


Term = Edges | Groups


def term_in_words(term: Term) -> str:
    """A term as one line: where it came from and how much it says."""
    if isinstance(term, Groups):
        apart = f", {len(term.apart):,} pairs of groups different" if len(term.apart) else ""
        return f"{term.source}: {np.count_nonzero(term.sizes()):,} groups, {term.pair_count() // 2:,} pairs{apart}"
    if term.different:
        return f"{term.source}: {term.count // 2:,} different pairs"
    return f"{term.source}: {term.count:,} edges"


def edges_from_arrays(
    n: int, rows: Any, cols: Any, weights: Any = None, *, source: Source, different: bool = False
) -> Edges:
    """Edges of arrays of equal length; duplicates keep the largest weight, self-pairs and zero weights fall away.

    Raises:
        LikewiseError: lengths differ, an id is out of range, or a weight is NaN, infinite or negative.

    >>> edges_from_arrays(3, [2, 0, 2, 1], [0, 1, 0, 1], [0.25, 1, 0.5, 1], source=Source("mine")).weights.tolist()
    [1.0, 0.5]
    """
    rows, cols = as_ids(rows, n, "rows of edges"), as_ids(cols, n, "columns of edges")
    values = np.ones(rows.shape, np.float32) if weights is None else as_numpy(weights).astype(np.float32, copy=False)
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
    del rows, cols, keep  # three quarters of the memory
    if (pair[1:] <= pair[:-1]).any():
        order = np.argsort(pair, kind="stable")
        pair, values = pair[order], values[order]
        first = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
        if len(first) < len(pair):
            pair, values = pair[first], np.maximum.reduceat(values, first)
    indptr = np.searchsorted(pair, np.arange(n + 1, dtype=np.int64) * n)
    return Edges(indptr, np.remainder(pair, max(n, 1), out=pair).astype(np.int32), values, source, different)


def edges_from_neighbors(ids: Array, weights: Array | None = None, *, source: Source) -> Edges:
    """Edges of a table ``[n, k]`` of each sample's neighbours, -1 where there is none.

    Raises:
        LikewiseError: an id is out of range, or a weight is NaN, infinite or negative.
    """
    if ids.ndim != 2 or (weights is not None and weights.shape != ids.shape):
        got = ids.shape if weights is None else f"{ids.shape} and {weights.shape}"
        raise LikewiseError(f"a table of neighbours needs ids (and weights) [n, k], got {got}.")
    parts = [_sorted_neighbors(ids, weights, first) for first in range(0, len(ids), ROWS_AT_ONCE)]
    degree = np.concatenate([np.zeros(1, np.int64), *(part[0] for part in parts)])
    indices = np.concatenate([np.empty(0, np.int32), *(part[1] for part in parts)])
    values = np.concatenate([np.empty(0, np.float32), *(part[2] for part in parts)])
    return Edges(np.cumsum(degree), indices, values, source)


def _sorted_neighbors(ids: Array, weights: Array | None, first: int) -> tuple[Array, IntArray, FloatArray]:
    """Degrees, sorted ids and weights of a block of rows."""
    near = ids[first : first + ROWS_AT_ONCE]
    as_ids(np.maximum(near, 0), len(ids), "neighbours")
    values = np.ones(near.shape, np.float32)
    if weights is not None:
        values = np.where(near >= 0, weights[first : first + ROWS_AT_ONCE], 0).astype(np.float32)
        check_weights(values.reshape(-1))
    # id and weight as one number: the bits of floats from 0 on are in the floats' order, so the largest comes last
    packed = np.sort(near.astype(np.int64) << 32 | values.view(np.uint32), axis=1)
    near, values = (packed >> 32).astype(np.int32), packed.astype(np.uint32).view(np.float32)
    keep = (near >= 0) & (values > 0) & (near != np.arange(first, first + len(near), dtype=np.int32)[:, None])
    keep[:, :-1] &= near[:, :-1] != near[:, 1:]
    return keep.sum(axis=1), near[keep], values[keep]


def check_weights(weights: Array) -> None:
    """Refuse weights that are not finite or are negative, naming the first."""
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        where = int(np.argmax(bad))
        raise LikewiseError(f"weights must be finite and at least 0, found {weights[where]} at position {where}.")


def groups_from_values(values: Any, *, weight: float = 1.0, source: Source, missing: Any = None) -> Groups:
    """Groups of equal values; what is missing (None, NaN, "", NA), ``missing`` and groups of one belong to no group.

    Raises:
        LikewiseError: the values are not one-dimensional or the weight is not in (0, 1].

    >>> groups_from_values(["cat", "dog", "cat", None], source=Source("species")).codes.tolist()
    [0, -1, 0, -1]
    """
    column = as_numpy(values)
    if column.ndim != 1:
        raise LikewiseError(f"groups need one value a sample, got an array of shape {column.shape}.")
    if not 0 < weight <= 1:
        raise LikewiseError(f"the weight of a group must lie in (0, 1], got {weight}.")
    names, codes = value_codes(column, missing=missing)
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    renumbered = np.r_[np.where(counts > 1, np.cumsum(counts > 1) - 1, -1), -1]
    return Groups(renumbered[codes].astype(np.int32), float(weight), source)


def value_codes(column: Array, *, missing: Any = None) -> tuple[Array, Array]:
    """The distinct values in order and int64 ``[n]`` codes into them; -1 for what is missing, and for ``missing``."""
    absent = missing_in(column)
    if missing is not None and (column.dtype.kind == "O" or isinstance(missing, str) == (column.dtype.kind in "UT")):
        absent |= column == missing
    present = column[~absent]
    if present.dtype.kind == "O":
        present = np.array([str(value) for value in present])
    names, inverse = np.unique(present, return_inverse=True)
    codes = np.full(len(column), -1, np.int64)
    codes[~absent] = inverse
    return names, codes
