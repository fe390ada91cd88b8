"""A metric space: what it says is near, before anything is trained."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, BoolArray, FloatArray, as_numpy, fingerprint, require_finite
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.tables import is_table, read_frame

METRICS = ("cosine", "euclidean")
FORMAT = 1
WHOLE = 1 << 24
"""Up to here float32 holds all whole numbers."""


@dataclass(frozen=True, eq=False, repr=False)
class Space:
    """One row for each sample, and the metric by which rows are near or far.

    Attributes:
        array: floating point [n, d].
        metric: "cosine" or "euclidean".
        name: what made it.
        keys: the samples' keys, where known.
        info: facts on how it was made, as JSON holds them.

    Raises:
        LikewiseError: not [n, d], NaN or infinity in a row, unknown metric, as many keys as rows missing.
    """

    array: Array
    metric: str = "cosine"
    name: str = "space"
    keys: Keys | None = None
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_metric(self.metric)
        object.__setattr__(self, "array", _floating(self.array, self.name))
        if self.keys is not None and len(self.keys) != self.n:
            raise LikewiseError(f"space {self.name!r} has {self.n} rows and {len(self.keys)} keys: they must agree.")

    @classmethod
    def of(cls, x: SpaceLike, metric: str | None = None) -> Space:
        """The space itself, or one of an array or tensor [n, d]; compared by ``metric``, else its own, else cosine."""
        space = x if isinstance(x, Space) else cls(_floating(x, "space"))
        return space if metric in (None, space.metric) else replace(space, metric=metric)

    @property
    def n(self) -> int:
        """How many samples."""
        return int(self.array.shape[0])

    @property
    def d(self) -> int:
        """How many dimensions."""
        return int(self.array.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Content hash (32 hex digits) of the array and the metric; names, keys and info do not enter."""
        return fingerprint(self.array, self.metric)

    @cached_property
    def normalized(self) -> FloatArray:
        """The rows divided by their norm, float32 [n, d]; a row of zeros stays."""
        rows = self.array.astype(np.result_type(self.array, np.float32))
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(norms > 0, norms, 1)
        return rows.astype(np.float32, copy=False)

    @cached_property
    def compared(self) -> FloatArray:
        """The rows as the metric compares them, float32 [n, d]: of length 1 for cosine.

        Float64 rows of a Euclidean space are centred first: far from the origin float32 holds no differences.
        """
        if self.metric == "cosine":
            return self.normalized
        centred = self.array - self.array.mean(0) if self.array.dtype == np.float64 else self.array
        return centred.astype(np.float32, copy=False)

    @cached_property
    def blank(self) -> BoolArray:
        """Which rows ``[n]`` are zeros where the metric compares directions: nothing is near them."""
        return np.zeros(self.n, bool) if self.metric != "cosine" else (self.array == 0).all(1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one ``.npz`` file (arrays and JSON, no pickles) that ``load`` reads; complete or not at all."""
        target = Path(path)
        facts = {"format": FORMAT, "metric": self.metric, "name": self.name, "info": self.info}
        keys = None if self.keys is None else self.keys.values.tolist()
        header = json.dumps(facts | {"fingerprint": self.fingerprint, "keys": keys}).encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        with partial.open("wb") as file:
            np.savez(file, array=self.array, space=np.frombuffer(header, np.uint8))
        partial.replace(target)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Space:
        """Read what ``save`` wrote.

        Raises:
            LikewiseError: there is no such file, it is not a saved space, or it was damaged.
        """
        stranger = f"{path} is not a space that likewise saved; for other files use likewise.priors.from_file."
        try:
            with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                array, header = file["array"], json.loads(file["space"].tobytes())
            keys = None if header["keys"] is None else Keys.of(header["keys"])
            space = cls(array, header["metric"], header["name"], keys, header["info"])
        except FileNotFoundError:
            raise LikewiseError(f"there is no file {path}.") from None
        except LikewiseError:
            raise
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, zipfile.BadZipFile):
            raise LikewiseError(stranger) from None
        if header.get("format") != FORMAT:
            raise LikewiseError(f"{path} has format {header.get('format')}, this version of likewise reads {FORMAT}.")
        if space.fingerprint != header.get("fingerprint"):
            raise LikewiseError(f"{path} is damaged: its content does not match its fingerprint. Make it again.")
        return space

    def __repr__(self) -> str:
        return f"Space({self.name!r}, {self.n:,} x {self.d}, {self.metric})"


SpaceLike = Space | Array | Tensor
"""What is taken as a space: one, or an array or tensor [n, d]."""


def require_metric(metric: str) -> None:
    """Refuse a metric that is not known."""
    if metric not in METRICS:
        raise unknown_name("metric", metric, METRICS)


def _floating(values: Any, name: str) -> Array:
    """A floating-point array [n, d] without NaN or infinity."""
    if isinstance(values, Tensor) and values.dtype == torch.bfloat16:  # which numpy has no type for
        values = values.float()
    array = _numbers_of(values) if is_table(values) else as_numpy(values)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiub":
        raise LikewiseError(f"space {name!r} must hold numbers [n, d], n, d >= 1, got {array.dtype} {array.shape}.")
    if array.dtype.kind != "f":
        array = array.astype(np.float64 if array.dtype.itemsize > 2 and np.abs(array).max() > WHOLE else np.float32)
    require_finite(array, f"space {name!r} holds", "drop or mend that sample.")
    return array


def _numbers_of(table: Any) -> Array:
    """``[n, d]``: the columns of numbers of a table in memory, but for those without a name."""
    frame = read_frame(table)
    columns = [frame.values(name) for name in frame.names if name not in frame.nameless]
    numbers = [column.reshape(len(frame), -1) for column in columns if column.dtype.kind in "buif"]
    return np.concatenate(numbers, axis=1) if numbers else np.empty((len(frame), 0))
