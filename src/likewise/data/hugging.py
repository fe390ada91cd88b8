"""Samples of Hugging Face datasets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array
from likewise.data.files import open_array
from likewise.data.options import Options
from likewise.data.pictures import open_pictures
from likewise.data.reading import open_picture
from likewise.data.samples import Samples
from likewise.errors import LikewiseError
from likewise.modalities.image import LARGEST_PICTURE

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class EncodedPictures:
    """The column of a Hugging Face dataset whose images are kept encoded."""

    dataset: Any
    column: str
    limit: int = LARGEST_PICTURE

    def __len__(self) -> int:
        return len(self.dataset)

    def name(self, row: int) -> str:
        """The number of the row."""
        return f"of row {row}"

    def open(self, row: int) -> Image:
        """The image's header; pixels are decoded when asked for."""
        cell = self.dataset[row][self.column]
        if cell is None:
            raise ValueError("the row has no image")
        return open_picture(BytesIO(cell["bytes"]) if cell["bytes"] is not None else cell["path"], self.limit)


def open_hugging(dataset: Any, options: Options) -> Samples:
    """Samples of a ``datasets.Dataset``: its first column of images, else of vectors; other columns become metadata.

    Raises:
        LikewiseError: no column holds images or vectors of one length.
    """
    if not hasattr(dataset, "__len__"):
        raise LikewiseError("a streaming dataset has no rows to return to: load it with streaming=False.")
    features = dataset.features
    kind = {name: type(feature).__name__ for name, feature in features.items()}
    images = [name for name in features if kind[name] == "Image"]
    vectors = [name for name in features if kind[name] in ("List", "LargeList", "Sequence")]
    if images and options.pictures:
        from datasets import Image as Encoded

        encoded = dataset.select_columns(images[:1]).cast_column(images[0], Encoded(decode=False))
        modality = options.require_pictures("the dataset")
        limit = getattr(modality, "limit", LARGEST_PICTURE)
        opened = open_pictures(EncodedPictures(encoded, images[0], limit), options)
        kept = opened.kept
        samples = Samples(opened.store, notes=tuple(opened.notes), modality=modality)
    elif vectors:
        rows = dataset.select_columns(vectors[:1]).with_format("numpy")[:][vectors[0]]
        if getattr(rows, "dtype", np.dtype(object)).kind not in "buif":
            raise LikewiseError(f"column {vectors[0]!r} does not hold vectors of numbers of one length.")
        samples = open_array(rows, options)
        kept = list(range(len(samples)))
    else:
        shown = ", ".join(f"{name} ({kind[name]})" for name in features)
        raise LikewiseError(f"the dataset has no column of images or vectors; it has {shown}.")
    names = [name for name in features if kind[name] in ("Value", "ClassLabel")]
    columns = {name: _column(dataset, name, features[name])[kept] for name in names}
    label = features.get("label")
    classes = tuple(getattr(label, "names", None) or ())
    return replace(samples, columns={**samples.columns, **columns}, classes=classes)


def _column(dataset: Any, name: str, feature: Any) -> Array:
    """One column; classes by their names, with "" for an unlabelled row (-1)."""
    values = dataset.select_columns([name]).with_format(None)[:][name]
    if names := getattr(feature, "names", None):
        return np.array(["" if code is None or code < 0 else names[code] for code in values])
    return np.array(values, dtype=object if None in values else None)
