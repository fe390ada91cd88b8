"""Opening samples from whatever a person has."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from likewise.data.files import open_array, open_file
from likewise.data.folder import open_folder, open_paths, open_pattern
from likewise.data.hugging import open_hugging
from likewise.data.items import open_items
from likewise.data.metadata import Columns, as_column, as_label, as_text, join
from likewise.data.options import Options
from likewise.data.samples import Samples
from likewise.data.walking import extensions
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.modalities import Modality, make_modality


def open_samples(
    source: Any,
    *,
    size: int | None = None,
    channels: int | None = None,
    labels: Any = None,
    keys: Any = None,
    columns: Columns | None = None,
    modality: str | Modality | None = None,
    modality_options: Mapping[str, Any] | None = None,
    unreadable: Literal["error", "skip"] = "error",
    range: tuple[float, float] | None = None,
    pages: Literal["first", "samples", "channels"] | None = None,
    workers: int | None = None,
    resident: bool | None = None,
) -> Samples:
    """Samples of a folder, a file, an array, a torch dataset or a Hugging Face dataset.

    Args:
        source: a folder of images at any depth, a pattern (photos/*/*.jpg) or a list of their paths; a .npy or .npz
            file (arrays x, images or data, and y or labels; FILE.npz:train for its train_images and train_labels); a
            .csv or .parquet table of vectors; an array or tensor, uint8 or float in [0, 1] ``[n, H, W]``, ``[n, H, W,
            C]`` or ``[n, C, H, W]`` (images), or ``[n, d]``
            (vectors); a map-style torch dataset or a list of pictures; a ``datasets.Dataset``. Memory of arrays is
            shared, not copied, where it fits as it is.
        size: side in pixels: the shorter side of images is resized to it and the centre square is cut. Default: images
            of one size keep it, others take the median shorter side, at most 224.
        channels: 1 or 3, or 4 for four bands as they are; default 3, or 1 where all images are grey.
        labels: one label a sample, or the name of the column that holds them; of image files also a level of their
            folders: "level:1" is the outermost, "level:-1" the one that holds the image. Default: the deepest level
            whose names repeat, but for a level of train, val, test, which becomes the column "split".
        keys: one unique string a sample, or the name of a column; default the relative path, a table's
            column "key", or a hash of the content.
        columns: metadata, as a dict or as a CSV or Parquet file whose column "key" names the samples.
        modality: the kind of data: "image", "vector", or another of ``likewise.modalities.MODALITIES``. Default: a
            folder holds images, a table vectors, and an array what its shape and range say (``samples.notes`` has what
            was guessed).
        modality_options: of the kind named: how a table is read, for example.
        unreadable: "error", or "skip" to leave unreadable image files out (``samples.notes`` names them).
        range: values that become 0 and 255, of pictures of more than 8 bits and of arrays of other numbers than bytes.
            Default: of picture files 0 to 65535 or [0, 1] where they use it, else their own percentiles.
        pages: of files with several pages or frames the "first", each as one of the "samples" (columns "file" and
            "page"), or all as "channels". Default: the first.
        workers: threads that decode images; default one a core.
        resident: True to hold the samples in memory, False to decode them when read; default in memory up to 2 GiB.

    Raises:
        LikewiseError: there are fewer than two samples, or something in the source cannot be used; it is named.

    >>> open_samples(np.eye(3), labels=["a", "b", "a"])
    3 vectors of 3, in memory (0.0 MiB)
      columns: label (2 classes)
    """
    named = {"labels": labels if isinstance(labels, str) else None, "keys": keys if isinstance(keys, str) else None}
    of_images = {name: value for name, value in (("range", range), ("pages", pages)) if value is not None}
    if of_images:
        modality, modality_options = modality or "image", {**of_images, **(modality_options or {})}
    if modality is None and modality_options:
        raise LikewiseError(f"{', '.join(modality_options)}: options of a modality need its name, modality=.")
    kind = None if modality is None else make_modality(modality, modality_options)
    samples = _read(source, Options(size, channels, unreadable, workers, resident, **named, modality=kind))
    n = len(samples)
    if n < 2:
        raise LikewiseError(f"{n} sample: learning what is alike needs at least 2.")
    if isinstance(keys, str):
        keys = samples[keys]
    names = samples.named if keys is None else Keys.of(as_text(as_column(keys, n, "keys")))
    found = {name: as_column(values, n, name) for name, values in samples.columns.items()}
    joined, matched = join(columns, n, names) if columns is not None else ({}, [])
    found |= joined
    samples = replace(samples, columns=found, named=names, notes=(*samples.notes, *matched, *_of_copies(samples)))
    if labels is None and (samples.classes or "label" not in found):
        return samples
    chosen = found.get("label") if labels is None else samples[labels] if isinstance(labels, str) else labels
    found["label"], classes = as_label(chosen, n)
    return replace(samples, columns=found, classes=classes)


def _read(source: Any, options: Options) -> Samples:
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        archive, _, part = str(path).rpartition(":")
        if archive.endswith(".npz") and not path.exists() and Path(archive).is_file():
            return open_file(Path(archive), options, part)
        if not path.exists() and glob.has_magic(str(path)):
            return open_pattern(str(path), options)
        if not path.exists():
            raise LikewiseError(f"there is no file or folder {path}.")
        return open_folder(path, options) if path.is_dir() else open_file(path, options)
    if isinstance(source, dict):
        raise LikewiseError(f"choose one part of the source: source[{next(iter(source), '...')!r}].")
    if hasattr(source, "features") and hasattr(source, "select_columns"):
        return open_hugging(source, options)
    if options.pictures and _are_paths(source):
        return open_paths(list(source), options)
    if isinstance(source, tuple):
        raise LikewiseError("give the samples alone, and their labels by labels=.")
    if isinstance(source, np.ndarray | Tensor):
        return open_array(source, options)
    if not hasattr(source, "__getitem__") or not hasattr(source, "__len__"):
        raise LikewiseError(f"cannot open a {type(source).__name__}: it has no length or cannot be indexed.")
    if len(source) == 0:
        raise LikewiseError("the source holds no samples.")
    return open_items(source, options)


def _of_copies(samples: Samples) -> list[str]:
    """What is said of images that are there more than once."""
    if not samples.has_copies:
        return []
    again = int((samples.copies != np.arange(len(samples))).sum())
    what = "1 image is an exact copy of another" if again == 1 else f"{again:,} images are exact copies of others"
    return [f"{what}; split keeps copies on one side, unless copies='anywhere'"]


def _are_paths(source: Any) -> bool:
    """Whether these are paths, or texts that look like paths of pictures."""
    several = source.ndim == 1 if isinstance(source, np.ndarray) else isinstance(source, list | tuple)
    if not several or len(source) == 0 or not all(isinstance(one, str | os.PathLike) for one in source):
        return False
    return isinstance(source[0], os.PathLike) or Path(source[0]).suffix.lower() in extensions()
