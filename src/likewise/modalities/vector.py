"""Vectors: float32 ``[n, d]``, from arrays and from tables with one row a sample."""

from __future__ import annotations

from typing import Any

from likewise.modalities.base import Modality


class Vector(Modality):
    """Rows of numbers: everything is as ``Modality`` has it by default."""

    name = "vector"
    rank = 1
    reads = "[n, d]"
    mixed_units = True

    def claims(self, array: Any) -> str | None:
        """Arrays of two axes."""
        return "" if len(array.shape) == 2 else None
