"""Vectors as bars, each column measured by how it varies over the data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_floats, column_scale

if TYPE_CHECKING:
    from likewise.modalities.base import Readable

MOST = 128
"""Columns that are drawn at most."""
FAR = 3.0
"""Standard deviations from the mean at which a bar ends."""
ROWS, BATCH = 1 << 16, 4096
"""Rows that are read at most to see how columns vary, and how many at a time."""


class Bars:
    """Draws the samples of a data set, value by value; reads it once.

    Args:
        samples: by which columns are measured.
    """

    def __init__(self, samples: Readable) -> None:
        rows = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), ROWS)).astype(np.int64))
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        self.mean, self.spread = column_scale(np.concatenate([_values(samples.read(batch)) for batch in batches]))

    def draw(self, sample: Tensor) -> bytes:
        """A sample as an SVG."""
        return plot((_values(sample[None])[0] - self.mean) / self.spread)


def _values(batch: Tensor) -> Array:
    """The first values of samples, as wide floats."""
    values: Array = as_floats(batch, torch.float64).flatten(1)[:, :MOST].numpy()
    return values


def plot(values: Array) -> bytes:
    """Standardised values as bars around zero, an SVG that can be stretched; of long vectors the first 128 entries."""
    shown = np.clip(np.asarray(values, np.float64)[:MOST], -FAR, FAR)
    wide = 96 / max(len(shown), 1)
    thick = max(0.4, 0.8 * wide)
    up: list[str] = []
    down: list[str] = []
    for place, value in enumerate(shown):
        tall = max(46 * abs(value) / FAR, 0.3)
        side, top = (up, -tall) if value > 0 else (down, tall)
        side.append(f"M{2 + place * wide:.4g} 50v{top:.3g}h{thick:.3g}V50z")
    line = '<path d="M2 50h96" stroke="#8b93a1" stroke-width=".4"/>'
    bars = f'<path d="{"".join(up)}" fill="#4c6ef5"/><path d="{"".join(down)}" fill="#e8590c"/>'
    box = 'width="100" height="100" viewBox="0 0 100 100" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{line}{bars}</svg>'.encode()
