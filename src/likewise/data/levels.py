"""What the folders of a path say of a picture: the part of the data it belongs to, and its label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError

PARTS = re.compile(r"(train|training|val|valid|validation|test|testing|dev|eval|holdout)([_-]?(set|data|images|\d+))?")
"""What parts of data are called: train, Validation, test_set, val2017."""
MORE_PARTS = frozenset(["unlabeled", "unlabelled", "extra"])
LEVEL = "level:"
"""What the choice of a level of folders begins with, as labels: "level:2", or "level:-1" for the innermost."""
MOST = 0.9
"""So large a share of the pictures must be in line with what is said of all."""


def of_folders(paths: Sequence[str], labels: str | None = None) -> tuple[dict[str, Array], list[str]]:
    """The columns that relative paths give, and what was made of them.

    "split" has the names train, val, test, where these are a level of folders; "folder" the first other level. The
    column "label" is the deepest level that repeats: pictures share its folders, and each of its names stands in one
    folder only (cat/day and dog/day are times of day, not classes). ``labels`` "level:2" takes the second level of
    the whole path instead, "level:-1" the innermost; its column has that name.

    Raises:
        LikewiseError: there is no such level.
    """
    parents = [path.split("/")[:-1] for path in paths]
    columns: dict[str, Array] = {}
    notes: list[str] = []
    split = _split_level(parents)
    classes = parents
    if split is not None:
        columns["split"] = np.array([parts[split] for parts in parents])
        names = sorted(set(columns["split"].tolist()))
        are = f"folders {', '.join(names)} are parts" if len(names) > 1 else f"folder {names[0]} is a part"
        notes.append(f"the {are} of the data, not classes: the column split has the names")
        classes = [[*parts[:split], *parts[split + 1 :]] for parts in parents]
    first = np.array([parts[0] if parts else "" for parts in classes])
    if any(first.tolist()):
        columns["folder"] = first
    if labels is not None and labels.startswith(LEVEL):
        columns[labels] = np.array(_chosen(parents, labels))
    elif (level := _label_level(classes)) is not None:
        columns["label"] = np.array(_names(classes, level))
        notes.append(_said(parents, classes, level, split))
    return columns, notes


def _split_level(parents: Sequence[Sequence[str]]) -> int | None:
    """The first level at which every picture is below a folder called as parts of data are."""
    for level in range(min(map(len, parents))):
        names = {parts[level].lower() for parts in parents}
        parts = {name for name in names if PARTS.fullmatch(name)}
        if parts and names <= parts | MORE_PARTS:
            return level
    return None


def _label_level(classes: Sequence[Sequence[str]]) -> int | None:
    """The deepest level, from 0 on, of two names or more that repeats; else the first whose names do at all."""
    depth = max(map(len, classes))
    several = [level for level in range(depth) if len(set(_names(classes, level)) - {""}) >= 2]
    for level in reversed(several):
        names = _names(classes, level)
        count = Counter(names)
        shared = sum(count[name] > 1 for name in names)
        parents: dict[str, set[str]] = {}
        for name, parts in zip(names, classes, strict=True):
            parents.setdefault(name, set()).add("/".join(parts[: min(level, len(parts) - 1)]))
        nested = sum(len(parents[name]) == 1 for name in names)
        if min(shared, nested) >= MOST * len(classes):
            return level
    return next((level for level in several if len(set(_names(classes, level))) < len(classes)), None)


def _names(classes: Sequence[Sequence[str]], level: int) -> list[str]:
    """The folder of each picture at a level, or its innermost one where it has fewer; "" without any."""
    return [parts[min(level, len(parts) - 1)] if parts else "" for parts in classes]


def _chosen(parents: Sequence[Sequence[str]], labels: str) -> list[str]:
    """The names at the level that was asked for, counted from 1 over the whole path, or from -1 inwards."""
    text, depth = labels.removeprefix(LEVEL), max(map(len, parents))
    try:
        level = int(text)
    except ValueError:
        level = 0
    if level == 0 or abs(level) > depth:
        raise LikewiseError(
            f"labels={labels!r} must be a level of the {depth} levels of folders: level:1 is the outermost, level:-1 "
            "the one that holds the picture."
        )
    if level > 0:
        return _names(parents, level - 1)
    return [parts[level] if len(parts) >= -level else "" for parts in parents]


def _said(parents: Sequence[Sequence[str]], classes: Sequence[Sequence[str]], level: int, split: int | None) -> str:
    """Which level the labels are, and how another is chosen."""
    depth = max(map(len, classes))
    if depth == 1 and split is None:
        return "labels are the names of the folders"
    place = level + 1 + (split is not None and level >= split)
    text = f"labels are the folders of level {place} of {max(map(len, parents))} ({_kinds(classes, level)})"
    other = next((one for one in reversed(range(depth)) if one != level and len(set(_names(classes, one))) >= 2), None)
    if other is None:
        return text
    choice = other + 1 + (split is not None and other >= split)
    return f'{text}; labels="{LEVEL}{choice}" (--labels) takes level {choice} ({_kinds(classes, other)})'


def _kinds(classes: Sequence[Sequence[str]], level: int) -> str:
    return f"{len(set(_names(classes, level)) - {''}):,} names"
