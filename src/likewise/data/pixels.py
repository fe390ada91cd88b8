"""From a picture of any kind to uint8 pixels: grey, 16-bit, palette, transparent, CMYK, rotated, of mixed sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

GREY_MODES = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
ORIENTATION = 0x0112  # the EXIF tag; values from 5 on swap width and height
LARGEST_DEFAULT = 224


class ImageSource(Protocol):
    """Pictures that can be opened one by one, each with a name for error messages."""

    def __len__(self) -> int: ...

    def name(self, row: int) -> str:
        """How an error calls the picture."""

    def open(self, row: int) -> Image:
        """The picture; its pixels may be decoded later."""


@dataclass(frozen=True)
class Head:
    """What a picture's header says: its upright size, whether it is grey, whether it has more than 8 bits."""

    width: int
    height: int
    grey: bool
    deep: bool


@dataclass(frozen=True)
class DecodePlan:
    """The one shape that all pictures take; ``fit`` resizes and centre-crops those of another size."""

    channels: int
    height: int
    width: int
    fit: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.channels, self.height, self.width


def with_picture(pictures: ImageSource, row: int, work: Callable[[Image], T]) -> T:
    """``work`` on an open picture.

    Raises:
        LikewiseError: the picture cannot be read, whatever the decoder's complaint; it is named.
    """
    try:
        with pictures.open(row) as image:
            return work(image)
    except LikewiseError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        what = f"cannot read image {pictures.name(row)}: {error}"
        raise LikewiseError(f"{what}. Remove it, or pass unreadable='skip' (--skip-unreadable).") from error


def in_eight_bits(image: Image) -> Image:
    """A picture of more than 8 bits scaled to 8, any other as it is."""
    from PIL import Image as pillow

    return pillow.fromarray(_eight_bits(np.asarray(image))) if image.mode in GREY_MODES[4:] else image


def head(image: Image) -> Head:
    """The header of an open picture."""
    width, height = image.size
    if image.getexif().get(ORIENTATION, 1) >= 5:
        width, height = height, width
    return Head(width, height, image.mode in GREY_MODES, image.mode in GREY_MODES[4:])


def make_plan(heads: Sequence[Head], size: int | None, channels: int | None) -> tuple[DecodePlan, list[str]]:
    """The shape that fits these pictures, and sentences about what is done to them.

    Pictures of one size keep it. Otherwise the shorter side is resized to ``size`` (default: the median shorter side,
    at most 224) and the centre square is cut. All grey: one channel; else three.
    """
    sizes = Counter((h.height, h.width) for h in heads)
    notes = []
    if size is None and len(sizes) == 1:
        (height, width), fit = next(iter(sizes)), False
    else:
        side = size or min(LARGEST_DEFAULT, int(median(min(pair) for pair in sizes.elements())))
        height, width, fit = side, side, set(sizes) != {(side, side)}
    if fit:
        of = f"{len(sizes)} sizes" if len(sizes) > 1 else "{} x {}".format(*next(iter(sizes)))
        notes.append(f"{len(heads):,} images of {of}: shorter side resized to {height}, centre cropped")
    grey = sum(h.grey for h in heads)
    planes = channels or (1 if grey == len(heads) else 3)
    if planes == 3 and grey:
        notes.append(f"{grey:,} grey images repeated over three channels")
    if planes == 1 and grey < len(heads):
        notes.append(f"{len(heads) - grey:,} colour images turned grey")
    if deep := sum(h.deep for h in heads):
        notes.append(f"{deep:,} images of more than 8 bits scaled to 8 (65535 becomes 255)")
    return DecodePlan(planes, height, width, fit), notes


def decode(image: Image, plan: DecodePlan) -> Array:
    """uint8 ``[C, H, W]`` of an open picture."""
    from PIL import Image as pillow
    from PIL import ImageOps

    if plan.fit:  # lets a JPEG be decoded at a fraction of its size, never below twice what is needed
        image.draft(None, (2 * plan.width, 2 * plan.height))
    image = _flatten(ImageOps.exif_transpose(image)).convert("L" if plan.channels == 1 else "RGB")
    if plan.fit:
        image = ImageOps.fit(image, (plan.width, plan.height), pillow.Resampling.BICUBIC)
    pixels = np.array(image, dtype=np.uint8).reshape(image.height, image.width, plan.channels)
    if pixels.shape[:2] != (plan.height, plan.width):
        raise ValueError(f"its size changed to {image.height} x {image.width} while it was read")
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _flatten(image: Image) -> Image:
    """8 bits a channel, and what is transparent composited on white."""
    from PIL import Image as pillow

    image = in_eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        grey = image.mode in GREY_MODES
        image = image.convert("RGBA")
        image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
        return image.convert("L" if grey else "RGB")
    return image


def _eight_bits(values: Array) -> Array:
    """Grey values of 16 bits, or floats in [0, 1], as uint8."""
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        if not (low >= 0 and high <= 1):
            raise ValueError(f"its grey values are floats in [{low:g}, {high:g}]; only [0, 1] has a known scale")
        return np.asarray(np.rint(values * 255), dtype=np.uint8)
    if low < 0 or high > 65535:
        raise ValueError(f"its grey values lie in [{low}, {high}]; only 8 and 16 bits have a known scale")
    return np.asarray((values.astype(np.uint32) + 128) // 257, dtype=np.uint8)
