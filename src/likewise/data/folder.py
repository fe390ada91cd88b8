"""Samples of a folder of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from likewise.data.options import Options
from likewise.data.pictures import open_pictures
from likewise.data.samples import Samples
from likewise.errors import LikewiseError
from likewise.keys import Keys

if TYPE_CHECKING:
    from PIL.Image import Image

EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class FolderPictures:
    """Image files by their path below a folder."""

    folder: Path
    paths: Sequence[str]

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, row: int) -> str:
        """The whole path."""
        return str(self.folder / self.paths[row])

    def open(self, row: int) -> Image:
        """The file's header; pixels are decoded when asked for."""
        from PIL import Image as pillow

        return pillow.open(self.folder / self.paths[row])


def open_folder(folder: Path, options: Options) -> Samples:
    """All images below a folder, sorted by relative path, which is their key; hidden files are skipped.

    The column "folder" has the first-level directory; two or more of them are offered as the labels.

    Raises:
        LikewiseError: there is no image, or one cannot be read (unless unreadable is "skip").
    """
    modality = options.require_pictures(str(folder))
    paths = _images(folder)
    if not paths:
        raise LikewiseError(f"no image in {folder}: looked at all depths for {', '.join(EXTENSIONS)}.")
    store, kept, notes = open_pictures(FolderPictures(folder, paths), options)
    names = [paths[row] for row in kept]
    top = np.array([name.split("/")[0] if "/" in name else "" for name in names])
    columns = {"folder": top} if any(top.tolist()) else {}
    if len(set(top.tolist()) - {""}) >= 2:
        columns["label"] = top
        notes.append("labels are the names of the folders")
    return Samples(store, columns, notes=tuple(notes), named=Keys.of(names), modality=modality)


def _images(folder: Path) -> list[str]:
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        images = (name for name in files if not name.startswith(".") and name.lower().endswith(EXTENSIONS))
        found.extend((Path(place) / name).relative_to(folder).as_posix() for name in images)
    return sorted(found)
