"""Vectors: float32 ``[n, d]``, from arrays and from tables with one row a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, blurs_in_float32
from likewise.modalities.base import Layout, Modality, finite, native

WIDE = "held in float64, because float32 would blur large values that differ little"


class Vector(Modality):
    """Rows of numbers, as ``Modality`` has them by default; in float64 where float32 would not tell values apart."""

    name = "vector"
    rank = 1
    reads = "[n, d]"
    mixed_units = True

    def claims(self, array: Any) -> str | None:
        """Arrays of two axes."""
        return "" if len(array.shape) == 2 else None

    def layout(self, array: Any, size: int | None = None, channels: int | None = None) -> Layout:
        """The layout of ``[n, d]``."""
        found = super().layout(array, size, channels)
        if not isinstance(array, np.ndarray) or not blurs_in_float32(array):
            return found
        return Layout(found.shape, torch.float64, self.convert_wide, (WIDE,))

    def convert_wide(self, block: Any, rows: Array | None = None) -> Tensor:
        """float64 samples of a block; otherwise as ``convert``."""
        return finite(native(block).double(), rows)

    def rows(self, batch: Tensor, size: int | None = None) -> Tensor:
        """The numbers as they are held."""
        return batch if batch.dtype == torch.float64 and size is None else super().rows(batch, size)
