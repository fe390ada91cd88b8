"""Pictures that were decoded once, kept at their working size so that the next command need not decode them."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.arrays import Array, fingerprint
from likewise.data.options import Options

FORMAT = "1"
WORTH = 1 << 25
"""Pixels of the pictures themselves from which on decoding takes a noticeable time."""
ROOM = 8 << 30
"""Bytes that are kept of all sets of pictures; those that were not asked for the longest make way."""


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


@dataclass(frozen=True)
class Shelf:
    """The place of one set of pictures, opened in one way; None where they are not to be kept."""

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
        return cls(cache_folder() / "pictures" / f"{name}.npz")

    def read(self) -> Decoded | None:
        """What is kept, None where nothing whole is."""
        if self.path is None or not self.path.is_file():
            return None
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                facts: dict[str, Any] = json.loads(file["facts"].tobytes())
                held = Decoded(file["pixels"], facts["kept"], facts["frames"], facts["notes"])
            os.utime(self.path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return held if len(held.pixels) == len(held.kept) else None

    def write(self, held: Decoded, work: int) -> None:
        """Keep what took decoding so many pixels, if that is worth it; what cannot be written is decoded again."""
        if self.path is None or work < WORTH:
            return
        facts = json.dumps({"kept": held.kept, "frames": held.frames, "notes": held.notes}).encode()
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                np.savez(file, pixels=held.pixels, facts=np.frombuffer(facts, np.uint8))
            partial.replace(self.path)
            self._make_room()
        except OSError:
            with suppress(OSError):
                partial.unlink()

    def _make_room(self) -> None:
        assert self.path is not None
        sets = sorted(self.path.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
        used = 0
        for path in sets:
            used += path.stat().st_size
            if used > ROOM and path != self.path:
                path.unlink(missing_ok=True)
