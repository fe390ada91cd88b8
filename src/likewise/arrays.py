"""Array types, fingerprints and conversions shared by every room."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from likewise.errors import LikewiseError
from likewise.missing import is_gone

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Ids = Array | Tensor | list[int]

FINITE_AT_ONCE = 1 << 16
"""So many rows are looked through for NaN at a time."""

LOOKED_AT = 4096
"""So many rows are looked at, to see what float32 would do to them."""

LARGEST_DENSE = 8 << 30
"""Bytes that a sparse matrix may take as an array."""

WITHOUT_FLOAT64 = frozenset({"mps"})
"""Kinds of devices on which torch has no float64."""


def fingerprint(*parts: Array | str | bytes) -> str:
    """A content hash (32 hex digits) of arrays and strings: equal content, equal fingerprint.

    >>> fingerprint(np.arange(3)) == fingerprint(np.arange(3)), fingerprint(np.arange(3)) == fingerprint("3")
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype.kind in "OT":  # its bytes are addresses, not content
            part = f"{part.shape}" + "\0".join(map(str, part.reshape(-1).tolist()))
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            block = max(1, (1 << 24) // max(1, part[:1].nbytes)) if part.ndim else 1
            rows = part.reshape(-1) if part.ndim == 0 else part
            for start in range(0, len(rows), block):  # in blocks, so that a memory map is never loaded whole
                digest.update(np.ascontiguousarray(rows[start : start + block]).tobytes())
        else:
            digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def as_numpy(values: Any) -> Array:
    """A numpy array of an array, a tensor on any device, a sparse matrix or a sequence.

    Raises:
        LikewiseError: a sparse matrix that would fill the memory.
    """
    if isinstance(values, Tensor):
        return values.detach().cpu().numpy()
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        return _dense(values)
    return np.asarray(values)


def _dense(matrix: Any) -> Array:
    """A sparse matrix ``[n, d]`` as an array."""
    size = int(np.prod(matrix.shape)) * matrix.dtype.itemsize
    if size > LARGEST_DENSE:
        raise LikewiseError(
            f"the sparse matrix {list(matrix.shape)} would take {size / 2**30:.1f} GiB as an array: reduce it first, "
            "as by sklearn.decomposition.TruncatedSVD."
        )
    return np.asarray(matrix.toarray())


def as_dates(values: Array) -> Array:
    """Objects ``[n]`` that are dates or times as datetime64, NaT where there is none; anything else unchanged.

    Times with a zone are brought to UTC.

    >>> as_dates(np.array([date(2020, 1, 2), None], dtype=object))
    array(['2020-01-02',        'NaT'], dtype='datetime64[D]')
    """
    if values.dtype.kind != "O" or values.ndim != 1:
        return values
    known = [None if is_gone(value, frozenset()) else value for value in values]
    if not any(known) or not all(isinstance(value, date | np.datetime64) for value in known if value is not None):
        return values
    return np.array([_without_zone(value) for value in known], dtype="datetime64")


def _without_zone(value: Any) -> Any:
    zoned = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if zoned else value


def require_finite(rows: Array | Tensor, what: str, advice: str, first: int = 0) -> None:
    """Refuse rows ``[n, ...]`` that hold NaN or infinity; reads them in blocks, so that a memory map stays on disk.

    Args:
        rows: the values.
        what: what they are called, with their verb: "space 'mine' holds".
        advice: what to do about it, as the rest of the sentence.
        first: the number of the first row.

    Raises:
        LikewiseError: a row does; the first is named.

    >>> require_finite(np.array([[1.0], [np.nan]]), "the table holds", "drop it.")
    Traceback (most recent call last):
    likewise.errors.LikewiseError: the table holds NaN or infinity in row 1: drop it.
    """
    for start in range(0, len(rows), FINITE_AT_ONCE):
        block = rows[start : start + FINITE_AT_ONCE]
        good = (block.isfinite() if isinstance(block, Tensor) else np.isfinite(block)).reshape(len(block), -1).all(1)
        if not good.all():
            row = first + start + int(as_numpy(good).argmin())
            raise LikewiseError(f"{what} NaN or infinity in row {row}: {advice}")


def as_ids(ids: Ids, n: int, what: str = "ids") -> npt.NDArray[np.int64]:
    """Sample ids as int64, each checked to lie in [0, n).

    Raises:
        LikewiseError: an id is not a whole number or lies outside of the samples.
    """
    values = as_numpy(ids)
    if values.size == 0:
        return values.astype(np.int64)
    if values.dtype.kind not in "iu":
        raise LikewiseError(f"{what} must be whole numbers, got {values.dtype}.")
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= n:
        raise LikewiseError(f"{what} must lie in [0, {n}), found {low if low < 0 else high}: there are {n} samples.")
    return values.astype(np.int64, copy=False)


def as_tensor(values: Any, device: torch.device | str | None = None) -> Tensor:
    """A tensor of an array or tensor, on the device; shares memory where it can."""
    if isinstance(values, Tensor):
        return values.to(device) if device is not None else values
    array = np.ascontiguousarray(values)
    tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    return tensor.to(device) if device is not None else tensor


def as_floats(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Samples as floats: bytes stand for [0, 1], all else is taken as it is."""
    return x.to(dtype) / 255 if x.dtype == torch.uint8 else x.to(dtype)


def column_scale(x: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the columns of float64 ``[n, d]``; infinity for those that never change."""
    spread = x.std(0)
    steady = spread <= 1e-12 * np.abs(x).max(0, initial=0.0)
    return x.mean(0), np.where(steady, np.inf, spread)


def blurs_in_float32(rows: Array) -> bool:
    """Whether float32 steps over about a hundredth of a column's deviation; looks at up to 4,096 rows ``[n, d]``.

    >>> blurs_in_float32(1.7e9 + np.arange(100.0)[:, None]), blurs_in_float32(np.arange(100.0)[:, None])
    (True, False)
    """
    if rows.dtype.kind not in "iuf" or rows.dtype.itemsize < 4 or rows.dtype == np.float32 or not len(rows):
        return False
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).astype(np.int64))
    values = np.asarray(rows[chosen], dtype=np.float64)
    values = values[np.isfinite(values).all(1)]
    if len(values) < 2:
        return False
    spread = 0.3 * (np.maximum.reduce(values) - np.minimum.reduce(values))
    step = np.abs(values).max(0) * float(np.finfo(np.float32).eps)
    return bool(((spread > 0) & (step > 0.01 * spread)).any())


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on a device, in float32 where the device has no float64."""
    narrow = tensor.dtype == torch.float64 and device.type in WITHOUT_FLOAT64
    return (tensor.float() if narrow else tensor).to(device, non_blocking=True)


def with_float64(tensor: Tensor) -> Tensor:
    """The tensor where it can be float64: on its device, or else on the CPU."""
    return tensor.cpu() if tensor.device.type in WITHOUT_FLOAT64 else tensor
