"""From pictures of any source to one shape and a store: surveyed once, then decoded at once or when read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch

from likewise.arrays import Array
from likewise.data.options import Options
from likewise.data.pixels import Head, ImageSource, head, make_plan, with_picture
from likewise.data.storage import MemoryStore, PictureStore, SampleStore, fits, in_threads
from likewise.errors import LikewiseError

T = TypeVar("T")
NAMED = 10
"""Pictures that were skipped are named up to so many."""


def open_pictures(
    pictures: ImageSource, options: Options, heads: Sequence[Head] | None = None
) -> tuple[SampleStore, list[int], list[str]]:
    """A store of pictures, which of them it keeps, and notes on what was done.

    Raises:
        LikewiseError: a picture cannot be read (unless unreadable is "skip"), or none can.
    """

    def look(row: int) -> Head | None:
        return _unless_unreadable(lambda: with_picture(pictures, row, head), options)

    rows = range(len(pictures))
    found = list(heads or in_threads(look, rows, options.threads, "looking at images"))
    kept = [row for row in rows if found[row] is not None]
    if not kept:
        raise LikewiseError(f"none of {len(pictures)} images can be read, the first is {pictures.name(0)}.")
    plan, notes = make_plan([h for h in found if h is not None], options.size, options.channels)
    streamed = PictureStore(pictures, plan, np.array(kept), options.threads)
    store: SampleStore = streamed
    resident = fits(len(kept), plan.shape, 1, options.resident)
    if resident or options.unreadable == "skip":  # only decoding shows which files are cut off
        store, readable = _decode_all(streamed, resident, options)
        kept = [kept[place] for place in readable]
    if skipped := sorted(set(rows) - set(kept)):
        notes.append(_skipped([pictures.name(row) for row in skipped[:NAMED]], len(skipped)))
    return store, kept, notes


def _skipped(names: Sequence[str], count: int) -> str:
    """What was skipped, by name as far as that can be read."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return f"{count:,} unreadable image{'s' if count > 1 else ''} skipped: {', '.join(names)}{more}"


def _decode_all(store: PictureStore, resident: bool, options: Options) -> tuple[SampleStore, list[int]]:
    """The store with only what can be decoded, and which rows those are."""

    def decode(row: int) -> Array | None:
        return _unless_unreadable(lambda: store.decode_one(row), options)

    tensor = torch.empty((len(store) if resident else 0, *store.shape), dtype=torch.uint8)
    readable: list[int] = []
    for row, pixels in enumerate(in_threads(decode, range(len(store)), store.workers, "decoding images")):
        if pixels is not None:
            if resident:
                tensor[len(readable)] = torch.from_numpy(pixels)
            readable.append(row)
    if not readable:
        raise LikewiseError(f"none of {len(store)} images can be read, the first is {store.pictures.name(0)}.")
    kept = PictureStore(store.pictures, store.plan, store.kept[readable], store.workers)
    return (MemoryStore(tensor[: len(readable)]) if resident else kept), readable


def _unless_unreadable(work: Callable[[], T], options: Options) -> T | None:
    """The result of ``work``, or None for a picture that cannot be read and may be skipped."""
    try:
        return work()
    except LikewiseError:
        if options.unreadable == "skip":
            return None
        raise
