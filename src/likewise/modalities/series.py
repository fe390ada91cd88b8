"""Series: float32 ``[n, C, T]``, C channels over T steps of time; from arrays, lists, and wide or long tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from torch import Tensor

from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError, unknown_name
from likewise.modalities.base import Drawing, Layout, Modality, Readable, finite, native, require_numbers
from likewise.modalities.columns import Table, listed, numeric, require_complete
from likewise.modalities.image import outside_unit_range, tall_floats, wide_floats
from likewise.modalities.lines import drawing, sparkline
from likewise.modalities.long_tables import gather

CHANNELS = 4
"""Channels that are sketched at a terminal."""


@dataclass(frozen=True, kw_only=True)
class Series(Modality):
    """Measurements over time.

    Arrays ``[n, T]`` have one channel. In a wide table each row is a series: its columns of numbers are the steps, in
    their order; or, where it has columns of lists, each of those is a channel. A long table has one row a step: name
    ``by``.

    Attributes:
        by: the column of a long table that says which series a row belongs to; its values become the keys.
        time: the column of a long table by which the rows of a series are put in order; default as they stand. Steps
            are taken as evenly spaced.
        values: the columns that are read, a list or "a,b": the channels of a long table or of lists, or the steps.
        lengths: "equal" refuses series of unequal length; "pad" repeats the last value of the shorter ones.
        channels: "first" reads arrays ``[n, C, T]``, "last" ``[n, T, C]``.
    """

    by: str | None = None
    time: str | None = None
    values: str | Sequence[str] = ()
    lengths: Literal["equal", "pad"] = "equal"
    channels: Literal["first", "last"] = "first"

    name = "series"
    plural = "series"
    rank = 2
    reads = "[n, C, T] or [n, T]"
    recipes: ClassVar[Mapping[str, str | Callable[..., Any]]] = {
        "crop": "likewise.views.series:cropped",
        "jitter": "likewise.views.series:jittered",
        "mask": "likewise.views.series:masked",
        "scale": "likewise.views.series:scaled",
        "strong": "likewise.views.series:strong",
        "warp": "likewise.views.series:warped",
        "weak": "likewise.views.series:weak",
    }

    def __post_init__(self) -> None:
        if self.lengths not in ("equal", "pad"):
            raise unknown_name("choice for lengths", self.lengths, ("equal", "pad"))
        if self.channels not in ("first", "last"):
            raise unknown_name("choice for channels", self.channels, ("first", "last"))
        if self.time is not None and self.by is None:
            raise LikewiseError("time= orders the rows of each series: say by= which column tells the series apart.")

    def claims(self, array: Any) -> str | None:
        """Floats of three axes, more steps than channels: wide with some outside of [0, 1], or tall."""
        if tall_floats(array):
            return (
                f"floats [n, {array.shape[1]}, {array.shape[2]}] are read as series of {array.shape[1]} steps and "
                f"{array.shape[2]} channels, channels last; anything else needs modality="
            )
        if len(array.shape) != 3 or not wide_floats(array) or not outside_unit_range(array):
            return None
        channels, steps = array.shape[1:]
        return (
            f"floats outside of [0, 1] are read as series of {channels} channels and {steps} steps; were they grey "
            "images, say modality='image' and bring them to [0, 1]"
        )

    def guessed(self, array: Any) -> Modality:
        """With channels last where the array is taller than wide."""
        return replace(self, channels="last") if tall_floats(array) else self

    def layout(self, array: Any, size: int | None = None, channels: int | None = None) -> Layout:
        """The layout of ``[n, C, T]`` (or ``[n, T, C]``), or of ``[n, T]`` with one channel."""
        if len(array.shape) == 2 and size is channels is None:
            require_numbers(array)
            return Layout((1, array.shape[1]), self.dtype, partial(_one_channel))
        found = super().layout(array, size, channels)
        return found if self.channels == "first" else Layout(found.shape[::-1], self.dtype, partial(_channels_last))

    def from_table(self, table: dict[str, Array], aside: set[str]) -> Table:
        """A wide or a long table, as the options say; see the class."""
        chosen = self.values.split(",") if isinstance(self.values, str) else list(self.values)
        for name in filter(None, (self.by, self.time, *chosen)):
            if name not in table:
                raise unknown_name("column", name, table)
        aside = aside | {name for name in (self.by, self.time) if name is not None}
        names = chosen if any(chosen) else numeric(table, aside)
        lists = [name for name in names if table[name].ndim == 2]
        names = lists or names
        rest = {name: column for name, column in table.items() if name not in names}
        if self.by is not None:
            if lists:
                raise LikewiseError(f"the lists of {listed(lists)} hold whole series already: leave by= out.")
            return gather(table[self.by], None if self.time is None else table[self.time], names, table, self.pad)
        if not lists:
            values = np.column_stack([table[name].astype(np.float64, copy=False) for name in names])
            require_complete(values, names)
            return Table(values, rest, notes=(f"the {len(names)} steps of each series are: {listed(names)}",))
        if len({table[name].shape for name in lists}) > 1:
            raise LikewiseError(f"the columns {listed(lists)} hold series of different lengths: name one by values=.")
        return Table(np.stack([table[name] for name in lists], 1), rest, notes=(f"channels: {listed(lists)}",))

    def stack(self, items: Sequence[Any]) -> Array:
        """``[n, C, T]`` of series ``[T]`` or ``[C, T]``."""
        return self.pad([np.atleast_2d(as_numpy(item)) for item in items])

    def pad(self, series: Sequence[Array]) -> Array:
        """``[n, C, T]`` of series ``[C, t]``.

        Raises:
            LikewiseError: they differ in length, and nobody said that they shall be padded; or in channels.
        """
        if len({each.shape[0] for each in series}) > 1 or any(each.ndim != 2 for each in series):
            raise LikewiseError("each series must have the shape [T] or [C, T], with as many channels as the others.")
        lengths = [each.shape[1] for each in series]
        longest = max(lengths)
        if min(lengths) == 0:
            raise LikewiseError(f"series {lengths.index(0)} has no steps: leave it out.")
        if min(lengths) < longest and self.lengths == "equal":
            row = next(row for row, length in enumerate(lengths) if length != lengths[0])
            raise LikewiseError(
                f"series {row} has {lengths[row]} steps, but series 0 has {lengths[0]}: cut or resample them to one "
                "length, or say lengths='pad' (modality_options) to repeat the last value of the shorter ones."
            )
        return np.stack([np.pad(each, ((0, 0), (0, longest - each.shape[1])), mode="edge") for each in series])

    def encoder(self, shape: tuple[int, ...]) -> str:
        """Three convolutions over time."""
        del shape
        return "conv1d"

    def sketch(self, sample: Tensor) -> str:
        """A line of blocks for each channel."""
        more = [f"  and {len(sample) - CHANNELS} more channels"] if len(sample) > CHANNELS else []
        return "\n".join([*(f"  {sparkline(channel.numpy())}" for channel in sample[:CHANNELS]), *more])

    def drawing(self, samples: Readable) -> Drawing:
        """Lines, on the scale of the data set."""
        return drawing(samples)


def _channels_last(block: Any, rows: Array | None = None) -> Tensor:
    """float32 ``[m, C, T]`` of ``[m, T, C]``."""
    return finite(native(block).float().movedim(1, 2).contiguous(), rows)


def _one_channel(block: Any, rows: Array | None = None) -> Tensor:
    """float32 ``[m, 1, T]`` of ``[m, T]``."""
    return finite(native(block).float()[:, None], rows)
