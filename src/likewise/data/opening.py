"""Opening samples from whatever a person has."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from likewise.data.files import open_array, open_file
from likewise.data.folder import open_folder, open_paths, open_pattern
from likewise.data.hugging import open_hugging
from likewise.data.items import open_items
from likewise.data.labels import as_label
from likewise.data.metadata import Columns, as_column, as_text, join
from likewise.data.options import Options
from likewise.data.samples import Samples
from likewise.data.tables import open_table
from likewise.data.walking import extensions
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.missing import missing_words
from likewise.modalities import Modality, make_modality
from likewise.tables import is_table, is_table_path, texts_of


def open_samples(
    source: Any,
    *,
    size: int | None = None,
    channels: int | None = None,
    labels: Any = None,
    keys: Any = None,
    columns: Columns | None = None,
    features: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    missing: Iterable[Any] | str | None = None,
    unlabelled: Any = None,
    dialect: Mapping[str, Any] | None = None,
    modality: str | Modality | None = None,
    modality_options: Mapping[str, Any] | None = None,
    unreadable: Literal["error", "skip"] = "error",
    range: tuple[float, float] | None = None,
    pages: Literal["first", "samples", "channels"] | None = None,
    workers: int | None = None,
    resident: bool | None = None,
) -> Samples:
    """Samples of a folder, a file, a table, an array, a torch dataset or a Hugging Face dataset.

    Args:
        source: a folder of images at any depth, a pattern (photos/*/*.jpg) or a list of their paths; a .npy or .npz
            file (arrays x, images or data, and y or labels; FILE.npz:train for its train_images and train_labels); a
            table with a sample in each row (CSV, TSV, Parquet or a folder of its parts, Arrow, JSON lines; of pandas,
            polars or pyarrow; a mapping of columns); a list of texts; a sparse matrix; an array or tensor, uint8 or
            float in [0, 1] ``[n, H, W]``, ``[n, H, W, C]`` or ``[n, C, H, W]`` (images), or ``[n, d]`` (vectors); a
            map-style torch dataset or a list of pictures; a ``datasets.Dataset``. Memory of arrays is shared, not
            copied, where it fits as it is.
        size: side in pixels: the shorter side of images is resized to it and the centre square is cut. Default: images
            of one size keep it, others take the median shorter side, at most 224.
        channels: 1 or 3, or 4 for four bands as they are; default 3, or 1 where all images are grey.
        labels: one label a sample, any values, or the name of the column that holds them; of image files also a level
            of their folders: "level:1" is the outermost, "level:-1" the one that holds the image. Default: the deepest
            level whose names repeat, but for a level of train, val, test, which becomes the column "split".
        keys: one unique string a sample, or the name of a column; default the relative path, a table's
            column "key", or a hash of the content.
        columns: metadata: a mapping, or a table whose column "key" names the samples (a table in memory without it has
            a row for each sample).
        features: of a table, the columns of numbers that make up a sample. Default: all but the key, the label and
            what looks like an id, an index or a target, which are metadata then; ``samples.notes`` says which.
        exclude: of a table, columns that are left out altogether.
        types: of a table's columns "text", "number" or "date"; default what their cells say. Digits with leading
            zeros, or more than 15 of them, are names and no numbers.
        missing: texts or numbers that mean missing, beside empty cells, NA, NaN, null, None and their like.
        unlabelled: a label, or several, that mean none; what is missing is no label anyway.
        dialect: of delimited text: encoding, delimiter, header (whether there is one), decimal ("." or ",").
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
    of_images = {name: value for name, value in (("range", range), ("pages", pages)) if value is not None}
    if of_images:
        modality, modality_options = modality or "image", {**of_images, **(modality_options or {})}
    if modality is None and modality_options:
        raise LikewiseError(f"{', '.join(modality_options)}: options of a modality need its name, modality=.")
    options = Options(
        size,
        channels,
        unreadable,
        workers,
        resident,
        labels=labels if isinstance(labels, str) else None,
        keys=keys if isinstance(keys, str) else None,
        modality=None if modality is None else make_modality(modality, modality_options),
        features=_names(features),
        exclude=_names(exclude),
        types=dict(types or {}),
        missing=missing,
        dialect=dialect,
    )
    samples = _read(source, options)
    if len(samples) < 2:
        raise LikewiseError(f"{len(samples)} sample: learning what is alike needs at least 2.")
    if keys is not None and not (isinstance(keys, str) and _opens_as_table(source) and samples.named is not None):
        samples = replace(samples, named=_keys(samples[keys] if isinstance(keys, str) else keys, len(samples)))
    return _with_labels(_with_columns(samples, columns, options), labels, unlabelled)


def _with_columns(samples: Samples, columns: Columns | None, options: Options) -> Samples:
    """The samples with their metadata as columns of one value each, and that of a person's joined."""
    words = missing_words(options.missing)
    found = {name: as_column(values, len(samples), name, words) for name, values in samples.columns.items()}
    joined, matched = join(columns, len(samples), samples.named, options) if columns is not None else ({}, [])
    return replace(samples, columns=found | joined, notes=(*samples.notes, *matched, *_of_copies(samples)))


def _with_labels(samples: Samples, labels: Any, unlabelled: Any) -> Samples:
    """The samples with the labels that were named, given, or found; classes that a data set names itself stay."""
    if labels is None and (samples.classes or "label" not in samples.columns):
        return samples
    chosen = samples["label" if labels is None else labels] if labels is None or isinstance(labels, str) else labels
    column, classes, said = as_label(chosen, len(samples), unlabelled)
    return replace(
        samples, columns={**samples.columns, "label": column}, classes=classes, notes=(*samples.notes, *said)
    )


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _keys(values: Any, n: int) -> Keys:
    return Keys.of(as_text(as_column(values, n, "keys"), frozenset()))


def _opens_as_table(source: Any) -> bool:
    if isinstance(source, str | Path):
        return is_table_path(Path(source).expanduser())
    return is_table(source) or _is_mapping_of_columns(source)


def _is_mapping_of_columns(source: Any) -> bool:
    """Whether a mapping holds columns of one length, and not the parts of a data set."""
    if not isinstance(source, Mapping) or not source:
        return False
    values = list(source.values())
    listed = all(isinstance(column, list | tuple) or len(getattr(column, "shape", ())) == 1 for column in values)
    return listed and len({len(column) for column in values}) == 1


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
        if is_table_path(path):
            return open_table(path, options)
        return open_folder(path, options) if path.is_dir() else open_file(path, options)
    if _opens_as_table(source):
        return open_table(source, options)
    if isinstance(source, dict):
        raise LikewiseError(f"choose one part of the source: source[{next(iter(source), '...')!r}].")
    if hasattr(source, "features") and hasattr(source, "select_columns"):
        return open_hugging(source, options)
    if options.pictures and _are_paths(source):
        return open_paths(list(source), options)
    if isinstance(source, np.ndarray | Tensor) or hasattr(source, "toarray"):
        return open_array(source, options)
    texts = texts_of(source)
    if texts is not None:
        return open_array(texts, options)
    if isinstance(source, tuple):
        raise LikewiseError("give the samples alone, and their labels by labels=.")
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
