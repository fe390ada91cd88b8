"""Samples of map-style datasets: torch datasets and lists of pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.arrays import Array, as_numpy
from likewise.data.files import LABEL_NAMES, SAMPLE_NAMES, open_array
from likewise.data.heads import head
from likewise.data.options import Options
from likewise.data.pictures import open_pictures
from likewise.data.samples import Samples
from likewise.errors import LikewiseError, is_number
from likewise.keys import Keys
from likewise.modalities import Modality, guess, make_modality

if TYPE_CHECKING:
    from PIL.Image import Image


READ_TWICE = 16
"""So many items are read twice, to see whether they change."""


@dataclass(frozen=True)
class ItemPictures:
    """The images of a map-style dataset."""

    dataset: Any

    def __len__(self) -> int:
        return len(self.dataset)

    def name(self, row: int) -> str:
        """The number of the item."""
        return f"of item {row}"

    def open(self, row: int) -> Image:
        """The item's image, read from the dataset."""
        return as_picture(item_parts(self.dataset[row])[0], row)


def open_items(dataset: Any, options: Options) -> Samples:
    """Samples of a map-style dataset of images or of arrays of one kind, alone or with labels.

    Every item is read twice: once to look at sizes and labels, once for its pixels. So items must not change between
    readings: leave random transforms to the views. Datasets are read by one thread unless ``workers`` says otherwise.
    Where a dataset knows the files of its images (torchvision's ``ImageFolder``, and a subset of one), keys are their
    paths below its root.
    """
    changing = _changing(dataset)
    options = options if options.workers else replace(options, workers=1)
    modality = options.modality or kind_of(item_parts(dataset[0])[0])
    if modality.pictures:
        heads, labels = [], []
        for row in range(len(dataset)):
            image, label = item_parts(dataset[row])
            heads.append(head(as_picture(image, row)))
            labels.append(label)
        opened = open_pictures(ItemPictures(dataset), options, heads)
        kept = opened.kept
        samples = Samples(opened.store, notes=tuple(opened.notes), modality=modality)
    else:
        parts = [item_parts(dataset[row]) for row in range(len(dataset))]
        kept, labels = list(range(len(dataset))), [label for _, label in parts]
        stacked = modality.stack([sample for sample, _ in parts])
        samples = open_array(stacked, options)
    files = _files_of(dataset)
    named = samples.named if files is None else Keys.of([files[row] for row in kept])
    samples = replace(samples, notes=(*samples.notes, *changing), named=named)
    label = _label_names([labels[row] for row in kept], _attribute(dataset, "classes"))
    if label is None:
        return samples
    return replace(samples, columns={**samples.columns, "label": label[0]}, classes=label[1])


def _changing(dataset: Any) -> list[str]:
    """What is said where some of the items are not the same when they are read again."""
    rows = np.unique(np.linspace(0, len(dataset) - 1, READ_TWICE).astype(int)).tolist()
    differ = [row for row in rows if not _equal(item_parts(dataset[row])[0], item_parts(dataset[row])[0])]
    if not differ:
        return []
    return [
        f"item {differ[0]} changes from reading to reading (by a random transform?): leave what is random to views=, "
        "for neighbours and keys belong to one reading"
    ]


def _equal(one: Any, other: Any) -> bool:
    first, second = as_numpy(one), as_numpy(other)
    return first.shape == second.shape and bool(np.array_equal(first, second, equal_nan=first.dtype.kind == "f"))


def _files_of(dataset: Any) -> list[str] | None:
    """The paths of a dataset's images below its root, with "/" between; None where it does not tell."""
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):  # torch's Subset
        whole = _files_of(dataset.dataset)
        return None if whole is None else [whole[row] for row in dataset.indices]
    listed, root = getattr(dataset, "samples", None), getattr(dataset, "root", None)
    if not isinstance(listed, list) or not isinstance(root, str | os.PathLike) or len(listed) != len(dataset):
        return None
    paths = [one[0] for one in listed if isinstance(one, tuple) and one and isinstance(one[0], str)]
    inside = len(paths) == len(listed) and all(Path(path).is_relative_to(root) for path in paths)
    return [Path(path).relative_to(root).as_posix() for path in paths] if inside else None


def _attribute(dataset: Any, name: str) -> Any:
    """An attribute of a dataset, or of that of which it is a subset."""
    inner = getattr(dataset, "dataset", None) if hasattr(dataset, "indices") else None
    return getattr(dataset, name, None if inner is None else getattr(inner, name, None))


def item_parts(item: Any) -> tuple[Any, Any]:
    """The sample and the label (None where there is none) of an item: a mapping, a tuple, or the sample alone.

    A list or tuple that begins with a number is a sample itself, and no pair of one.
    """
    if isinstance(item, Mapping):
        sample = next((item[name] for name in (*SAMPLE_NAMES, "image") if name in item), None)
        if sample is None:
            raise LikewiseError(f"items of the dataset need an entry image, x, images or data; they have {list(item)}.")
        return sample, next((item[name] for name in LABEL_NAMES if name in item), None)
    if isinstance(item, tuple | list) and item and is_number(item[0]):
        return np.asarray(item), None
    if isinstance(item, tuple | list):
        return item[0], item[1] if len(item) > 1 else None
    return item, None


def kind_of(sample: Any) -> Modality:
    """The kind of data that a picture is, or an array of a single sample."""
    return make_modality("image") if hasattr(sample, "convert") else guess(as_numpy(sample)[None])[0]


def as_picture(sample: Any, row: int) -> Image:
    """A picture of a picture, or of an array or tensor of uint8 or of floats in [0, 1].

    Raises:
        LikewiseError: the array is no grey or colour image.
    """
    if hasattr(sample, "convert"):
        picture: Image = sample
        return picture
    from PIL import Image as pillow

    array = as_numpy(sample)[None]
    pixels = make_modality("image").layout(array).convert(array, np.array([row]))[0]
    if pixels.shape[0] not in (1, 3):
        raise LikewiseError(f"item {row} has {pixels.shape[0]} channels; a dataset's images must be grey or RGB.")
    return pillow.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.movedim(0, -1).numpy())


def _label_names(labels: list[Any], classes: Sequence[str] | None) -> tuple[Array, tuple[str, ...]] | None:
    """A label column: names of classes where the dataset knows them; None where items have no single label."""
    values = [label if label is None else as_numpy(label) for label in labels]
    if any(value is None or value.size != 1 for value in values):
        return None
    column = np.array([value.item() for value in values if value is not None])
    if classes is None or column.dtype.kind not in "iu" or not -1 <= column.min() <= column.max() < len(classes):
        return column, ()
    return np.array([*classes, ""])[column], tuple(map(str, classes))  # the code -1 takes the last, which is no label
