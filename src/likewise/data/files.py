"""Samples of arrays: in memory, and in .npy and .npz files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from likewise.arrays import Array, as_numpy
from likewise.data.options import Options
from likewise.data.samples import Samples
from likewise.data.storage import ArrayStore, MemoryStore, SampleStore, fits
from likewise.errors import LikewiseError
from likewise.modalities import guess
from likewise.tables import ENDINGS

SAMPLE_NAMES = ("x", "images", "data")
LABEL_NAMES = ("y", "labels", "label")


def open_array(array: Array | Tensor, options: Options) -> Samples:
    """Samples of an array or tensor, whose memory is shared where no conversion is needed.

    Raises:
        LikewiseError: a shape, dtype or value that is of no kind of data, or not of the one asked for.
    """
    array = array.detach().cpu() if isinstance(array, Tensor) else plain_array(array)
    modality, said = (options.modality, "") if options.modality is not None else guess(array)
    layout = modality.layout(array, options.size, options.channels)
    if 0 in array.shape:
        raise LikewiseError(f"an array of shape {list(array.shape)} holds no samples.")
    store: SampleStore = ArrayStore(array, layout)
    if fits(len(array), layout.shape, layout.dtype.itemsize, options.resident):
        store = MemoryStore(layout.convert(array, None))
    notes = (*([said] if said else []), *layout.notes)
    return Samples(store, dict(layout.columns), notes=notes, modality=modality)


def plain_array(array: Any) -> Array:
    """An array of a type that samples have: sparse ones are filled in, what is masked is NaN, objects are numbers."""
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan) if array.dtype.kind in "biuf" else np.ma.filled(array)
    found: Array = array if isinstance(array, np.memmap) else as_numpy(array)
    wide = found.dtype.kind == "f" and found.dtype.itemsize > 8  # of which torch has no type
    if not wide and (found.dtype.kind != "O" or found.ndim < 2):
        return found
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError):
        return found


def open_file(path: Path, options: Options, part: str = "") -> Samples:
    """Samples of a .npy or .npz file, or of one part of a .npz. Nothing is ever unpickled.

    Raises:
        LikewiseError: another kind of file, or one that cannot be read.
    """
    kind = path.suffix.lower()
    if kind not in (".npy", ".npz"):
        tables = ", ".join(ENDINGS)
        raise LikewiseError(f"cannot open {path}: give a folder of images, a .npy or .npz file, or a table ({tables}).")
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
    return replace(samples, columns={**samples.columns, **columns})
