"""What a search accepts: a space, an array or a tensor."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from likewise.arrays import Array, as_tensor, with_float64
from likewise.errors import LikewiseError


class SpaceLike(Protocol):
    """Anything with an array [n, d] and the metric by which its rows compare."""

    @property
    def array(self) -> Array:
        """The rows [n, d]."""
        ...

    @property
    def metric(self) -> str:
        """Either "cosine" or "euclidean"."""
        ...


Rows = SpaceLike | Array | Tensor


def metric_of(values: Rows, metric: str | None) -> str:
    """The metric asked for, else the space's own, else cosine."""
    return metric or getattr(values, "metric", None) or "cosine"


def as_rows(values: Rows, what: str, device: torch.device | str | None = None) -> Tensor:
    """Float32 rows [n, d] on the device (None: where they are), or on the CPU where a device lacks float64.

    Raises:
        LikewiseError: not two-dimensional, empty, not real numbers, or a row holds NaN or infinity.
    """
    tensor = as_tensor(getattr(values, "array", values))
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise LikewiseError(f"{what} must be an array [n, d] with n, d >= 1, got shape {tuple(tensor.shape)}.")
    if tensor.is_complex():
        raise LikewiseError(f"{what} must hold real numbers, got {tensor.dtype}.")
    rows = with_float64(as_tensor(tensor.detach().float(), device)).contiguous()
    for start, block in zip(range(0, len(rows), 1 << 16), rows.split(1 << 16), strict=True):
        finite = block.isfinite().all(1)
        if not finite.all():
            row = start + int((~finite).nonzero()[0])
            raise LikewiseError(f"{what} holds NaN or infinity in row {row}: drop that sample or mend its values.")
    return rows
