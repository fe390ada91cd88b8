"""What the headers of pictures say, and the one shape that follows for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from likewise.data.depth import ORIENTATION, Window, is_deep
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from PIL.Image import Image

GREY_MODES = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
CLEAR_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
LARGEST_DEFAULT = 224
NO_PAGE = 1 | 4  # of TIFF's NewSubfileType: a smaller copy, a mask


@dataclass(frozen=True)
class Head:
    """What a picture's header says.

    Attributes:
        width: upright, in pixels.
        height: the same.
        grey: whether it has no colour.
        deep: whether it has more than 8 bits a channel.
        clear: whether parts of it may be transparent.
        spare: whether it is a TIFF with a band more than grey or colour has.
        ink: whether it is made of cyan, magenta, yellow and black.
        frames: which of its frames are pages, or pictures of an animation.
    """

    width: int
    height: int
    grey: bool
    deep: bool = False
    clear: bool = False
    spare: bool = False
    ink: bool = False
    frames: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class DecodePlan:
    """The one shape that all pictures take; ``fit`` resizes and centre-crops those of another size.

    ``window`` tells how more than 8 bits become 8, ``stacked`` that the channels are the pages.
    """

    channels: int
    height: int
    width: int
    fit: bool
    window: Window = field(default_factory=Window)
    stacked: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.channels, self.height, self.width


def head(image: Image) -> Head:
    """The header of an open picture."""
    deep, (width, height) = is_deep(image), image.size  # reading the EXIF of a PNG decodes it
    if image.getexif().get(ORIENTATION, 1) >= 5:
        width, height = height, width
    tiff, mode = image.format == "TIFF", image.mode
    clear = mode in CLEAR_MODES or "transparency" in image.info
    return Head(
        width,
        height,
        grey=mode in GREY_MODES,
        deep=deep,
        clear=clear and not tiff,
        spare=tiff and (mode in CLEAR_MODES or _bands(image) > len(image.getbands())),
        ink=mode == "CMYK",
        frames=_frames(image),
    )


def _bands(image: Any) -> int:
    """The bands of a TIFF."""
    return int(image.tag_v2.get(277, 1))


def _frames(image: Any) -> tuple[int, ...]:
    """The frames that are pages or pictures of an animation; a photo's preview is none."""
    if image.format == "MPO" or not getattr(image, "is_animated", False):
        return (0,)
    if image.format != "TIFF":
        return tuple(range(image.n_frames))
    pages = []
    for frame in range(image.n_frames):
        image.seek(frame)
        if not image.tag_v2.get(254, 0) & NO_PAGE:
            pages.append(frame)
    image.seek(0)
    return tuple(pages) or (0,)


def make_plan(
    heads: Sequence[Head], size: int | None, channels: int | None, stacked: bool = False
) -> tuple[DecodePlan, list[str]]:
    """The shape that fits these pictures, and sentences about what is done to them.

    Pictures of one size keep it. Otherwise the shorter side is resized to ``size`` (default: the median shorter side,
    at most 224) and the centre square is cut. All grey: one channel; else three; or as many as there are pages.

    Raises:
        LikewiseError: pages shall be channels, and their number differs.
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
    if stacked:
        pages = {len(h.frames) for h in heads}
        if len(pages) > 1 or channels is not None:
            given = f"{min(pages)} to {max(pages)}"
            raise LikewiseError(f"pages='channels' needs as many pages in each image, not {given}, and no channels=.")
        return DecodePlan(pages.pop(), height, width, fit, stacked=True), [*notes, "pages are channels, each one grey"]
    grey = sum(h.grey for h in heads)
    planes = channels or (1 if grey == len(heads) else 3)
    return DecodePlan(planes, height, width, fit), [*notes, *_said(heads, grey, planes)]


def _said(heads: Sequence[Head], grey: int, planes: int) -> list[str]:
    """What is made of pictures of several kinds."""
    notes = []
    if planes == 3 and grey:
        notes.append(f"{grey:,} grey images repeated over three channels")
    if planes == 1 and grey < len(heads):
        notes.append(f"{len(heads) - grey:,} colour images turned grey")
    if planes <= 3:
        if clear := sum(h.clear for h in heads):
            notes.append(f"{clear:,} images with transparent parts laid on white")
        if spare := sum(h.spare for h in heads):
            notes.append(f"{spare:,} TIFF images have a band more, which is not used; channels=4 reads four")
        if ink := sum(h.ink for h in heads):
            notes.append(f"{ink:,} CMYK images turned to RGB; channels=4 reads their four bands as they are")
    several = [len(h.frames) for h in heads if len(h.frames) > 1]
    if several:
        notes.append(
            f"{len(several):,} images have several pages or frames, {sum(several):,} in all: the first is used, "
            "pages='samples' or 'channels' (--modality image:pages=samples) reads all"
        )
    return notes
