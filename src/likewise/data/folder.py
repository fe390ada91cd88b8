"""Samples of image files: those of a folder, of a pattern such as photos/*/*.jpg, or of a list of paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from likewise.data.decoded import stamp_of
from likewise.data.levels import of_folders
from likewise.data.options import Options
from likewise.data.pictures import open_pictures
from likewise.data.reading import open_picture
from likewise.data.samples import Samples
from likewise.data.walking import Found, find_pictures, shown, sort_files
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.modalities.image import LARGEST_PICTURE

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class FolderPictures:
    """Image files by their path below a folder."""

    folder: Path
    paths: Sequence[str]
    limit: int = LARGEST_PICTURE

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, row: int) -> str:
        """The whole path."""
        return shown(self.folder / self.paths[row])

    def open(self, row: int) -> Image:
        """The file's header; pixels are decoded when asked for."""
        return open_picture(self.folder / self.paths[row], self.limit)


def open_folder(folder: Path, options: Options) -> Samples:
    """All images below a folder, sorted by relative path, which is their key.

    What the folders mean, ``of_folders`` says.

    Raises:
        LikewiseError: there is no image, one cannot be read (unless unreadable is "skip"), or a name is not UTF-8.
    """
    return _open_found(folder, find_pictures(folder), options)


def open_pattern(pattern: str, options: Options) -> Samples:
    """All images whose paths match a pattern with ``*``, ``?``, ``[]`` or ``**``; keys begin after its fixed folders.

    Raises:
        LikewiseError: as for a folder.
    """
    fixed = Path(*_before(Path(pattern).parts))
    matches = [Path(match) for match in sorted(glob(pattern, recursive=True))]
    found = sort_files((path, path.relative_to(fixed).as_posix()) for path in matches if path.is_file())
    if not found.paths and matches and not found.others:
        raise LikewiseError(f"{pattern} matches folders only: name the files in them, as in {pattern.rstrip('/')}/*.")
    return _open_found(fixed, found, options, pattern)


def open_paths(paths: Sequence[str | os.PathLike[str]], options: Options) -> Samples:
    """Images of these files, in their order; keys are the paths below the folder that they have in common.

    Raises:
        LikewiseError: a file is missing or named twice, or cannot be read.
    """
    files = [Path(path).expanduser() for path in paths]
    if missing := [path for path in files if not path.is_file()]:
        raise LikewiseError(
            f"there is no file {shown(missing[0])} ({len(missing):,} of {len(files):,} are missing): a list of texts "
            "is read as the paths of images."
        )
    whole = [path.absolute() for path in files]
    home = Path(os.path.commonpath([path.parent for path in whole]))
    return _open_found(home, Found([path.relative_to(home).as_posix() for path in whole]), options)


def _open_found(folder: Path, found: Found, options: Options, what: str = "") -> Samples:
    modality = options.require_pictures(what or shown(folder))
    notes = found.notes()
    paths = _readable_names(found.paths, folder, options, notes)
    if not paths:
        there = f": there are {found.kinds()}" if found.others else ""
        raise LikewiseError(f"no image in {what or shown(folder)} that Pillow reads, at any depth{there}.")
    pictures = FolderPictures(folder, paths, getattr(modality, "limit", LARGEST_PICTURE))
    opened = open_pictures(pictures, options, stamp=stamp_of([folder / path for path in paths]))
    names = [paths[row] for row in opened.kept]
    columns, meant = of_folders(names, options.labels)
    if opened.frames is not None:
        columns["file"], columns["page"] = np.array(names), np.array(opened.frames)
        several = {name for name, frame in zip(names, opened.frames, strict=True) if frame}
        numbered = zip(names, opened.frames, strict=True)
        names = [f"{name}#{frame}" if name in several else name for name, frame in numbered]
    said = (*opened.notes, *notes, *meant)
    return Samples(opened.store, columns, notes=said, named=Keys.of(names), modality=modality)


def _readable_names(paths: list[str], folder: Path, options: Options, notes: list[str]) -> list[str]:
    """The paths that are text, which keys have to be; a path that is none is refused or, if wished, skipped."""
    strange = [path for path in paths if shown(path) != path]
    if not strange:
        return paths
    if options.unreadable != "skip":
        raise LikewiseError(
            f"the name of the image {shown(folder / strange[0])} is not UTF-8 ({len(strange):,} of {len(paths):,} are "
            "not), and keys are texts: rename it (convmv -r -f latin1 -t utf8 --notest FOLDER), or pass "
            "unreadable='skip' (--skip-unreadable)."
        )
    notes.append(f"{len(strange):,} images skipped whose names are not UTF-8, the first is {shown(strange[0])}")
    return [path for path in paths if shown(path) == path]


def _before(parts: Iterable[str]) -> Iterator[str]:
    """The parts of a path before the first with a wildcard."""
    return takewhile(lambda part: not re.search("[*?[]", part), parts)
