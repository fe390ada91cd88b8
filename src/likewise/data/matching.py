"""Finding samples in a table whose keys are written otherwise: Windows paths, other folders before them, file names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from likewise.errors import LikewiseError
from likewise.keys import Keys


def match(table: Keys, samples: Keys, what: object) -> tuple[npt.NDArray[np.int64], list[str]]:
    """``[len(samples)]``: the row of the table for each sample, and a sentence where keys had to be read as paths.

    Keys are equal, or differ in the form of their Unicode only. Else both are read as paths, with "/" or backslashes,
    of which one may go on to the left of the other, if that leaves no doubt.

    Raises:
        LikewiseError: samples have no row; what is nearest to the first of them is said.
    """
    rows = table.positions(samples)
    if (rows >= 0).all():
        return rows, []
    paths = _as_paths(table, samples)
    if paths is not None:
        first = int(np.argmin(rows))
        key, written = str(samples.values[first]), str(table.values[paths[first]])
        return paths, [f"keys of {what} are paths of the same files: {written} is {key}"]
    missing, count = str(samples.values[int(np.argmin(rows))]), int((rows < 0).sum())
    raise LikewiseError(
        f"{what} has no row for the key {missing!r} ({count} of {len(samples)} samples have none)"
        f"{_help(missing, table.values.tolist())}."
    )


def _as_paths(table: Keys, samples: Keys) -> npt.NDArray[np.int64] | None:
    """The row of each sample by the end of its path, None where a sample has none or more than one."""
    parts = [_parts(key) for key in table.values.tolist()]
    wanted = [_parts(key) for key in samples.values.tolist()]
    rows: list[int] = []
    by_name: dict[str, list[int]] = {}
    for row, path in enumerate(parts):
        by_name.setdefault(path[-1] if path else "", []).append(row)
    for path in wanted:
        found = [row for row in by_name.get(path[-1] if path else "", []) if _ends_alike(parts[row], path)]
        longest = max((min(len(parts[row]), len(path)) for row in found), default=0)
        found = [row for row in found if min(len(parts[row]), len(path)) == longest]
        if len(found) != 1:
            return None
        rows += found
    return np.array(rows, dtype=np.int64) if len(set(rows)) == len(rows) else None


def _parts(key: str) -> tuple[str, ...]:
    """The folders and the name of a path as Windows or Unix write it, without the drive."""
    path = normalize("NFC", key).replace("\\", "/")
    path = path[2:] if path[1:2] == ":" else path
    return tuple(part for part in path.split("/") if part not in ("", "."))


def _ends_alike(a: Sequence[str], b: Sequence[str]) -> bool:
    shorter = min(len(a), len(b))
    return tuple(a[-shorter:]) == tuple(b[-shorter:])


def _help(missing: str, keys: list[str]) -> str:
    """What in the table comes nearest to a key that it lacks."""
    name = _parts(missing)[-1] if _parts(missing) else missing
    same = [key for key in keys if _parts(key)[-1:] == (name,)]
    if same:
        return (
            f"; {len(same)} of its rows end in {name!r}, the first is {same[0]!r}: write keys as the samples have them"
        )
    folded = [key for key in keys if _parts(key) and _parts(key)[-1].casefold() == name.casefold()]
    if folded:
        return f"; {folded[0]!r} differs in capital letters"
    stem = PurePosixPath(name).stem
    ended = [key for key in keys if _parts(key) and PurePosixPath(_parts(key)[-1]).stem == stem]
    if ended:
        return f"; {ended[0]!r} has another ending"
    return f"; its first is {keys[0]!r}" if keys else "; it is empty"
