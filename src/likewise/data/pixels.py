"""From a picture of any kind to uint8 pixels: grey, 16-bit, palette, transparent, CMYK, rotated, of mixed sizes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array
from likewise.data.depth import in_eight_bits
from likewise.data.heads import CLEAR_MODES, GREY_MODES, DecodePlan

if TYPE_CHECKING:
    from PIL.Image import Image

LARGE = 1 << 26
"""Pictures of more pixels are decoded one at a time."""
_ONE_LARGE = threading.Lock()


def decode(image: Image, plan: DecodePlan) -> Array:
    """uint8 ``[C, H, W]`` of an open picture."""
    with _alone(image):
        if plan.stacked:
            return np.concatenate([_bands(page, plan, 1) for page in _pages(image, plan.channels)])
        return _bands(image, plan, plan.channels)


def upright(image: Any, plan: DecodePlan, channels: int | None = None) -> Any:
    """An open picture in 8 bits a channel, turned as its EXIF says: grey, RGB, or with as many bands as are asked for.

    What is transparent is laid on white; a band more in a TIFF is no transparency.
    """
    from PIL import ImageOps

    tiff, channels = image.format == "TIFF", channels or (1 if image.mode in GREY_MODES else 3)
    if channels == 4 and any("RGBX" in (tile.args, tile.args[0]) for tile in getattr(image, "tile", ())):
        image._mode = "RGBX"  # so that Pillow keeps the band that it does not know
    image = ImageOps.exif_transpose(in_eight_bits(image, plan.window))
    if channels > 3:
        if len(image.getbands()) != channels:
            raise ValueError(f"it has {len(image.getbands())} bands, not {channels}")
        return image
    return _flatten(image, tiff).convert("L" if channels == 1 else "RGB")


def _bands(image: Image, plan: DecodePlan, channels: int) -> Array:
    """uint8 ``[channels, H, W]``, each band by itself where there are more than three: none is transparency."""
    from PIL import Image as pillow
    from PIL import ImageOps

    if plan.fit:  # lets a JPEG be decoded at a fraction of its size, never below twice what is needed
        image.draft(None, (2 * plan.width, 2 * plan.height))
    image = upright(image, plan, channels)
    if plan.fit:
        if min(image.width // plan.width, image.height // plan.height) >= 16:  # a scan: bound the memory
            image = image.reduce(min(image.width // plan.width, image.height // plan.height) // 4)
        side, how = (plan.width, plan.height), pillow.Resampling.BICUBIC
        parts = image.split() if channels > 3 else [image]
        fitted = [np.asarray(ImageOps.fit(part, side, how), dtype=np.uint8) for part in parts]
        pixels = np.stack(fitted, -1) if channels > 3 else fitted[0]
    else:
        pixels = np.asarray(image, dtype=np.uint8)
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    if pixels.shape[:2] != (plan.height, plan.width):
        raise ValueError(f"its size changed to {pixels.shape[0]} x {pixels.shape[1]} while it was read")
    return pixels.transpose(2, 0, 1).copy()


def _pages(image: Image, count: int) -> Iterator[Image]:
    """The pages of a picture, in order."""
    from likewise.data.heads import head

    frames = head(image).frames
    if len(frames) != count:
        raise ValueError(f"it has {len(frames)} pages, not {count}")
    for frame in frames:
        image.seek(frame)
        yield image


def _flatten(image: Image, tiff: bool) -> Image:
    """What is transparent composited on white; of a TIFF the first band, or the first three."""
    from PIL import Image as pillow

    grey = image.mode in GREY_MODES
    if tiff and image.mode in CLEAR_MODES:
        return image.split()[0] if grey else pillow.merge("RGB", image.split()[:3])
    if image.mode in CLEAR_MODES or "transparency" in image.info:
        image = image.convert("RGBA")
        image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image)
        return image.convert("L" if grey else "RGB")
    return image


@contextmanager
def _alone(image: Image) -> Iterator[None]:
    """Large pictures one at a time, others at once."""
    if image.width * image.height <= LARGE:
        yield
        return
    with _ONE_LARGE:
        yield
