"""Finding picture files below a folder: what is read, what is left out, and how that is said."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

NOT_PICTURES = frozenset(
    [".bufr", ".eps", ".grib", ".h5", ".hdf", ".iim", ".mpeg", ".mpg", ".ps", ".emf", ".wmf"]
)  # which Pillow knows by name, but hands to other programs or cannot decode
DEBRIS = frozenset(["__macosx", "#recycle", "$recycle.bin", "lost+found", "@eadir", "@recycle"])
LEFTOVERS = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "folder.db"])
WITHOUT = "without an ending"
ADVICE = {
    ".dcm": "write DICOM as 16-bit PNG first, by dcm2pnm +on2, or the arrays of pydicom by np.save",
    ".heic": "Pillow reads them once pillow_heif.register_heif_opener() was called",
    "raw": "develop raw photos to JPEG or 16-bit TIFF first",
}
RAW = frozenset([".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"])
KINDS = 8
"""So many kinds of files that are not read are named."""


@lru_cache(maxsize=1)
def _builtin() -> None:
    from PIL import Image as pillow

    pillow.init()


def extensions() -> frozenset[str]:
    """The endings, in small letters, of the pictures that the installed Pillow reads."""
    from PIL import Image as pillow

    _builtin()
    return frozenset(end for end, kind in pillow.registered_extensions().items() if kind in pillow.OPEN) - NOT_PICTURES


@dataclass
class Found:
    """Picture files below a folder, and what else is there.

    Attributes:
        paths: relative to the folder, with "/" between, sorted.
        others: how many files of each other kind there are, by ending.
        hidden: hidden files, and those that operating systems leave behind.
        left_out: names of the folders that hold no pictures of the user's, such as thumbnails.
        links: folders that are links, and were followed.
        loops: folders that are links to what had been searched already.
        broken: links to nothing.
        closed: folders that could not be looked into.
    """

    paths: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    left_out: set[str] = field(default_factory=set)
    links: int = 0
    loops: int = 0
    broken: int = 0
    closed: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Sentences on what was not read, or followed."""
        notes = []
        if self.others:
            notes.append(f"not read: {self.kinds()}")
        if self.hidden or self.left_out:
            parts = [_count(self.hidden, "hidden file")] if self.hidden else []
            parts += [f"the folders {', '.join(sorted(map(shown, self.left_out)))}"] if self.left_out else []
            notes.append(f"left out: {' and '.join(parts)}")
        if self.links:
            notes.append(f"{_count(self.links, 'linked folder')} followed")
        if self.loops:
            notes.append(f"{_count(self.loops, 'linked folder')} not followed: the search had been there already")
        if self.broken:
            notes.append(f"{_count(self.broken, 'link')} to nothing left out")
        if self.closed:
            first = shown(self.closed[0])
            notes.append(f"{_count(len(self.closed), 'folder')} could not be looked into, the first is {first}")
        return notes

    def kinds(self) -> str:
        """The kinds of files that are not read, the commonest first, and what can be done about them."""
        named = [f"{count:,} {shown(kind)}" for kind, count in self.others.most_common(KINDS)]
        rest = sum(self.others.values()) - sum(count for _, count in self.others.most_common(KINDS))
        advice = {ADVICE[kind] for kind in map(_advised, self.others) if kind in ADVICE}
        named += [f"{rest:,} of other kinds"] if rest else []
        return ", ".join(named) + (f" ({'; '.join(sorted(advice))})" if advice else "")


def find_pictures(folder: Path) -> Found:
    """All pictures below a folder. Folders that are links are followed, after all others, each place once."""
    found, known, linked = Found(), extensions(), [(folder, "")]
    visited: set[tuple[int, int]] = set()
    while linked:
        place, below = linked.pop(0)
        if _place(place) in visited:
            found.loops += 1
            continue
        found.links += bool(below)
        for path, relative in _walk(place, below, found, linked, visited):
            _sort(path, relative, found, known)
    found.paths.sort()
    return found


def sort_files(paths: Iterable[tuple[Path, str]]) -> Found:
    """Which of these files, each with what it shall be called, are pictures."""
    found, known = Found(), extensions()
    for path, name in paths:
        _sort(path, name, found, known)
    return found


def shown(name: str | os.PathLike[str]) -> str:
    r"""A name as it can be printed: what is not UTF-8 in it is escaped.

    >>> shown("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fspath(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _walk(
    start: Path, below: str, found: Found, linked: list[tuple[Path, str]], visited: set[tuple[int, int]]
) -> Iterator[tuple[Path, str]]:
    """Every file below a place, with its name relative to the folder; links to folders are put aside for later."""
    for place, folders, files in os.walk(start, onerror=lambda error: found.closed.append(str(error.filename))):
        visited.add(_place(place))
        relative = os.path.relpath(place, start)
        prefix = "/".join(part for part in (below, "" if relative == "." else relative.replace(os.sep, "/")) if part)
        found.left_out |= {name for name in folders if _debris(name)}
        folders[:] = sorted(name for name in folders if not _debris(name))
        for name in [name for name in folders if os.path.islink(os.path.join(place, name))]:
            folders.remove(name)
            linked.append((Path(place) / name, f"{prefix}/{name}" if prefix else name))
        for name in sorted(files):
            yield Path(place) / name, f"{prefix}/{name}" if prefix else name


def _sort(path: Path, relative: str, found: Found, known: frozenset[str]) -> None:
    """Put one file where it belongs."""
    name, ending = path.name.lower(), path.suffix.lower()
    if name.startswith(".") or name in LEFTOVERS:
        found.hidden += 1
    elif not path.exists():
        found.broken += 1
    elif ending in known:
        found.paths.append(relative)
    else:
        found.others[_kind(path, ending)] += 1


def _kind(path: Path, ending: str) -> str:
    """What a file that is no picture is counted as; DICOM files often have no ending, or a number for one."""
    if not ending or ending[1:].isdecimal():
        try:
            with path.open("rb") as file:
                return ".dcm" if file.read(132)[128:] == b"DICM" else WITHOUT
        except OSError:
            return WITHOUT
    return ending


def _advised(kind: str) -> str:
    return "raw" if kind in RAW else {".heif": ".heic", ".dicom": ".dcm"}.get(kind, kind)


def _debris(name: str) -> bool:
    return name.startswith(".") or name.lower() in DEBRIS


def _place(path: str | Path) -> tuple[int, int]:
    there = os.stat(path)
    return there.st_dev, there.st_ino


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"
