"""Opening one picture of a source, and what is said where that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from likewise.errors import LikewiseError
from likewise.modalities.image import LARGEST_PICTURE

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
_UNGUARDED = threading.Lock()


class ImageSource(Protocol):
    """Pictures that can be opened one by one, each with a name for error messages."""

    def __len__(self) -> int: ...

    def name(self, row: int) -> str:
        """How an error calls the picture."""

    def open(self, row: int) -> Image:
        """The picture; its pixels may be decoded later."""


@dataclass(frozen=True)
class FramePictures:
    """Single pages or frames of the pictures of a source."""

    pictures: ImageSource
    frames: tuple[tuple[int, int], ...]  # the row of a picture, and which of its frames

    def __len__(self) -> int:
        return len(self.frames)

    def name(self, row: int) -> str:
        """The picture's name and its frame, from 0 on."""
        return f"{self.pictures.name(self.frames[row][0])} (frame {self.frames[row][1]})"

    def open(self, row: int) -> Image:
        """The picture, with this frame to be decoded."""
        source, frame = self.frames[row]
        image = self.pictures.open(source)
        if frame:
            image.seek(frame)
        return image


class Advised(ValueError):
    """A picture that is not read, whose message says what to do about it."""


def open_picture(file: str | IO[bytes] | Any, limit: int = LARGEST_PICTURE) -> Image:
    """The header of a picture file.

    Raises:
        Advised: it has more pixels than the limit, or is a TIFF of a kind that Pillow does not read.
    """
    from PIL import Image as pillow
    from PIL import UnidentifiedImageError

    try:
        image: Image = pillow.open(file)
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):  # which our limit stands for
        image = _open_unguarded(file)
    except UnidentifiedImageError:
        if str(file).lower().endswith((".tif", ".tiff")):
            raise Advised(
                "Pillow does not read this kind of TIFF (of many bands, say): open it by tifffile or rasterio, save "
                "the arrays of all by np.save, [n, C, H, W], and open that file"
            ) from None
        raise
    width, height = image.size
    if width * height > limit:
        image.close()
        raise Advised(
            f"it has {width:,} x {height:,} pixels, more than {limit:,} in all: cut it into tiles, scale it down, or, "
            f"where memory holds it, open with --modality image:limit={width * height}"
        )
    return image


def _open_unguarded(file: Any) -> Image:
    """A picture that Pillow's guard against bombs refuses."""
    from PIL import Image as pillow

    with _UNGUARDED:
        before, pillow.MAX_IMAGE_PIXELS = pillow.MAX_IMAGE_PIXELS, None
        try:
            if hasattr(file, "seek"):
                file.seek(0)
            return pillow.open(file)
        finally:
            pillow.MAX_IMAGE_PIXELS = before


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
        advice = "," if isinstance(error, Advised) else ". Remove it,"
        raise LikewiseError(f"{what}{advice} or pass unreadable='skip' (--skip-unreadable).") from error
