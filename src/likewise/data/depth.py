"""Pictures of more than 8 bits: which of their values become black and white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array

if TYPE_CHECKING:
    from PIL.Image import Image

DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
ORIENTATION = 0x0112  # the EXIF tag; values from 5 on swap width and height
GREY_AND_CLEAR = "LA;16B"
SHARES = (0.1, 99.9)
"""The percentiles of the values that become 0 and 255 where nothing else is said."""
MEASURED, VALUES = 64, 10_000
"""So many pictures, and values of each, tell the percentiles."""


@dataclass(frozen=True)
class Window:
    """Values that become 0 and 255; what lies beyond is cut. Floats may have others than whole numbers."""

    whole: tuple[float, float] = (0, 65535)
    floats: tuple[float, float] = (0, 1)

    def bytes_of(self, values: Array) -> Array:
        """uint8 of grey values of any type.

        Raises:
            ValueError: NaN or infinity among them.
        """
        low, high = self.floats if values.dtype.kind == "f" else self.whole
        wide = values.astype(np.float64)
        if not np.isfinite(wide).all():
            raise ValueError("it holds NaN or infinity, which are no grey values")
        return np.asarray(np.rint((wide - low).clip(0, high - low) * (255 / (high - low))), dtype=np.uint8)


def measure(parts: Sequence[Array]) -> tuple[Window, list[str]]:
    """The window of some values of several pictures, and what is said of it.

    Values that span a quarter of the range of 16 bits, or of [0, 1], take all of it; others their own percentiles.
    """
    window, notes = Window(), []
    for kind, field, full in (("iu", "whole", Window.whole), ("f", "floats", Window.floats)):
        found = [part[np.isfinite(part)] for part in parts if part.dtype.kind in kind]
        if not found or not sum(map(len, found)):
            continue
        values = np.concatenate(found)
        low, high = (float(edge) for edge in np.percentile(values, SHARES))
        inside = values.min() >= full[0] and values.max() <= full[1]
        if inside and high - low >= (full[1] - full[0]) / 4:
            notes.append(f"{full[1]} becomes 255")
            continue
        edges = low, high if high > low else low + 1
        window = replace(window, **{field: edges})
        notes.append(f"{edges[0]:g} becomes 0 and {edges[1]:g} becomes 255")
    if window != Window():
        notes.append(f"between these lie {SHARES[1] - SHARES[0]:g} % of their values; range= sets others")
    return window, notes


def values_of(image: Image) -> Array:
    """Some values of a picture of more than 8 bits, spread over all of it."""
    deep = deep_bands(image)
    values = (np.asarray(image) if deep is None else deep[0]).reshape(-1)
    return values[:: max(1, len(values) // VALUES)]


def is_deep(image: Image) -> bool:
    """Whether a picture that is not yet decoded has more than 8 bits a channel."""
    return image.mode in DEEP_MODES or _deep_tile(image) is not None


def in_eight_bits(image: Image, window: Window) -> Image:
    """A picture of more than 8 bits scaled to 8, any other as it is."""
    from PIL import Image as pillow

    deep = deep_bands(image)
    if deep is None and image.mode not in DEEP_MODES:
        return image
    if deep is None:
        narrow = pillow.fromarray(window.bytes_of(np.asarray(image)))
    else:
        narrow = pillow.fromarray(np.concatenate([window.bytes_of(deep[0]), deep[1]], 2))
    if (turn := image.getexif().get(ORIENTATION, 1)) != 1:
        narrow.getexif()[ORIENTATION] = turn
    return narrow


def deep_bands(image: Any) -> tuple[Array, Array] | None:
    """uint16 ``[H, W, 1 or 3]`` of a picture of 16 bits that Pillow cuts to 8; its opacity, ``[H, W, 0 or 1]``.

    Pillow keeps the upper bytes of colours only; those of the other order of bytes are the lower ones. None of others.
    """
    raw = _deep_tile(image)
    if raw is None:
        return None
    image.fp.seek(0)
    content, frame = image.fp.read(), image.tell()
    if raw == GREY_AND_CLEAR:  # four bytes a pixel
        four = _decoded(content, frame, "RGBA", "RGBA")
        return (four[..., :1].astype(np.uint16) << 8) + four[..., 1:2], four[..., 2:3]
    upper, lower = (_decoded(content, frame, f"{raw[:-1]}{order}") for order in _orders(raw[-1]))
    return (upper[..., :3].astype(np.uint16) << 8) + lower[..., :3], upper[..., 3:]


def _deep_tile(image: Any) -> str | None:
    """The layout of the bytes of a picture of 16 bits that is not yet decoded, and will be cut to 8: "RGB;16B"."""
    for tile in getattr(image, "tile", ()):
        raw = tile.args if isinstance(tile.args, str) else tile.args[0] if tile.args else ""
        if raw == GREY_AND_CLEAR or (isinstance(raw, str) and raw[:-1] in ("RGB;16", "RGBA;16") and raw[-1] in "LBN"):
            return raw
    return None


def _orders(order: str) -> str:
    """The orders of bytes whose first one is the upper and the lower byte of numbers in this order."""
    import sys

    big = order == "B" or (order == "N" and sys.byteorder == "big")
    return "BL" if big else "LB"


def _decoded(content: bytes, frame: int, raw: str, mode: str | None = None) -> Array:
    """The picture as if its bytes were laid out otherwise, and perhaps meant other bands."""
    from PIL import Image as pillow

    image: Any = pillow.open(BytesIO(content))
    if frame:
        image.seek(frame)
    image._mode = mode or image.mode
    image.tile = [
        tile._replace(args=raw if isinstance(tile.args, str) else (raw, *tile.args[1:])) for tile in image.tile
    ]
    return np.asarray(image)
