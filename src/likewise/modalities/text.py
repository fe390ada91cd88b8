"""Texts: strings ``[n]``, stored as hashed counts of their words and parts of words, and shown as they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array
from likewise.errors import LikewiseError, unknown_name
from likewise.modalities.base import TEXTS, Layout
from likewise.modalities.columns import Table
from likewise.modalities.vector import Vector

PARTS = (3, 5)
"""Lengths of the parts of words that are counted."""


@dataclass(frozen=True, kw_only=True)
class Text(Vector):
    """Short texts as vectors of norm 1 that know nothing of meaning: changed and encoded as vectors are.

    The texts are kept as the column "text". Embeddings of a language model say far more: open them as vectors with a
    column "text", which is shown as well.

    Attributes:
        column: of a table, that holds the texts; default "text", "sentence", "caption" or "title".
        dim: entries of a vector, each of which counts what its hash falls on.
    """

    column: str | None = None
    dim: int = 1024

    name = "text"
    reads = "[n] of strings"
    mixed_units = False

    def __post_init__(self) -> None:
        if not isinstance(self.dim, int) or self.dim < 1:
            raise LikewiseError(f"dim is the number of entries of a text's vector, at least 1, got {self.dim!r}.")

    def claims(self, array: Any) -> str | None:
        """Arrays of one axis that hold strings."""
        return "" if _are_texts(array) else None

    def layout(self, array: Any, size: int | None = None, channels: int | None = None) -> Layout:
        """The layout of strings ``[n]``."""
        if size is not None or channels is not None:
            raise LikewiseError("size and channels are for images, but these are texts.")
        if not _are_texts(array):
            raise LikewiseError(f"texts are strings [n], got {array.dtype} {list(array.shape)}.")
        return Layout((self.dim,), self.dtype, partial(hashed, self.dim), columns={"text": array})

    def from_table(self, table: dict[str, Array], aside: set[str]) -> Table:
        """A text in each row; all other columns are metadata."""
        del aside
        found = self.column or next((name for name in TEXTS if name in table), None)
        if found is None or found not in table:
            raise unknown_name("column of texts", found or "text", table)
        rest = {name: values for name, values in table.items() if name != found}
        return Table(table[found], rest, notes=(f"texts are the column {found!r}",))

    def sketch(self, sample: Tensor) -> str:
        """Nothing: the text stands among the columns."""
        del sample
        return ""


def hashed(dim: int, block: Array, rows: Array | None = None) -> Tensor:
    """float32 ``[m, dim]`` of norm 1: counts of words' parts of 3 to 5 letters, by hash and with the hash's sign.

    Raises:
        LikewiseError: a text is missing or empty, with the row.
    """
    from sklearn.feature_extraction.text import HashingVectorizer

    for place, text in enumerate(block):
        if not isinstance(text, str) or not text.strip():
            row = place if rows is None else int(rows[place])
            raise LikewiseError(f"row {row} has no text: fill it in, or leave it out.")
    model = HashingVectorizer(n_features=dim, analyzer="char_wb", ngram_range=PARTS, dtype=np.float32)
    return torch.from_numpy(model.transform(block.tolist()).toarray())


def _are_texts(array: Any) -> bool:
    """Whether ``[n]`` holds strings, of which some may be missing."""
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "UTO":
        return False
    return any(isinstance(text, str) for text in array)
