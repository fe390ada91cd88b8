"""Samples of arrays: in memory, in .npy and .npz files, and in tables of vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from likewise.arrays import Array
from likewise.data.layout import make_layout
from likewise.data.metadata import as_column, as_text
from likewise.data.options import Options
from likewise.data.samples import Samples
from likewise.data.storage import ArrayStore, MemoryStore, SampleStore, fits
from likewise.data.tables import features, read_table
from likewise.errors import LikewiseError
from likewise.keys import Keys

SAMPLE_NAMES = ("x", "images", "data")
LABEL_NAMES = ("y", "labels", "label")


def open_array(array: Array | Tensor, options: Options) -> Samples:
    """Samples of an array or tensor, whose memory is shared where no conversion is needed.

    Raises:
        LikewiseError: a shape, dtype or value that is neither an image nor a vector.
    """
    array = array.detach().cpu() if isinstance(array, Tensor) else array
    if isinstance(array, np.ndarray) and array.dtype.kind not in "buif":
        raise LikewiseError(f"samples must be numbers, got an array of {array.dtype}.")
    layout = make_layout(array, options.size, options.channels)
    if 0 in array.shape:
        raise LikewiseError(f"an array of shape {list(array.shape)} holds no samples.")
    store: SampleStore = ArrayStore(array, layout)
    if fits(len(array), layout.shape, layout.dtype.itemsize, options.resident):
        store = MemoryStore(layout.convert(array))
    notes = []
    if layout.axis is not None or len(layout.shape) == 3:
        native = (1 if layout.axis is None else array.shape[layout.axis], *layout.native)
        if native != layout.shape:
            notes.append(
                f"images of {_by(native)} brought to {_by(layout.shape)}, shorter side resized, centre cropped"
            )
    return Samples(store, notes=tuple(notes))


def open_file(path: Path, options: Options, part: str = "") -> Samples:
    """Samples of a .npy, .npz, .csv or .parquet file, or of one part of a .npz. Nothing is ever unpickled.

    Raises:
        LikewiseError: another kind of file, or one that cannot be read.
    """
    kind = path.suffix.lower()
    if kind in (".csv", ".parquet"):
        return _open_table(path, options)
    if kind not in (".npy", ".npz"):
        raise LikewiseError(f"cannot open {path}: give a folder of images, or a .npy, .npz, .csv or .parquet file.")
    try:
        if kind == ".npy":
            return open_array(np.load(path, mmap_mode="r", allow_pickle=False), options)
        with np.load(path, allow_pickle=False) as archive:
            return _open_archive(path, archive, options, f"{part}_" if part else "")
    except LikewiseError:
        raise
    except (OSError, ValueError, EOFError) as error:
        if "Object arrays" in str(error):
            raise LikewiseError(
                f"{path} holds Python objects, which are not read: save texts by .astype(str)."
            ) from error
        raise LikewiseError(f"cannot read {path}: {error}.") from error


def _open_archive(path: Path, archive: Any, options: Options, prefix: str) -> Samples:
    found = [name for name in SAMPLE_NAMES if prefix + name in archive]
    if not found:
        wanted = ", ".join(prefix + name for name in SAMPLE_NAMES)
        parts = sorted({name.rpartition("_")[0] for name in archive.files if name.rpartition("_")[2] in SAMPLE_NAMES})
        ask = f"; it has parts: open {path}:{parts[0]}, say" if parts and not prefix else ""
        raise LikewiseError(f"{path} has no array {wanted}; it has {', '.join(archive.files)}{ask}.")
    samples = open_array(archive[prefix + found[0]], options)
    label = [name for name in LABEL_NAMES if prefix + name in archive]
    columns = {"label": archive[prefix + label[0]].reshape(-1)} if label else {}
    return Samples(samples.store, columns, notes=samples.notes)


def _open_table(path: Path, options: Options) -> Samples:
    """Every numeric column is a feature, but for "key" (the samples' keys), "label" and those named as either."""
    table = read_table(path)
    aside = {"key", "label", options.keys or "key", options.labels or "label"}
    vectors, names = features(table, aside)
    columns = {name: values for name, values in table.items() if name not in names}
    shown = ", ".join(names) if len(names) <= 12 else f"{names[0]} to {names[-1]}"
    samples = open_array(vectors, options)
    keys = columns.pop("key", None) if options.keys is None else None
    return Samples(
        samples.store,
        columns,
        named=None if keys is None else Keys.of(as_text(as_column(keys, len(vectors), "key"))),
        features=tuple(names) if len(names) == vectors.shape[1] else (),  # not where a column holds lists
        notes=(f"features are {len(names)} columns of numbers: {shown}",),
    )


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
