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
from likewise.graph.terms import Term, edges_from_arrays, groups_from_values
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
    column: Any, *, tolerance: float | None = None, name: str | None = None, keys: Keys | None = None
) -> SimilarityGraph:
    """The graph of a metadata column: same patient, same place; or, within a tolerance, about the same hour.

    Args:
        column: one value for each sample; what is missing (NaN, None, "", NA) belongs to nobody.
        tolerance: None: equal values are alike (groups). A number: values that differ by at most so much (edges;
            likeness is then not transitive); seconds where the column holds dates or times.
        name: what the column is called, for the provenance.
        keys: the samples' names.

    Raises:
        LikewiseError: a tolerance for text, a negative tolerance, or more than 50 million pairs within it.
    """
    values = array_values(as_numpy(column), MISSING)
    source = Source("same", {"column": name, "tolerance": tolerance}, fingerprint(values))
    if tolerance is None:
        return SimilarityGraph.of_term(groups_from_values(values, source=source), keys=keys)
    if not tolerance >= 0:
        raise LikewiseError(f"the tolerance must be at least 0, got {tolerance}.")
    numbers = _numbers(values)
    rows, cols = _close_pairs(numbers, float(tolerance))
    edges = edges_from_arrays(len(numbers), np.r_[rows, cols], np.r_[cols, rows], source=source)
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
