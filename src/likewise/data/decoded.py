"""Pictures that were decoded once, kept at their working size so that the next command need not decode them."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, fingerprint
from likewise.data.depth import Window
from likewise.data.options import Options

FORMAT = "2"
WORTH = 1 << 25
"""Pixels of the pictures themselves from which on decoding takes a noticeable time."""
ROOM = 8 << 30
"""Bytes that are kept of all sets of pictures; those that were not asked for the longest make way."""
DAY = 24 * 3600
FREE = 2
"""So many times the bytes of a set must be free on the disk."""


def cache_folder(cache: str | os.PathLike[str] | None = None) -> Path:
    """The folder asked for, else that of the variable LIKEWISE_CACHE, else ~/.cache/likewise."""
    return Path(cache or os.environ.get("LIKEWISE_CACHE") or "~/.cache/likewise").expanduser()


def stamp_of(files: Sequence[Path]) -> str:
    """What changes whenever one of these files does: their paths, sizes and times of change."""
    facts = ((os.fsencode(file.absolute()), os.stat(file)) for file in files)
    return fingerprint(*(part for name, stat in facts for part in (name, f"{stat.st_size} {stat.st_mtime_ns}")))


@dataclass(frozen=True)
class Decoded:
    """What ``open_pictures`` made of a set of pictures: uint8 ``[n, C, H, W]``, and the facts of ``Opened``."""

    pixels: Array
    kept: list[int]
    frames: list[int] | None
    notes: list[str]
    window: Window = field(default_factory=Window)


@dataclass(frozen=True)
class Shelf:
    """The place of one set of pictures, opened in one way; None where they are not to be kept.

    A file of the pixels, and one of the facts, which is written last: where it is there, the set is whole.
    """

    path: Path | None

    @classmethod
    def of(cls, stamp: str | None, options: Options) -> Shelf:
        """The place of pictures with this stamp."""
        if stamp is None or options.resident is False:
            return cls(None)
        from PIL import __version__ as pillow

        how = (options.size, options.channels, options.unreadable, options.resident)
        own = {} if options.modality is None else vars(options.modality)
        name = fingerprint(FORMAT, pillow, stamp, f"{how} {type(options.modality).__name__} {sorted(own.items())}")
        return cls(cache_folder() / "pictures" / f"{name}.npy")

    def read(self) -> Decoded | None:
        """What is kept, its pixels on disk; None where nothing whole is."""
        if self.path is None or not self._facts.is_file():
            return None
        try:
            facts: dict[str, Any] = json.loads(self._facts.read_text(encoding="utf-8"))
            window = Window(*map(tuple, facts.pop("window")))
            held = Decoded(np.load(self.path, mmap_mode="r", allow_pickle=False), **facts, window=window)
            os.utime(self.path)
        except (OSError, ValueError, TypeError, KeyError, EOFError):
            return None
        return held if len(held.pixels) >= len(held.kept) else None

    def room(self, shape: tuple[int, ...], work: int) -> Array | None:
        """An array on disk for pixels ``[n, C, H, W]``; None where it has no room, or decoding is not worth it.

        ``work`` counts the pixels of the pictures themselves.
        """
        size = math.prod(shape)
        if self.path is None or work < WORTH or size > ROOM:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.path.parent).free < FREE * size:
                return None
            found: Array = np.lib.format.open_memmap(self._partial, mode="w+", dtype=np.uint8, shape=shape)
        except OSError:
            return None
        return found

    def keep(self, held: Decoded) -> Array:
        """Keep a set whose pixels ``room`` gave, which are given back to be read only where that succeeds."""
        assert self.path is not None
        facts: dict[str, Any] = {"kept": held.kept, "frames": held.frames, "notes": held.notes}
        facts["window"] = [held.window.whole, held.window.floats]
        try:
            if isinstance(held.pixels, np.memmap):
                held.pixels.flush()
            self._partial.replace(self.path)
            partial = self._facts.with_name(f".{self._facts.name}.{os.getpid()}")
            partial.write_text(json.dumps(facts), encoding="utf-8")
            partial.replace(self._facts)
            self._make_room()
            found: Array = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except OSError:
            return held.pixels
        return found

    def drop(self) -> None:
        """Forget what was begun."""
        if self.path is not None:
            with suppress(OSError):
                self._partial.unlink(missing_ok=True)

    @property
    def _facts(self) -> Path:
        assert self.path is not None
        return self.path.with_suffix(".json")

    @property
    def _partial(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f".{self.path.name}.{os.getpid()}")

    def _make_room(self) -> None:
        assert self.path is not None
        sets = sorted(self.path.parent.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in self.path.parent.glob(".*"):  # begun by a process that ended
            if path.stat().st_mtime < time.time() - DAY:
                path.unlink(missing_ok=True)
        used = 0
        for path in sets:
            used += path.stat().st_size
            if used > ROOM and path != self.path:
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)
