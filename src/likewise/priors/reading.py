"""Embeddings that someone else has computed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from likewise.arrays import Array
from likewise.data import Samples
from likewise.data.options import Options
from likewise.data.schema import schema_of
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.space import Space
from likewise.tables import ENDINGS, read_frame


def from_file(path: str | os.PathLike[str], samples: Samples | None = None, *, metric: str = "cosine") -> Space:
    """A space of the embeddings in a ``.npy`` or ``.npz`` file or in a table, one row for each sample.

    A ``.npz`` file is a saved space, or holds one array [n, d]. Of a table its columns of numbers count, in their order
    (but for those that look like an id, an index or a target), or its one column of lists; where it has a column "key",
    rows are put in the order of the samples by it.

    Args:
        path: the file; nothing in it is unpickled.
        samples: what the rows belong to; they must be as many, or be found by their keys.
        metric: "cosine" or "euclidean"; a saved space keeps its own.

    Raises:
        LikewiseError: no such file, unknown ending, no numbers in it, rows that are not those of the samples.
    """
    file = Path(path)
    readers: dict[str, Callable[[Path], tuple[Array, Keys | None]]] = {".npy": _npy, ".npz": _npz}
    readers |= dict.fromkeys(ENDINGS, _table)
    if not file.exists():
        raise LikewiseError(f"there is no file {file}.")
    ending = ".parquet" if file.is_dir() else file.suffix
    if ending not in readers:
        raise unknown_name("ending of an embedding file", ending, readers)
    if ending == ".npz" and _is_space(file):
        space = Space.load(file)
        return space if samples is None else _matched(space, samples, file)
    array, keys = readers[ending](file)
    space = Space(array, metric, file.stem, keys, {"prior": "file", "file": file.name})
    return space if samples is None else _matched(space, samples, file)


def _matched(space: Space, samples: Samples, file: Path) -> Space:
    """The rows in the order of the samples."""
    array = space.array
    if space.keys is not None:
        rows = space.keys.positions(samples.keys)
        if (rows < 0).any():
            lost = samples.keys.values[int(np.argmax(rows < 0))]
            raise LikewiseError(f"{file} has no row for {int((rows < 0).sum())} samples; the first is {str(lost)!r}.")
        array = array[rows]
    if len(array) != len(samples):
        raise LikewiseError(f"{file} has {len(array)} rows and there are {len(samples)} samples: they must agree.")
    return Space(array, space.metric, space.name, samples.keys, space.info)


def _npy(file: Path) -> tuple[Array, None]:
    try:
        return np.load(file, allow_pickle=False), None
    except (ValueError, EOFError, OSError):
        raise LikewiseError(f"{file} is not a plain numpy array (pickled objects are not opened).") from None


def _is_space(file: Path) -> bool:
    try:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as arrays:
            return {"array", "space"} <= set(arrays.files)
    except Exception:
        raise LikewiseError(f"{file} is not a numpy archive.") from None


def _npz(file: Path) -> tuple[Array, None]:
    with file.open("rb") as raw, np.load(raw, allow_pickle=False) as arrays:
        if len(arrays.files) != 1:
            names = ", ".join(arrays.files)
            raise LikewiseError(f"{file} holds {len(arrays.files)} arrays ({names}): save the embeddings alone.")
        try:
            return arrays[arrays.files[0]], None
        except ValueError:
            raise LikewiseError(f"{file} holds pickled objects, which are not opened: save plain numbers.") from None


def _table(file: Path) -> tuple[Array, Keys | None]:
    frame = read_frame(file)
    schema = schema_of(frame, Options())
    for note in schema.notes:
        warnings.warn(f"{file}: {note}", stacklevel=4)
    keys = None if schema.key is None else Keys.of(key or "" for key in frame.text(schema.key))
    lists = [name for name in schema.features if frame.values(name).ndim == 2]
    names = lists if len(lists) == 1 else schema.features
    if not names:
        raise LikewiseError(f"{file} has no number columns and no column of lists.")
    columns = [frame.values(name).reshape(len(frame), -1) for name in names]
    return np.concatenate(columns, axis=1).astype(np.float32), keys
