"""Kinds of data, one file each: how they are read, checked, changed, encoded by default and shown."""

from likewise.modalities.base import Drawing, Layout, Modality, Readable, finite, native
from likewise.modalities.columns import Table
from likewise.modalities.registry import MODALITIES, guess, make_modality, modality_of

__all__ = [
    "MODALITIES",
    "Drawing",
    "Layout",
    "Modality",
    "Readable",
    "Table",
    "finite",
    "guess",
    "make_modality",
    "modality_of",
    "native",
]
