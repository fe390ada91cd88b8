"""Classes: of any values, numbered densely, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.data.metadata import as_column, as_text
from likewise.errors import LikewiseError
from likewise.missing import missing_in, missing_words

SHOWN = 3
"""Pairs of near-equal names that are shown."""


def as_label(values: Any, n: int, unlabelled: Any = None) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """A label column, the names of its classes in the order of their codes, and what is to be said of them.

    Numbers are in their order, all else in that of the alphabet. Strings "" stand for no label.

    Args:
        values: one a sample; what is missing is no class.
        n: number of samples.
        unlabelled: a value, or several, that mean no label, too.

    Raises:
        LikewiseError: most of the labels are fractional numbers, each another one.
    """
    column = as_column(values, n, "label", missing_words(unlabelled))
    if column.dtype.kind in "mM":
        column = as_text(column)
    gone = _absent(column, unlabelled)
    known = column[~gone]
    if column.dtype.kind == "f":
        known = _whole(known)
    kinds = np.unique(known)
    names = as_text(kinds)
    if not gone.any():
        return known if column.dtype.kind in "iuf" else column, tuple(names.tolist()), tuple(_remarks(known, kinds))
    texts = np.full(n, "", dtype=names.dtype if len(names) else "<U1")
    texts[~gone] = names[np.searchsorted(kinds, known)]
    return texts, tuple(names.tolist()), tuple(_remarks(known, kinds))


def _absent(column: Array, unlabelled: Any) -> Array:
    return missing_in(column, missing_words(unlabelled))


def _whole(known: Array) -> Array:
    """Floats that are whole as whole numbers; fractions are classes where they repeat."""
    if (known == np.rint(known)).all():
        return known.astype(np.int64)
    if len(np.unique(known)) > max(2, len(known) // 2):
        raise LikewiseError("labels must be classes, but they are fractional numbers: pass them by columns=.")
    return known


def _remarks(known: Array, kinds: Array) -> Iterator[str]:
    if kinds.dtype.kind in "iu" and len(kinds) > 1 and kinds[0] == -1 and kinds[1] >= 0:
        count = int((known == -1).sum())
        yield f"-1 is a class of {count:,} samples; unlabelled=-1 makes it no label"
    if kinds.dtype.kind not in "U":
        return
    alike: dict[str, list[str]] = {}
    for name in kinds.tolist():
        alike.setdefault(" ".join(name.casefold().split()), []).append(name)
    near = [" and ".join(map(repr, names)) for names in alike.values() if len(names) > 1]
    if near:
        more = f", and {len(near) - SHOWN} more" if len(near) > SHOWN else ""
        yield f"classes whose names differ by case or blanks alone: {'; '.join(near[:SHOWN])}{more}"


def codes(column: Array, classes: tuple[str, ...]) -> Array:
    """int64 ``[n]``: the place of each value's name in ``classes``, -1 where it has none.

    >>> codes(np.array(["dog", "", "cat"]), ("cat", "dog")).tolist()
    [1, -1, 0]
    """
    values, inverse = np.unique(column, return_inverse=True)
    place = {name: code for code, name in enumerate(classes)}
    return np.array([place.get(str(value), -1) for value in values.tolist()], dtype=np.int64)[inverse]
