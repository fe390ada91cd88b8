"""Where samples live: one tensor in memory, or decoded when they are read."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from mmap import mmap
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array
from likewise.data.heads import DecodePlan
from likewise.data.pixels import decode
from likewise.data.reading import ImageSource, with_picture
from likewise.modalities import Layout
from likewise.progress import progress

RESIDENT_LIMIT = 2 << 30
"""Bytes of samples that are held in memory unless ``resident`` says otherwise."""

T = TypeVar("T")


class SampleStore(Protocol):
    """n samples of one shape and dtype that can be read by row."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""

    @property
    def dtype(self) -> torch.dtype:
        """What samples are stored as: uint8 stands for [0, 1]."""

    def __len__(self) -> int: ...

    def read(self, rows: Array) -> Tensor:
        """``[m, *shape]`` samples of int64 rows ``[m]``, on the CPU."""


@dataclass(frozen=True)
class MemoryStore:
    """Samples as one tensor ``[n, *shape]``."""

    tensor: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return tuple(self.tensor.shape[1:])

    @property
    def dtype(self) -> torch.dtype:
        """Of the tensor."""
        return self.tensor.dtype

    def __len__(self) -> int:
        return len(self.tensor)

    def read(self, rows: Array) -> Tensor:
        """A copy of the rows."""
        return self.tensor[torch.from_numpy(rows)]


@dataclass(frozen=True)
class ArrayStore:
    """Samples of an array too large for memory (usually a memory map), converted when they are read.

    A worker that does not inherit this process's memory is told of a map's file, not sent its content. ``origin`` has
    the pictures that the rows were decoded from, where there are any: they show more detail.
    """

    array: Any
    layout: Layout
    origin: PictureStore | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.layout.shape

    @property
    def dtype(self) -> torch.dtype:
        """As the kind of data has it."""
        return self.layout.dtype

    def __len__(self) -> int:
        return len(self.array)

    def read(self, rows: Array) -> Tensor:
        """The converted rows; each is fetched once."""
        unique, inverse = np.unique(rows, return_inverse=True)
        return self.layout.convert(self.array[unique], unique)[torch.from_numpy(inverse)]

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"array": _place_of(self.array) or self.array}

    def __setstate__(self, state: dict[str, Any]) -> None:
        place = state["array"]
        vars(self).update(state | {"array": place.open() if isinstance(place, _Place) else place})


@dataclass(frozen=True)
class _Place:
    """Where in a file an array lies."""

    file: str
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def open(self) -> Array:
        return np.ndarray(self.shape, self.dtype, np.memmap(self.file, mode="r"), self.offset, self.strides)


def _place_of(array: Any) -> _Place | None:
    """The place of a memory map, or of a view of one; None for what is in no file, or not in it any more."""
    whole = array if isinstance(array, np.memmap) and isinstance(array.base, mmap) else getattr(array, "base", None)
    if not isinstance(whole, np.memmap) or whole.mode == "c" or not os.path.isfile(whole.filename or ""):
        return None
    begin = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return _Place(str(whole.filename), whole.offset + begin, array.dtype, array.shape, array.strides)


@dataclass(frozen=True)
class PictureStore:
    """Pictures decoded by threads when they are read (Pillow releases the interpreter's lock)."""

    pictures: ImageSource
    plan: DecodePlan
    kept: Array
    workers: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W)."""
        return self.plan.shape

    @property
    def dtype(self) -> torch.dtype:
        """Always uint8."""
        return torch.uint8

    def __len__(self) -> int:
        return len(self.kept)

    def decode_one(self, row: int) -> Array:
        """uint8 ``[C, H, W]`` of one row."""
        return with_picture(self.pictures, int(self.kept[row]), lambda image: decode(image, self.plan))

    def read(self, rows: Array) -> Tensor:
        """The decoded rows; each is decoded once."""
        unique, inverse = np.unique(rows, return_inverse=True)
        out = torch.empty((len(unique), *self.shape), dtype=torch.uint8)
        for place, pixels in enumerate(in_threads(self.decode_one, unique.tolist(), self.workers)):
            out[place] = torch.from_numpy(pixels)
        return out[torch.from_numpy(inverse)]


def fits(n: int, shape: Sequence[int], itemsize: int, resident: bool | None) -> bool:
    """Whether samples are to be held in memory: as asked, else when they stay within ``RESIDENT_LIMIT``."""
    return n * math.prod(shape) * itemsize <= RESIDENT_LIMIT if resident is None else resident


@lru_cache(maxsize=4)
def _pool(process: int, workers: int) -> ThreadPoolExecutor:
    """Threads of this process: those of a parent do not survive a fork."""
    return ThreadPoolExecutor(workers, thread_name_prefix=f"likewise-{process}")


def in_threads(work: Callable[[int], T], rows: Iterable[int], workers: int, label: str = "") -> Iterable[T]:
    """``work(row)`` of each row in order, with a bounded number in flight; a label asks for a progress bar."""
    rows = list(rows)
    if workers <= 1 or len(rows) < 4:
        ready: Iterable[T] = map(work, rows)
    else:
        ready = _in_flight(work, rows, _pool(os.getpid(), workers), ahead=4 * workers)
    if not label:
        yield from ready
        return
    with progress(len(rows), label) as advance:
        for result in ready:
            yield result
            advance(1)


def _in_flight(work: Callable[[int], T], rows: list[int], pool: ThreadPoolExecutor, ahead: int) -> Iterable[T]:
    waiting: list[Future[T]] = [pool.submit(work, row) for row in rows[:ahead]]
    try:
        for place in range(len(rows)):
            yield waiting[place % ahead].result()
            if place + ahead < len(rows):
                waiting[place % ahead] = pool.submit(work, rows[place + ahead])
    finally:
        for future in waiting:
            future.cancel()
