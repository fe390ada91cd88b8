"""Positives that someone already knows: labels, metadata columns and tables of pairs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from likewise.arrays import Array, as_numpy, fingerprint
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, Source, from_table
from likewise.graph.terms import Term, edges_from_arrays, groups_from_values, value_codes
from likewise.graph.tree import PAIR_LIMIT, map_terms
from likewise.keys import Keys
from likewise.missing import MISSING
from likewise.tables import array_values, read_frame


def labels(values: Any, *, unlabelled: Any = None, keys: Keys | None = None) -> SimilarityGraph:
    """The graph of labels, any number of them missing: an edge wherever two labels agree (Y Y^T; SupCon, PAL).

    Args:
        values: one label for each sample; what is missing (NaN, None, "", NA) is in no class.
        unlabelled: the value that stands for no label. Default: -1 among whole numbers, as in ``samples.labels``; where
            all labels are -1 or 1, both are classes, of which a warning tells.
        keys: the samples' names.

    >>> labels([0, 1, 0, -1])
    SimilarityGraph(4 samples; labels(): 1 groups, 1 pairs)
    """
    column = as_numpy(values)
    source = Source("labels", fingerprint=fingerprint(column))
    if unlabelled is None and column.dtype.kind in "if":
        unlabelled = -1
        if set(np.unique(column[np.isfinite(column)]).tolist()) == {-1, 1}:
            unlabelled = None
            warnings.warn("the labels -1 and 1 are two classes; unlabelled=-1 makes -1 no label.", stacklevel=2)
    return SimilarityGraph.of_term(groups_from_values(column, source=source, missing=unlabelled), keys=keys)


def same(
    column: Any,
    *,
    tolerance: float | None = None,
    near: tuple[Any, float] | None = None,
    name: str | None = None,
    keys: Keys | None = None,
) -> SimilarityGraph:
    """The graph of a metadata column: same patient, same place; or, within a tolerance, about the same hour.

    Args:
        column: one value for each sample; what is missing (NaN, None, "", NA) belongs to nobody.
        tolerance: None: equal values are alike (groups). A number: values that differ by at most so much (edges;
            likeness is then not transitive); seconds where the column holds dates or times.
        near: (another column, a number): of the samples with equal values only those that differ by at most so much in
            the other one, such as one track within two frames. Found inside each group, without listing all its pairs.
        name: what the column is called, for the provenance.
        keys: the samples' names.

    Raises:
        LikewiseError: a tolerance for text, a negative tolerance, or more than 50 million pairs within it.
    """
    values = array_values(as_numpy(column), MISSING)
    source = Source("same", {"column": name, "tolerance": tolerance}, fingerprint(values))
    if near is not None:
        return _same_and_near(values, *near, tolerance=tolerance, name=name, keys=keys)
    if tolerance is None:
        return SimilarityGraph.of_term(groups_from_values(values, source=source), keys=keys)
    if not tolerance >= 0:
        raise LikewiseError(f"the tolerance must be at least 0, got {tolerance}.")
    numbers = _numbers(values)
    rows, cols = _close_pairs(numbers, float(tolerance))
    edges = edges_from_arrays(len(numbers), np.r_[rows, cols], np.r_[cols, rows], source=source)
    return SimilarityGraph.of_term(edges, keys=keys)


def _same_and_near(
    values: Array, other: Any, width: float, *, tolerance: float | None, name: str | None, keys: Keys | None
) -> SimilarityGraph:
    if tolerance is not None:
        raise LikewiseError("near= is for samples with equal values: leave tolerance= out.")
    numbers = _numbers(array_values(as_numpy(other), MISSING))
    if numbers.shape != values.shape or not width >= 0:
        raise LikewiseError(
            f"near= is (a column of {len(values)} numbers or times, a number of at least 0), got {len(numbers)} values "
            f"and {width}."
        )
    codes = value_codes(values)[1]
    rows, cols = _close_within(codes, numbers, float(width))
    source = Source("same", {"column": name, "near": float(width)}, fingerprint(values, numbers))
    edges = edges_from_arrays(len(values), np.r_[rows, cols], np.r_[cols, rows], source=source)
    return SimilarityGraph.of_term(edges, keys=keys)


def _close_within(codes: Array, numbers: Array, width: float) -> tuple[Array, Array]:
    """The pairs of one code, each once, whose numbers differ by at most the width: the next, the next but one, ..."""
    present = np.flatnonzero((codes >= 0) & np.isfinite(numbers))
    order = present[np.lexsort((numbers[present], codes[present]))]
    found, open_, step, total = [], np.arange(len(order)), 1, 0
    while len(open_ := open_[open_ + step < len(order)]):
        first, second = order[open_], order[open_ + step]
        close = (codes[first] == codes[second]) & (numbers[second] - numbers[first] <= width)
        open_ = open_[close]  # who has no such partner here has none further on
        found.append((first[close], second[close]))
        total += 2 * int(close.sum())
        if total > PAIR_LIMIT:
            raise LikewiseError(f"more than {PAIR_LIMIT:,} pairs lie within near={width:g}: make it smaller.")
        step += 1
    empty = np.empty(0, np.int64)
    rows, cols = zip(*found, strict=True) if found else ((empty,), (empty,))
    return np.concatenate(rows), np.concatenate(cols)


def different(column: Any, *, name: str | None = None, keys: Keys | None = None) -> SimilarityGraph:
    """The graph of samples that cannot be alike because they agree in a column: two animals of one frame.

    It says of nobody that he is alike; what it says has a veto over other sources.

    Args:
        column: one value for each sample; what is missing agrees with nobody.
        name: what the column is called, for the provenance.
        keys: the samples' names.

    Raises:
        LikewiseError: not one value a sample, or more than 50 million pairs.

    >>> different(["frame 1", "frame 1", "frame 2"])
    SimilarityGraph(3 samples; different(): 1 different pairs)
    """
    values = array_values(as_numpy(column), MISSING)
    groups = groups_from_values(values, source=Source("different", {"column": name}, fingerprint(values)))
    if groups.pair_count() > PAIR_LIMIT:
        raise LikewiseError(
            f"{groups.pair_count():,} pairs agree in this column, above {PAIR_LIMIT:,}: take one with smaller groups."
        )
    codes = np.where(groups.codes >= 0, groups.codes, -1)
    rows, cols = _close_within(codes, np.zeros(len(codes)), 0.0)
    edges = edges_from_arrays(len(codes), rows, cols, source=groups.source, different=True)
    return SimilarityGraph.of_term(edges, keys=keys)


def _numbers(values: Array) -> Array:
    """float64 ``[n]`` of a column of numbers, dates or times (in seconds); NaN for what is missing."""
    if values.ndim == 1 and values.dtype.kind in "iuf":
        return values.astype(np.float64)
    if values.ndim == 1 and values.dtype.kind in "mM":
        seconds = values.astype(f"{values.dtype.kind}8[us]").astype(np.float64) / 1e6
        return np.where(np.isnat(values), np.nan, seconds)
    if values.ndim == 1 and values.dtype.kind == "O":
        try:
            return values.astype(np.float64)  # None becomes NaN
        except (TypeError, ValueError):
            pass
    raise LikewiseError(
        f"a tolerance needs a column of numbers or times, this one holds {values.dtype} of shape {values.shape}."
    )


def _close_pairs(numbers: Array, tolerance: float) -> tuple[Array, Array]:
    """The pairs of samples, each once, whose numbers differ by at most the tolerance."""
    present = np.flatnonzero(np.isfinite(numbers))
    order = present[np.argsort(numbers[present], kind="stable")]
    ordered = numbers[order]
    count = np.searchsorted(ordered, ordered + tolerance, side="right") - np.arange(len(ordered)) - 1
    total = int(count.sum())
    if 2 * total > PAIR_LIMIT:
        raise LikewiseError(f"{2 * total:,} pairs lie within this tolerance, above {PAIR_LIMIT:,}: make it smaller.")
    first = np.repeat(np.arange(len(ordered)), count)
    offset = np.arange(total) - np.repeat(np.cumsum(count) - count, count) + 1
    return order[first], order[first + offset]


def pairs(
    table: Any,
    samples: Any = None,
    *,
    by: Literal["key", "position"] | None = None,
    n: int | None = None,
    keys: Keys | None = None,
) -> SimilarityGraph:
    """The graph of a table of pairs: a file or a table with columns a, b and alike (yes or no) or weight.

    Args:
        table: the file, a table in memory or a mapping of columns.
        samples: whose number and keys to use.
        by: "key": ``a`` and ``b`` are keys, as they are written; "position": rows, from 0. Default: keys where the
            samples have some.
        n: the number of samples, where there are none to look at.
        keys: their names, likewise.

    Raises:
        LikewiseError: a missing column, an unknown key, a pair said to be both alike and different.
    """
    if samples is not None:
        n, keys = len(samples), samples.keys
    elif keys is None and n is None:
        raise LikewiseError("a table of pairs needs to know the samples: give samples, keys or n.")
    frame = read_frame(table)
    graph = from_table(frame, n=n, keys=keys, by=by)
    read = [part for name in sorted(frame.names) for part in (name, frame.text(name))]
    return replace(graph, root=map_terms(graph.root, _stamp(fingerprint(*read))))


def _stamp(content: str) -> Callable[[Term], Term]:
    """Adds to a term's source the fingerprint of what it read."""
    return lambda term: replace(term, source=replace(term.source, fingerprint=content))
