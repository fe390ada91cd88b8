"""What a search computes on: the rows of a space, an array or a tensor."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.arrays import WITHOUT_FLOAT64, as_tensor, require_finite, with_float64
from likewise.errors import LikewiseError
from likewise.space import Space, SpaceLike

WIDE = (torch.float64, torch.int64, torch.int32, torch.uint32, torch.uint64)
"""Types whose numbers float32 does not hold."""


def metric_of(values: SpaceLike, metric: str | None) -> str:
    """The metric asked for, else the space's own, else cosine."""
    return metric or (values.metric if isinstance(values, Space) else "cosine")


def home_of(values: SpaceLike) -> torch.device | None:
    """Where to compute unless told to: where a tensor is (None), and for arrays on a CUDA device if there is one."""
    here = isinstance(values, Tensor) or not torch.cuda.is_available()
    return None if here else torch.device("cuda")


def as_rows(values: SpaceLike, what: str, device: torch.device | str | None = None) -> Tensor:
    """Rows [n, d] on the device (None: where they are), or on the CPU where a device lacks float64.

    Float32; but float64 of float64 and of whole numbers of more than 16 bits, whose differences float32 may not hold.

    Raises:
        LikewiseError: not two-dimensional, empty, not real numbers, or a row holds NaN or infinity.
    """
    tensor = as_tensor(values.array if isinstance(values, Space) else values)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise LikewiseError(f"{what} must be an array [n, d] with n, d >= 1, got shape {tuple(tensor.shape)}.")
    if tensor.is_complex():
        raise LikewiseError(f"{what} must hold real numbers, got {tensor.dtype}.")
    tensor = with_float64(tensor.detach())
    rows = tensor.double() if tensor.dtype in WIDE else tensor.float()
    if device is not None and torch.device(device).type not in WITHOUT_FLOAT64:
        rows = rows.to(device)
    if not (isinstance(values, Space) and tensor.dtype == torch.float32):  # a space is checked; scores are float32
        require_finite(rows.float(), f"{what} holds", "drop that sample or mend its values.")
    return rows.contiguous()


def narrowed(queries: Tensor, base: Tensor, metric: str) -> tuple[Tensor, Tensor]:
    """Both as float32; float64 ones of a Euclidean space less the mean of the base, which no distance minds."""
    if base.dtype == queries.dtype == torch.float32:
        return queries, base
    middle = base.double().mean(0) if metric == "euclidean" else base.new_zeros(base.shape[1], dtype=torch.float64)
    return (queries.double() - middle).float(), (base.double() - middle).float()
