"""From pictures of any source to one shape and a store: surveyed once, then decoded at once or when read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch

from likewise.arrays import Array
from likewise.data.decoded import Decoded, Shelf
from likewise.data.depth import MEASURED, Window, measure, values_of
from likewise.data.heads import DecodePlan, Head, head, make_plan
from likewise.data.options import Options
from likewise.data.reading import FramePictures, ImageSource, with_picture
from likewise.data.storage import ArrayStore, MemoryStore, PictureStore, SampleStore, fits, in_threads
from likewise.errors import LikewiseError
from likewise.modalities import Layout
from likewise.modalities.image import Image

T = TypeVar("T")
NAMED = 10
"""Pictures that were skipped are named up to so many."""


@dataclass(frozen=True)
class Opened:
    """What was made of the pictures of a source.

    Attributes:
        store: where they are.
        kept: the row of the source of each sample.
        frames: which frame of it the sample is, from 0 on; None where each picture is one sample.
        notes: sentences on what was done.
    """

    store: SampleStore
    kept: list[int]
    frames: list[int] | None
    notes: list[str]


def open_pictures(
    pictures: ImageSource, options: Options, heads: Sequence[Head] | None = None, stamp: str | None = None
) -> Opened:
    """A store of pictures, which of them it keeps, and notes on what was done.

    Args:
        pictures: where they come from.
        options: how they are opened.
        heads: their headers, where these are known.
        stamp: what changes whenever the pictures do; those that fit into memory are kept decoded under it.

    Raises:
        LikewiseError: a picture cannot be read (unless unreadable is "skip"), or none can.
    """
    shelf = Shelf.of(stamp, options)
    if held := shelf.read():
        return Opened(_stored(held, pictures, options), held.kept, held.frames, held.notes)
    look = _unless_unreadable(lambda row: with_picture(pictures, row, head), options)
    rows = range(len(pictures))
    found = list(heads or in_threads(look, rows, options.threads, "looking at images"))
    source, known, rows_of = _samples_of(pictures, found, options)
    plan, notes = _planned(source, known, options)
    decoder = PictureStore(source, plan, np.arange(len(known)), options.threads)
    shape = (len(known), *plan.shape)
    out = room = shelf.room(shape, sum(h.width * h.height for h in known))
    if room is None and fits(len(known), plan.shape, 1, options.resident):
        out = np.empty(shape, np.uint8)
    readable = list(range(len(known)))
    try:
        if out is not None or options.unreadable == "skip":  # only decoding shows which files are cut off
            readable = _decode_all(decoder, out, options)
    except BaseException:
        shelf.drop()
        raise
    kept = [rows_of[place][0] for place in readable]
    if skipped := sorted(set(rows) - set(kept)):
        notes.append(_skipped([pictures.name(row) for row in skipped[:NAMED]], len(skipped)))
    frames = [rows_of[place][1] for place in readable] if _image(options).pages == "samples" else None
    if out is None:
        return Opened(PictureStore(source, plan, np.array(readable), options.threads), kept, frames, notes)
    held = Decoded(out, kept, frames, notes, plan.window)
    if room is not None:
        held = replace(held, pixels=shelf.keep(held))
    return Opened(_stored(held, pictures, options), kept, frames, notes)


def _stored(held: Decoded, pictures: ImageSource, options: Options) -> SampleStore:
    """Decoded pictures: in memory, or where they are too large for it as they lie on disk."""
    n, shape = len(held.kept), held.pixels.shape[1:]
    rows = held.pixels[:n]
    if fits(n, shape, 1, options.resident):
        return MemoryStore(torch.from_numpy(np.array(rows) if isinstance(rows, np.memmap) else rows))
    channels, height, width = shape
    plan = DecodePlan(channels, height, width, fit=True, window=held.window)
    origin = PictureStore(pictures, plan, np.array(held.kept), options.threads) if held.frames is None else None
    return ArrayStore(rows, Layout(shape, torch.uint8, _as_they_are), origin)


def _as_they_are(block: Array, rows: Array | None) -> torch.Tensor:
    """Bytes of a block of decoded pictures."""
    del rows
    return torch.from_numpy(np.array(block))


def _samples_of(
    pictures: ImageSource, found: Sequence[Head | None], options: Options
) -> tuple[ImageSource, list[Head], list[tuple[int, int]]]:
    """The pictures that become samples, their headers, and the row and the number of the frame that each one is."""
    known = [(row, h) for row, h in enumerate(found) if h is not None]
    if not known:
        raise LikewiseError(f"none of {len(pictures)} images can be read, the first is {pictures.name(0)}.")
    if _image(options).pages == "samples":
        each = [(row, place, frame, h) for row, h in known for place, frame in enumerate(h.frames)]
        source: ImageSource = FramePictures(pictures, tuple((row, frame) for row, _, frame, _ in each))
        heads = [replace(h, frames=(frame,)) for _, _, frame, h in each]
        return source, heads, [(row, place) for row, place, _, _ in each]
    if len(known) < len(found):
        pictures = FramePictures(pictures, tuple((row, 0) for row, _ in known))
    return pictures, [h for _, h in known], [(row, 0) for row, _ in known]


def _planned(source: ImageSource, heads: Sequence[Head], options: Options) -> tuple[DecodePlan, list[str]]:
    """The shape of all, and how values of more than 8 bits are scaled."""
    image = _image(options)
    plan, notes = make_plan(heads, options.size, options.channels, image.pages == "channels")
    deep = [row for row, h in enumerate(heads) if h.deep]
    if not deep:
        return plan, notes
    if image.window is not None:
        window, said = Window(image.window, image.window), ["{:g} becomes 0 and {:g} becomes 255".format(*image.window)]
    else:
        looked = [deep[place] for place in np.unique(np.linspace(0, len(deep) - 1, MEASURED).astype(int))]
        values = _unless_unreadable(lambda row: with_picture(source, row, values_of), options)
        parts = [part for part in in_threads(values, looked, options.threads) if part is not None]
        window, said = measure(parts)
    notes.append(f"{len(deep):,} images of more than 8 bits scaled to 8 ({'; '.join(said)})")
    return replace(plan, window=window), notes


def _image(options: Options) -> Image:
    """The options of images, or their defaults for kinds of data that add to pictures."""
    return options.modality if isinstance(options.modality, Image) else Image()


def _skipped(names: Sequence[str], count: int) -> str:
    """What was skipped, by name as far as that can be read."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return f"{count:,} unreadable image{'s' if count > 1 else ''} skipped: {', '.join(names)}{more}"


def _decode_all(store: PictureStore, out: Array | None, options: Options) -> list[int]:
    """Which rows can be decoded; their pixels are written to ``out``, one after the other."""
    decode = _unless_unreadable(store.decode_one, options)
    readable: list[int] = []
    for row, pixels in enumerate(in_threads(decode, range(len(store)), store.workers, "decoding images")):
        if pixels is not None:
            if out is not None:
                out[len(readable)] = pixels
            readable.append(row)
    if not readable:
        raise LikewiseError(f"none of {len(store)} images can be read, the first is {store.pictures.name(0)}.")
    return readable


def _unless_unreadable(work: Callable[[int], T], options: Options) -> Callable[[int], T | None]:
    """``work`` on a row, which gives None for a picture that cannot be read and may be skipped."""

    def attempt(row: int) -> T | None:
        try:
            return work(row)
        except LikewiseError:
            if options.unreadable == "skip":
                return None
            raise

    return attempt
