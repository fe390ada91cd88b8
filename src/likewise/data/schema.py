"""What each column of a table means: key, label, feature, metadata, or nothing; guessed, said, and overridden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from likewise.arrays import Array
from likewise.data.options import Options
from likewise.errors import LikewiseError
from likewise.modalities.columns import listed
from likewise.tables import Frame

GROUPS = frozenset(
    re.findall(
        r"\w+",
        "account animal author batch center centre client clinic cluster cohort customer device donor family fold "
        "group hospital household image individual participant patient person plate record row sample scanner school "
        "session site slide speaker specimen split student study subject user writer",
    )
)
IDS = frozenset(("guid", "id", "identifier", "ids", "idx", "mrn", "pk", "uid", "uuid")) | {f"{one}id" for one in GROUPS}
COUNTS = IDS | GROUPS | frozenset(("case", "index", "key", "name", "names", "no", "nr", "number", "rownames", "serial"))
TARGETS = frozenset(("category", "class", "classes", "diagnosis", "label", "labels", "outcome", "target", "targets"))
"""Words in the names of columns that say what they hold: groups, ids, what counts samples, and what is to be told."""
ENOUGH = 8
"""Rows from which on it says something that whole numbers are all different."""
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Schema:
    """The role of each column.

    Attributes:
        key: the column that names the samples, or None.
        label: the column of the labels, or None.
        features: columns of numbers that make up a sample.
        aside: columns of numbers that are not features, and why; they are metadata.
        left_out: columns that are not read at all.
        notes: sentences on what was guessed.
    """

    key: str | None
    label: str | None
    features: tuple[str, ...]
    aside: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def schema_of(frame: Frame, options: Options) -> Schema:
    """What the columns of a table mean: as the options say, else by their names and what they hold.

    Raises:
        LikewiseError: an option names no column, or a feature that holds no numbers.
    """
    frame.require(*options.features, *options.exclude, *options.types, *filter(None, (options.keys,)))
    label = options.labels if options.labels in frame.names else None if options.labels else _present("label", frame)
    key = options.keys or _present("key", frame)
    numeric = [name for name in frame.names if name not in options.exclude and is_numeric(frame, name, options)]
    if options.features:
        _require_numbers(frame, options, numeric)
        rest = {name: "" for name in numeric if name not in options.features}
        return Schema(key, label, options.features, rest, options.exclude)
    labels = None if label is None or label in options.exclude else frame.values(label, options.types.get(label))
    aside = {name: "" for name in (key, label) if name in numeric}
    others = [name for name in numeric if name not in aside]
    found = {name: why for name in others if (why := _why_aside(frame, name, frame.values(name), labels, others))}
    guessed = dict(_spared(found, others))
    features = tuple(name for name in others if name not in guessed)
    counted = [name for name in features if _counts(frame.values(name), len(frame))]
    return Schema(key, label, features, aside | guessed, options.exclude, tuple(_sentences(guessed, counted)))


def is_numeric(frame: Frame, name: str, options: Options) -> bool:
    """Whether a column holds numbers, as it stands or as it is asked for."""
    return frame.values(name, options.types.get(name)).dtype.kind in "buif"


def _present(name: str, frame: Frame) -> str | None:
    return name if name in frame else None


def _require_numbers(frame: Frame, options: Options, numeric: list[str]) -> None:
    for name in options.features:
        if name in options.exclude:
            raise LikewiseError(f"column {name!r} is both among the features and excluded.")
        if name not in numeric:
            frame.values(name, "number")  # says which row is none
            raise LikewiseError(f"column {name!r} holds text: types={{{name!r}: 'number'}} reads it as numbers.")


def _why_aside(frame: Frame, name: str, values: Array, labels: Array | None, others: list[str]) -> str:
    """Why a column of numbers is no feature; "" where it is one."""
    if values.ndim > 1:
        return ""
    words = tuple(word.lower() for word in WORD.findall(name))
    whole = _is_whole(values)
    if name in frame.nameless:
        return "it has no name"
    if words and whole and (words[-1] in IDS or words[0] == "id" or set(words) <= COUNTS):
        return "named like an id"
    if words and (words[-1] in TARGETS or words[0] == "target" or (words == ("y",) and not _has_x(others))):
        return "named like a target"
    if labels is not None and _follows(values, labels):
        return "says the same as the label"
    if name == frame.names[0] and _counts(values, len(frame)):
        return "first, and another whole number in each row"
    return ""


def _has_x(names: Iterable[str]) -> bool:
    return any(name.lower() in ("x", "x1") for name in names)


def _spared(found: dict[str, str], others: list[str]) -> Iterator[tuple[str, str]]:
    """What is set aside, but for the first column where nothing else would be left."""
    for name, why in found.items():
        if len(found) < len(others) or not why.startswith("first"):
            yield name, why


def _is_whole(values: Array) -> bool:
    if values.dtype.kind in "iu":
        return True
    known = values[np.isfinite(values)] if values.dtype.kind == "f" else values[:0]
    return bool(len(known)) and bool((known == np.rint(known)).all())


def _counts(values: Array, n: int) -> bool:
    """Whether a column has another whole number in each of enough rows, as ids and row numbers do."""
    return n >= ENOUGH and values.ndim == 1 and _is_whole(values) and len(np.unique(values)) == n


def _follows(values: Array, labels: Array) -> bool:
    """Whether values and labels stand for each other, one value for each class."""
    if labels.ndim > 1 or not len(values):
        return False
    one = np.unique(values, return_inverse=True)[1].reshape(-1)
    other = np.unique(labels.astype(str), return_inverse=True)[1].reshape(-1)
    kinds = int(other.max()) + 1
    if int(one.max()) + 1 != kinds or not 2 <= kinds <= len(values) // 2:
        return False
    return len(np.unique(one * kinds + other)) == kinds


def _sentences(aside: dict[str, str], counted: list[str]) -> Iterator[str]:
    if aside:
        shown = [f"{name!r} ({why})" for name, why in aside.items()]
        yield f"columns of numbers that are no features, but metadata: {listed(shown)}; features= decides otherwise"
    if counted:
        names = [repr(name) for name in counted]
        yield f"another whole number in each row, and a feature nevertheless: {listed(names)}; exclude= leaves it out"
