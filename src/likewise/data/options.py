"""How a source is to be opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from likewise.errors import LikewiseError, unknown_name
from likewise.modalities import Modality, make_modality


@dataclass(frozen=True)
class Options:
    """The choices that the readers of all sources share; ``open_samples`` explains them.

    ``labels`` and ``keys`` are names of columns; they, ``features``, ``exclude`` and ``types`` say what the columns of
    a table mean, ``missing`` and ``dialect`` how its cells are read.
    """

    size: int | None = None
    channels: int | None = None
    unreadable: str = "error"
    workers: int | None = None
    resident: bool | None = None
    labels: str | None = None
    keys: str | None = None
    modality: Modality | None = None
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    missing: Any = None
    dialect: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise LikewiseError(f"size is a side in pixels, at least 1, got {self.size}.")
        if self.channels is not None and self.channels not in (1, 3) and self.channels < 4:
            raise LikewiseError(
                f"channels must be 1 (grey), 3 (colour) or the bands that there are, got {self.channels}."
            )
        if self.unreadable not in ("error", "skip"):
            raise unknown_name("choice for unreadable", self.unreadable, ("error", "skip"))

    @property
    def pictures(self) -> bool:
        """Whether picture files may be opened: nobody asked for samples that are none."""
        return self.modality is None or self.modality.pictures

    def require_pictures(self, what: str) -> Modality:
        """The kind of data that pictures are.

        Raises:
            LikewiseError: another kind was asked for.
        """
        if not self.pictures:
            assert self.modality is not None
            raise LikewiseError(
                f"{what} holds pictures, and modality={self.modality.name!r} reads none: give an array or a table."
            )
        return self.modality or make_modality("image")

    @cached_property
    def threads(self) -> int:
        """Threads that decode: as asked, else one a core."""
        return max(1, (os.cpu_count() or 1) if self.workers is None else self.workers)
