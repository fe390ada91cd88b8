"""Which axis of an array means what, and its conversion to the two kinds: uint8 images and float32 vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_tensor
from likewise.errors import LikewiseError


@dataclass(frozen=True)
class Layout:
    """How an array's rows become samples.

    Attributes:
        shape: of one sample, ``(C, H, W)`` or ``(d,)``.
        axis: where the array keeps its channels: 1, 3, or None (grey images without such an axis, and vectors).
        native: ``(H, W)`` in the array; images of another shape are resized and centre-cropped.
    """

    shape: tuple[int, ...]
    axis: int | None = None
    native: tuple[int, int] = (0, 0)

    @property
    def dtype(self) -> torch.dtype:
        """uint8 for images, float32 for vectors."""
        return torch.uint8 if len(self.shape) == 3 else torch.float32

    def convert(self, block: Any, rows: Array | None = None) -> Tensor:
        """Samples of a block of the array; ``rows`` are their numbers, for errors.

        Raises:
            LikewiseError: NaN or infinite vectors, or pixels outside of their range, with the row.
        """
        if isinstance(block, np.ndarray) and not block.dtype.isnative:
            block = block.astype(block.dtype.newbyteorder("="))
        values = as_tensor(block)
        if len(self.shape) == 1:
            return _finite(values.to(torch.float32), rows)
        pixels = _eight_bits(values, rows)
        pixels = pixels[:, None] if self.axis is None else pixels.movedim(self.axis, 1)
        return _refit(pixels, self.native, self.shape).contiguous()


def make_layout(array: Any, size: int | None, channels: int | None) -> Layout:
    """The layout of ``[n, d]``, ``[n, H, W]``, ``[n, H, W, C]`` or ``[n, C, H, W]``.

    Raises:
        LikewiseError: another number of axes, or channels that could stand first or last.
    """
    shape = tuple(array.shape)
    if len(shape) == 2:
        if size is not None or channels is not None:
            raise LikewiseError(f"size and channels are for images, but an array of shape {list(shape)} holds vectors.")
        return Layout(shape[1:])
    if len(shape) not in (3, 4):
        wanted = "[n, d] (vectors), [n, H, W], [n, H, W, C] or [n, C, H, W] (images)"
        raise LikewiseError(f"samples must have the shape {wanted}, got {list(shape)}.")
    axis = None if len(shape) == 3 else channel_axis(shape)
    planes = 1 if axis is None else shape[axis]
    height, width = shape[2:] if axis == 1 else shape[1:3]
    side = (size, size) if size else (height, width)
    if channels is not None and channels != planes and {channels, planes} != {1, 3}:
        raise LikewiseError(f"channels={channels} cannot be made of {planes} channels.")
    return Layout((channels or planes, *side), axis, (height, width))


def channel_axis(shape: tuple[int, ...]) -> int:
    """1 or 3: the axis of ``[n, ?, ?, ?]`` with 1 or 3 entries, else the one shorter than both others.

    >>> channel_axis((10, 32, 32, 3)), channel_axis((10, 13, 64, 64))
    (3, 1)
    """
    usual = [axis for axis in (1, 3) if shape[axis] in (1, 3)]
    short = [axis for axis, other in ((1, 3), (3, 1)) if shape[axis] < min(shape[2], shape[other])]
    for found in (usual, short):
        if len(found) == 1:
            return found[0]
    raise LikewiseError(
        f"cannot tell channels from pixels in the shape {list(shape)}: bring it to [n, C, H, W], C < H, W."
    )


def _finite(vectors: Tensor, rows: Array | None) -> Tensor:
    bad = ~torch.isfinite(vectors).all(dim=1)
    if bad.any():
        raise LikewiseError(f"row {_first(bad, rows)} has NaN or infinite values: fill them in, or leave it out.")
    return vectors


def _eight_bits(values: Tensor, rows: Array | None) -> Tensor:
    """uint8 of bytes, bools, whole numbers in [0, 255] or floats in [0, 1]."""
    if values.dtype == torch.uint8:
        return values
    if values.dtype == torch.bool:
        return values.to(torch.uint8) * 255
    values = values if values.is_floating_point() else values.to(torch.int64)  # unsigned types compare nowhere
    top = 1 if values.is_floating_point() else 255
    bad = ~((values >= 0) & (values <= top)).flatten(1).all(dim=1)
    if bad.any():
        kind = "float images must lie in [0, 1]" if top == 1 else "images of whole numbers must lie in [0, 255]"
        raise LikewiseError(
            f"{kind}, but row {_first(bad, rows)} does not: rescale, and leave normalising to the views."
        )
    return (values * 255).round().to(torch.uint8) if top == 1 else values.to(torch.uint8)


def _refit(pixels: Tensor, native: tuple[int, int], shape: tuple[int, ...]) -> Tensor:
    """``[n, C, H, W]`` with the asked channels, the shorter side resized and the centre cut where the size differs."""
    channels, height, width = shape
    if channels == 3 and pixels.shape[1] == 1:
        pixels = pixels.expand(-1, 3, -1, -1)
    if channels == 1 and pixels.shape[1] == 3:
        luma = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
        pixels = (pixels * luma).sum(1, keepdim=True).round().to(torch.uint8)
    if (height, width) == native:
        return pixels
    scale = height / min(native)
    sides = [max(height, round(side * scale)) for side in native]
    top, left = (sides[0] - height) // 2, (sides[1] - width) // 2
    bicubic = torch.nn.functional.interpolate(pixels.float(), sides, mode="bicubic", antialias=True)
    return bicubic[..., top : top + height, left : left + width].round().clamp(0, 255).to(torch.uint8)


def _first(bad: Tensor, rows: Array | None) -> int:
    place = int(bad.int().argmax())
    return place if rows is None else int(rows[place])
