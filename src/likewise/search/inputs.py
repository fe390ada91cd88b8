"""What a search computes on: the rows of a space, an array or a tensor."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.arrays import as_tensor, require_finite, with_float64
from likewise.errors import LikewiseError
from likewise.space import Space, SpaceLike


def metric_of(values: SpaceLike, metric: str | None) -> str:
    """The metric asked for, else the space's own, else cosine."""
    return metric or (values.metric if isinstance(values, Space) else "cosine")


def home_of(values: SpaceLike) -> torch.device | None:
    """Where to compute unless told to: where a tensor is (None), and for arrays on a CUDA device if there is one."""
    here = isinstance(values, Tensor) or not torch.cuda.is_available()
    return None if here else torch.device("cuda")


def as_rows(values: SpaceLike, what: str, device: torch.device | str | None = None) -> Tensor:
    """Float32 rows [n, d] on the device (None: where they are), or on the CPU where a device lacks float64.

    Raises:
        LikewiseError: not two-dimensional, empty, not real numbers, or a row holds NaN or infinity.
    """
    tensor = as_tensor(values.array if isinstance(values, Space) else values)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise LikewiseError(f"{what} must be an array [n, d] with n, d >= 1, got shape {tuple(tensor.shape)}.")
    if tensor.is_complex():
        raise LikewiseError(f"{what} must hold real numbers, got {tensor.dtype}.")
    rows = with_float64(as_tensor(tensor.detach().float(), device)).contiguous()
    if not (isinstance(values, Space) and tensor.dtype == torch.float32):  # a space is checked; narrowing may overflow
        require_finite(rows, f"{what} holds", "drop that sample or mend its values.")
    return rows
