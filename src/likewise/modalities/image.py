"""Images: uint8 ``[n, C, H, W]``, from arrays of bytes, whole numbers or floats, and from picture files (``data/``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_floats
from likewise.errors import LikewiseError, unknown_name
from likewise.modalities.base import Drawing, Layout, Modality, Readable, first_row, native, require_numbers

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

QUICK = 32
"""Images of at most this side get a small encoder where training shall be quick."""
CHARACTERS = 24
"""Characters of a sketch's side at most."""
LARGEST_PICTURE = 1 << 28
"""Pixels of a picture file that are decoded unless ``limit`` says otherwise: 1 GiB in colour."""
PAGES = ("channels", "first", "samples")
LOOKED_AT = 1000
"""Rows that are looked at, to tell grey images from series."""


@dataclass(frozen=True, kw_only=True)
class Image(Modality):
    """Grey, colour or many-channelled images; stored as bytes, changed as floats in [0, 1], normalised afterwards.

    Attributes:
        range: the values that become 0 and 255, (low, high) or "low,high", of pictures of more than 8 bits and of
            arrays of other numbers than bytes. Default: of picture files what their values say, of arrays [0, 255] or
            [0, 1].
        pages: of files with several pages or frames "first" takes the first, "samples" each as a sample of its own,
            "channels" all as channels.
        limit: pixels of a picture file at most; more are refused, for the sake of memory.
    """

    range: tuple[float, float] | str | None = None
    pages: str = "first"
    limit: int = LARGEST_PICTURE

    name = "image"
    rank = 3
    reads = "[n, H, W], [n, H, W, C] or [n, C, H, W]"
    dtype = torch.uint8
    recipes: ClassVar[Mapping[str, str | Callable[..., Any]]] = {
        "asymmetric": "likewise.views.named:asymmetric",
        "rrc": "likewise.views.named:cropped",
        "strong": "likewise.views.named:strong_images",
        "weak": "likewise.views.named:flipped",
    }
    normalized_first = False
    memory_format = torch.channels_last
    pictures = True

    def __post_init__(self) -> None:
        if self.pages not in PAGES:
            raise unknown_name("choice for pages", self.pages, PAGES)
        if not isinstance(self.limit, int) or self.limit < 1:
            raise LikewiseError(f"limit is a number of pixels, at least 1, got {self.limit!r}.")
        if self.window is not None and not self.window[0] < self.window[1]:
            raise LikewiseError(f"range needs a low value and a higher one, got {self.range!r}.")

    @property
    def window(self) -> tuple[float, float] | None:
        """The range as numbers."""
        if self.range is None:
            return None
        given = self.range.split(",") if isinstance(self.range, str) else self.range
        try:
            low, high = (float(value) for value in given)
        except (TypeError, ValueError):
            raise LikewiseError(f"range is a low and a high value, as in 0,4095, got {self.range!r}.") from None
        return low, high

    def claims(self, array: Any) -> str | None:
        """Arrays of three or four axes, but for floats that are tall, or wide and outside of [0, 1]."""
        shape = array.shape
        if len(shape) not in (3, 4):
            return None
        if tall_floats(array):
            return None
        if len(shape) == 4 or not wide_floats(array):
            return ""
        if outside_unit_range(array):
            return None
        return (
            f"floats in [0, 1] are read as grey images of {shape[1]} x {shape[2]}; were they series of {shape[1]} "
            f"channels and {shape[2]} steps, say modality='series'"
        )

    def layout(self, array: Any, size: int | None = None, channels: int | None = None) -> Layout:
        """The layout of ``[n, H, W]``, ``[n, H, W, C]`` or ``[n, C, H, W]``.

        Raises:
            LikewiseError: another number of axes, or channels that could stand first or last.
        """
        require_numbers(array)
        shape = tuple(array.shape)
        if len(shape) not in (3, 4):
            raise LikewiseError(f"images must have the shape {self.reads}, got {list(shape)}.")
        axis = None if len(shape) == 3 else channel_axis(shape)
        planes = 1 if axis is None else shape[axis]
        height, width = shape[2:] if axis == 1 else shape[1:3]
        side = (size, size) if size else (height, width)
        if channels is not None and channels != planes and {channels, planes} != {1, 3}:
            raise LikewiseError(f"channels={channels} cannot be made of {planes} channels.")
        wanted, found = (channels or planes, *side), (planes, height, width)
        brought = f"images of {_by(found)} brought to {_by(wanted)}, shorter side resized, centre cropped"
        notes = (brought,) if wanted != found else ()
        return Layout(wanted, self.dtype, partial(_pixels, axis, (height, width), wanted, self.window), notes)

    def rows(self, batch: Tensor, size: int | None = None) -> Tensor:
        """Pixels in [0, 1], of images that are scaled to a side of ``size`` first."""
        if size is not None and size < 1:
            raise LikewiseError(f"size is a side in pixels for images, got {size} for samples of kind {self.name!r}.")
        x = as_floats(batch)
        if size is not None:
            x = torch.nn.functional.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
        return x.flatten(1)

    def encoder(self, shape: tuple[int, ...]) -> str:
        """A ResNet-18."""
        del shape
        return "resnet18"

    def quick_encoder(self, shape: tuple[int, ...]) -> str:
        """Three convolutions for small images."""
        return "conv3" if max(shape[1:]) <= QUICK else self.encoder(shape)

    def sketch(self, sample: Tensor) -> str:
        """The image in shades of characters."""
        grey = sample.numpy().mean(0)
        step = max(1, -(-max(grey.shape) // CHARACTERS))
        shades = np.array(list(" .:-=+*#%@"))[(grey[::step, ::step] / 256 * 10).astype(int)]
        return "\n".join("  " + "".join(character * 2 for character in row) for row in shades)

    def drawing(self, samples: Readable) -> Drawing:
        """The image itself."""
        del samples
        return as_picture

    def side(self, shape: tuple[int, ...]) -> int | None:
        """Of the pixels."""
        return max(shape[1:])


def as_picture(sample: Tensor) -> Picture:
    """A picture of uint8 ``[C, H, W]``: the first three channels in colour, or the first in grey."""
    from PIL import Image as pillow

    array = sample.permute(1, 2, 0).numpy()
    return pillow.fromarray(array[..., 0] if array.shape[2] < 3 else array[..., :3].copy())


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


def _pixels(
    axis: int | None,
    native_size: tuple[int, int],
    shape: tuple[int, ...],
    window: tuple[float, float] | None,
    block: Any,
    rows: Array | None = None,
) -> Tensor:
    """uint8 ``[m, *shape]`` of a block whose channels stand at an axis (None: there is no such axis)."""
    values = native(block)
    pixels = _eight_bits(values, rows, flat=axis is None) if window is None else _scaled(values, window, rows)
    pixels = pixels[:, None] if axis is None else pixels.movedim(axis, 1)
    return _refit(pixels, native_size, shape).contiguous()


def wide_floats(array: Any) -> bool:
    """Whether ``[n, a, b]`` are floats with b at least twice a, as series of a channels have them."""
    return bool(_are_floats(array) and 2 * array.shape[1] <= array.shape[2])


def tall_floats(array: Any) -> bool:
    """Whether an array ``[n, a, b]`` is of floats with a at least four times b, as series with channels last are."""
    return bool(len(array.shape) == 3 and _are_floats(array) and array.shape[1] >= 4 * array.shape[2])


def _are_floats(array: Any) -> bool:
    return bool(array.dtype.kind == "f" if isinstance(array, np.ndarray) else array.is_floating_point())


def outside_unit_range(array: Any) -> bool:
    """Whether any of up to 1,000 rows has a value outside of [0, 1]; NaN, which is refused later, does not count."""
    rows = np.unique(np.linspace(0, max(len(array) - 1, 0), min(len(array), LOOKED_AT)).astype(np.int64))
    values = array[rows]
    return bool(((values < 0) | (values > 1)).any())


def _eight_bits(values: Tensor, rows: Array | None, *, flat: bool) -> Tensor:
    """uint8 of bytes, bools, whole numbers in [0, 255] or floats in [0, 1]; ``flat`` ones might be series."""
    if values.dtype == torch.uint8:
        return values
    if values.dtype == torch.bool:
        return values.to(torch.uint8) * 255
    values = values if values.is_floating_point() else values.to(torch.int64)  # unsigned types compare nowhere
    top = 1 if values.is_floating_point() else 255
    bad = ~((values >= 0) & (values <= top)).flatten(1).all(dim=1)
    if bad.any():
        kind = "float images must lie in [0, 1]" if top == 1 else "images of whole numbers must lie in [0, 255]"
        other = ", or say modality='series' if they are series" if flat else ""
        row = first_row(bad, rows)
        raise LikewiseError(
            f"{kind}, but row {row} does not: rescale, or say range=(low, high), and normalise by the views{other}."
        )
    return (values * 255).round().to(torch.uint8) if top == 1 else values.to(torch.uint8)


def _scaled(values: Tensor, window: tuple[float, float], rows: Array | None) -> Tensor:
    """uint8 of numbers of which the window becomes 0 to 255; what lies beyond it is cut."""
    low, high = window
    wide = values.double()
    bad = ~wide.isfinite().flatten(1).all(dim=1)
    if bad.any():
        raise LikewiseError(f"row {first_row(bad, rows)} has NaN or infinite values: fill them in, or leave it out.")
    return ((wide - low).clamp_(0, high - low) * (255 / (high - low))).round().to(torch.uint8)


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


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
