"""Series as lines: an SVG on the scale of a data set, and blocks for a terminal."""

from __future__ import annotations

from functools import partial

import numpy as np
from torch import Tensor

from likewise.arrays import Array
from likewise.modalities.base import Drawing, Readable

POINTS, CHANNELS = 256, 8
"""Points of a line and channels that are drawn at most."""
MEASURED = 1024
"""Samples by which the scale is measured."""
TAIL = 0.001
"""Share of values at either end that may be cut off by the frame."""
COLOURS = ("#4c6ef5", "#e8590c", "#2f9e44", "#ae3ec9", "#1098ad", "#f08c00", "#e03131", "#868e96")
BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 40
"""Blocks of a sparkline at most."""


def drawing(samples: Readable) -> Drawing:
    """What draws series of a data set, all on one scale: that of up to 1,024 of them."""
    ids = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), MEASURED)).astype(np.int64))
    values = samples.read(ids).numpy()
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    return partial(_draw, float(low), float(high))


def _draw(low: float, high: float, sample: Tensor) -> bytes:
    return plot(sample.numpy(), low, high)


def plot(series: Array, low: float, high: float) -> bytes:
    """Channels ``[C, T]`` as lines, values from low (below) to high (above), an SVG that can be stretched.

    The first eight channels are drawn, long ones by 256 evenly spaced steps.
    """
    shown = series[:CHANNELS, _places(series.shape[1], POINTS)].astype(np.float64)
    height = 96 - 92 * (np.clip(shown, low, high) - low) / max(high - low, 1e-12)
    across = np.linspace(2, 98, shown.shape[1])
    lines = []
    for colour, channel in zip(COLOURS, height, strict=False):
        points = " ".join(f"{x:.4g},{y:.4g}" for x, y in zip(across, channel, strict=True))
        lines.append(f'<polyline points="{points}" stroke="{colour}"/>')
    box = 'width="100" height="100" viewBox="0 0 100 100" preserveAspectRatio="none" fill="none" stroke-width="1"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(lines)}</svg>'.encode()


def sparkline(values: Array) -> str:
    """Values ``[T]`` as blocks between their least and their largest, long ones by 40 evenly spaced steps.

    >>> sparkline(np.array([0.0, 1.0, 2.0, 7.0]))
    '▁▂▃█'
    """
    shown = values[_places(len(values), WIDTH)].astype(np.float64)
    low, high = shown.min(), shown.max()
    level = np.minimum(len(BLOCKS) * (shown - low) / max(high - low, 1e-12), len(BLOCKS) - 1).astype(int)
    return "".join(BLOCKS[place] for place in level)


def _places(length: int, most: int) -> Array:
    return np.linspace(0, length - 1, min(length, most)).round().astype(np.int64)
