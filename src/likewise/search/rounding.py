"""Vectors as a fast matrix product sees them, together with how far rounding has moved them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from likewise.errors import unknown_name
from likewise.space import require_metric

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# Half a unit in the last place, relative to the value: what rounding to the type may cost.
HALF_ULP = {torch.float32: 2.0**-24, torch.bfloat16: 2.0**-8}
BLOCK = 1 << 18  # numbers that are held in float64 at a time: they stay in cache


@dataclass(frozen=True)
class Frame:
    """Where the vectors are measured from: similarity ranks alike from any origin, but rounds best from the middle.

    With a = (x - c)/s and r = (y - c)/s, the ``raw`` product ``a.r + offset(r)`` orders the y's of one x by
    similarity: ``offset = r.c/s`` for cosine, ``-|r|^2/2`` for squared Euclidean distance, both less their mean.
    """

    metric: str
    center: Tensor  # [d] float64
    scale: float
    shift: float = 0.0

    def place(self, rows: Tensor) -> Tensor:
        """The rows in float64, normalised for cosine, centred and scaled: [n, d]."""
        return unit(rows, self.metric).sub_(self.center).div_(self.scale)

    def offset(self, placed: Tensor) -> Tensor:
        """What the product lacks of the similarity to each placed row, before the shift: [n]."""
        if self.metric == "cosine":
            return placed @ (self.center / self.scale)
        return -placed.square().sum(1) / 2

    def rest(self, placed: Tensor) -> Tensor:
        """The part of the scores of a query that is the same for all base rows: [b]."""
        if self.metric == "cosine":
            return placed @ self.center * self.scale + self.center.square().sum()
        return -placed.square().sum(1) * self.scale**2

    @property
    def gain(self) -> float:
        """What one unit of the product is worth in the score."""
        return self.scale**2 * (1 if self.metric == "cosine" else 2)

    def score(self, raw: Tensor, rest: Tensor) -> Tensor:
        """The score (cosine similarity, or minus the squared distance) that a raw product [b] stands for."""
        return self.gain * (raw.double() + self.shift) + rest

    def raw(self, score: Tensor, rest: Tensor) -> Tensor:
        """The inverse of ``score``."""
        return (score.double() - rest) / self.gain - self.shift

    def noise(self, rest: Tensor) -> Tensor:
        """How far float64 itself may be off in ``score``, ``raw`` and the scores they are compared with: [b]."""
        unit = rest.abs() + self.gain * (1 + abs(self.shift)) + (self.metric == "cosine")
        return (len(self.center) + 16) * 2.0**-50 * unit


@dataclass(frozen=True)
class Rounded:
    """Placed rows in a narrow type, and the size of what rounding lost, measured in float64.

    Two more columns carry the offset of a base row (its value, and the rest that the type could not hold) against
    two ones of a query; zeros fill up to a multiple of 8 columns, which matrix units like.
    """

    rows: Tensor  # [n, p]
    length: Tensor  # [n] float64: norm of the rounded row
    lost: Tensor  # [n] float64: norm of the difference to the exact row
    rest: Tensor  # [n] float64: see Frame.rest
    offset: float  # largest offset
    offset_lost: float


def unit(rows: Tensor, metric: str) -> Tensor:
    """Rows in float64, divided by their norm for cosine; a row of zeros stays (its similarity to all is 0)."""
    rows = rows.to(torch.float64, copy=True)
    if metric == "cosine":
        norm = rows.norm(dim=1, keepdim=True)
        rows /= norm.where(norm > 0, 1.0)
    return rows


def frame(base: Tensor, metric: str) -> Frame:
    """The frame of a base [n, d]: centred on its mean, scaled by its longest row, offsets around zero."""
    require_metric(metric)
    size = max(1, BLOCK // base.shape[1])
    blocks = base.split(size)
    center = torch.stack([unit(block, metric).sum(0) for block in blocks]).sum(0) / len(base)
    start = Frame(metric, center, 1.0)
    squares = torch.cat([start.place(block).square_().sum(1) for block in blocks])
    scale = float(squares.max()) ** 0.5 or 1.0
    # The mean offset: that of cosine is (mean row - c).c = 0.
    return Frame(metric, center, scale, 0.0 if metric == "cosine" else -float(squares.mean()) / (2 * scale**2))


def round_rows(rows: Tensor, where: Frame, dtype: torch.dtype, *, base: bool) -> Rounded:
    """Place rows [n, d] in a frame and round them to a type, measuring the loss; ``base`` rows carry offsets."""
    n, d = rows.shape
    out = rows.new_zeros((n, -(-(d + 2) // 8) * 8), dtype=dtype)
    length, lost, rest = (rows.new_empty(n, dtype=torch.float64) for _ in range(3))
    offset = offset_lost = 0.0
    size = max(1, BLOCK // d)
    for start in range(0, n, size):
        part = slice(start, start + size)
        placed = where.place(rows[part])
        out[part, :d] = placed.to(dtype)
        rounded = out[part, :d].double()
        length[part], lost[part] = rounded.norm(dim=1), (placed - rounded).norm(dim=1)
        rest[part] = where.rest(placed)
        if not base:
            out[part, d : d + 2] = 1
            continue
        exact = where.offset(placed) - where.shift
        out[part, d] = exact.to(dtype)
        out[part, d + 1] = (exact - out[part, d].double()).to(dtype)
        offset = max(offset, float(exact.abs().max()))
        offset_lost = max(offset_lost, float((exact - out[part, d : d + 2].double().sum(1)).abs().max()))
    return Rounded(out, length, lost, rest, offset, offset_lost)


def error_bound(queries: Rounded, base: Rounded) -> Tensor:
    """How far a product in float32 sums of the rounded rows may be from the exact raw product: [b] float64.

    Cauchy-Schwarz for the rounding of the operands, and the classical bound for a sum in any order (Higham 2002,
    section 4.2), four times as large for the matrix units of narrow types, which truncate; the rounding of the
    *result* to the type is added where it is compared.
    """
    longest, worst = base.length.max(), base.lost.max()
    operands = queries.lost * (longest + worst) + queries.length * worst + base.offset_lost
    terms = queries.rows.shape[1] + 2
    ulp = 2.0**-24 if queries.rows.dtype == torch.float32 else 2.0**-22
    sums = 1.01 * terms * ulp * (queries.length * longest + 2 * base.offset)
    return operands + sums + 1e-30  # flushed denormals


def fast_precision(device: torch.device) -> str:
    """The narrowest type in which the device multiplies matrices faster than in float32."""
    if device.type == "cuda":
        fast = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        abilities = torch.cpu.get_capabilities()
        fast = bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16") or abilities.get("amx_tile"))
    return "bfloat16" if fast else "float32"


def ladder(precision: str, device: torch.device) -> list[torch.dtype]:
    """The types to try in turn, ending in float32.

    Raises:
        LikewiseError: the precision is unknown.
    """
    if precision == "auto":
        precision = fast_precision(device)
    if precision not in PRECISIONS:
        raise unknown_name("precision", precision, ["auto", *PRECISIONS])
    return list(dict.fromkeys([PRECISIONS[precision], torch.float32]))


@contextmanager
def honest_products(device: torch.device) -> Iterator[None]:
    """Products in the type they are written in: no autocast, no TF32, no reduced sums, whatever the user has set.

    torch has two sets of switches for TF32 and refuses to multiply where they disagree, so both are set and restored.
    """
    backends: Any = torch.backends
    cuda, cpu = backends.cuda.matmul, backends.mkldnn.matmul
    before = cuda.fp32_precision, cpu.fp32_precision, cuda.allow_bf16_reduced_precision_reduction
    try:
        older: str | None = torch.get_float32_matmul_precision()
    except RuntimeError:  # the user has set the newer switches alone
        older = None
    try:
        torch.set_float32_matmul_precision("highest")
        cuda.allow_bf16_reduced_precision_reduction = False
        with torch.autocast(device.type, enabled=False), torch.no_grad():
            yield
    finally:
        if older is not None:
            torch.set_float32_matmul_precision(older)
        cuda.fp32_precision, cpu.fp32_precision, cuda.allow_bf16_reduced_precision_reduction = before
