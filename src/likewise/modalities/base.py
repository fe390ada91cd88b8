"""What a kind of data is: how it is read, changed, encoded by default and shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_floats, as_numpy, as_tensor
from likewise.errors import LikewiseError
from likewise.modalities.columns import Table, features
from likewise.registry import Registry

if TYPE_CHECKING:
    from PIL.Image import Image

TEXTS = ("text", "sentence", "caption", "title")
"""Columns that are shown as the sample itself."""
SHOWN = 8
"""Values of a sample that are written out at a terminal."""

Drawing = Callable[[Tensor], "bytes | Image"]
"""Makes a picture of one sample: the bytes of an SVG, or a PIL image."""


class Readable(Protocol):
    """What a drawing needs of samples: n of them, to be read by id."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""

    def __len__(self) -> int: ...

    def read(self, ids: Array) -> Tensor:
        """``[m, *shape]`` of ids ``[m]``."""


@dataclass(frozen=True)
class Layout:
    """How the rows of an array become samples.

    Attributes:
        shape: of one sample.
        dtype: of the samples.
        convert: samples ``[m, *shape]`` of a block of the array; its second argument holds the block's row numbers
            ``[m]`` for errors, None where the block begins with the first row. It must survive pickling: workers read.
        notes: sentences on what is done to the samples.
        columns: metadata ``[n]`` that the array itself holds.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    convert: Callable[[Any, Array | None], Tensor]
    notes: tuple[str, ...] = ()
    columns: Mapping[str, Array] = field(default_factory=dict)


class Modality:
    """One kind of data. Derive from it, override what differs, and register the class.

    ``lw.register("modality", "audio")`` makes ``lw.open(x, modality="audio")`` possible; keyword arguments of the class
    are its options (``modality_options=``). By default samples are float32 of ``rank`` axes, standardised along their
    first axis, changed by noise and scaling, encoded by a multilayer perceptron, and shown as bars.

    Attributes:
        name: under which it is registered.
        plural: of the name, for messages; default with an s.
        rank: axes of one sample.
        reads: the shapes of the arrays that it is read from, for messages: "[n, C, T]".
        dtype: that samples are stored as; uint8 stands for [0, 1].
        recipes: views by name, each a function ``(shape, **options)`` that gives a callable on a batch (or two: the
            first view's, all others'), or its reference "module:attribute". "none" is always there, "weak" and "strong"
            must be.
        views: the registry made of them.
        normalized_first: whether values are standardised before they are changed, or after.
        memory_format: of batches and weights during training.
        pictures: whether samples are uint8 pictures (C, H, W), as image files and pretrained image networks have them.
        mixed_units: whether the entries of a sample may have different units, as columns of a table do.
    """

    name: ClassVar[str] = ""
    plural: ClassVar[str] = ""
    rank: ClassVar[int] = 1
    reads: ClassVar[str] = ""
    dtype: ClassVar[torch.dtype] = torch.float32
    recipes: ClassVar[Mapping[str, str | Callable[..., Any]]] = {
        "mask": "likewise.views.named:masked",
        "noise": "likewise.views.named:noisy",
        "scale": "likewise.views.named:scaled",
        "strong": "likewise.views.named:strong_vectors",
        "weak": "likewise.views.named:weak_vectors",
    }
    views: ClassVar[Registry[Callable[..., Any]]]
    normalized_first: ClassVar[bool] = True
    memory_format: ClassVar[torch.memory_format] = torch.contiguous_format
    pictures: ClassVar[bool] = False
    mixed_units: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls.plural = vars(cls).get("plural", f"{cls.name}s")
        if cls.name and ("recipes" in vars(cls) or not hasattr(cls, "views")):
            recipes = {"none": "likewise.views.named:unchanged", **cls.recipes}
            cls.views = Registry(f"{cls.name} views", recipes, group=f"likewise.{cls.name}_views")

    def claims(self, array: Any) -> str | None:
        """Whether an array is of this kind where nobody said so: None (no), "" (yes), or what is to be said of it."""
        del array
        return None

    def guessed(self, array: Any) -> Modality:
        """This kind with the options that an array needs which it claimed."""
        del array
        return self

    def layout(self, array: Any, size: int | None = None, channels: int | None = None) -> Layout:
        """How an array becomes samples.

        Args:
            array: of n rows; a numpy array (perhaps a memory map) or a tensor.
            size: side in pixels, for images.
            channels: 1 or 3, for images.

        Raises:
            LikewiseError: a shape or type that is not of this kind.
        """
        shape = tuple(array.shape)
        if size is not None or channels is not None:
            raise LikewiseError(
                f"size and channels are for images, but an array of shape {list(shape)} holds {self.plural}."
            )
        require_numbers(array)
        if len(shape) != self.rank + 1:
            raise LikewiseError(f"{self.plural} must have the shape {self.reads}, got {list(shape)}.")
        return Layout(shape[1:], self.dtype, self.convert)

    def convert(self, block: Any, rows: Array | None = None) -> Tensor:
        """Samples of a block of the array; ``rows`` are its row numbers, for errors.

        Raises:
            LikewiseError: NaN or infinity, with the row.
        """
        return finite(native(block).to(self.dtype), rows)

    def from_table(self, table: dict[str, Array], aside: set[str]) -> Table:
        """What a table holds: a sample in each row, made of all columns of numbers but those set aside.

        Raises:
            LikewiseError: no column is numeric, or a value is missing.
        """
        return features(table, aside)

    def stack(self, items: Sequence[Any]) -> Array:
        """One array of the items of a dataset or a list.

        Raises:
            LikewiseError: they differ in shape.
        """
        arrays = [as_numpy(item) for item in items]
        if len({array.shape for array in arrays}) > 1:
            raise LikewiseError(f"the items of the dataset differ in shape: {self.plural} need one length.")
        return np.stack(arrays)

    def rows(self, batch: Tensor, size: int | None = None) -> Tensor:
        """float32 ``[b, D]``: the plain numbers of samples, whose Euclidean distance is the simplest prior.

        Args:
            batch: ``[b, *shape]`` as stored.
            size: side in pixels to which images are scaled first.

        Raises:
            LikewiseError: a size for what has none.
        """
        if size is not None:
            raise LikewiseError(f"size is a side in pixels for images, got {size} for samples of kind {self.name!r}.")
        return as_floats(batch).flatten(1)

    def encoder(self, shape: tuple[int, ...]) -> str:
        """The name of the encoder that samples of a shape get where none is chosen."""
        del shape
        return "mlp"

    def quick_encoder(self, shape: tuple[int, ...]) -> str:
        """The name of one that trains within minutes on a CPU."""
        return self.encoder(shape)

    def text_column(self, columns: Mapping[str, Array]) -> str | None:
        """The column that is shown as the sample itself, instead of a picture; None where there is none."""
        return next((name for name in TEXTS if name in columns), None)

    def sketch(self, sample: Tensor) -> str:
        """A sample as lines of characters, for a terminal; "" where its metadata is enough."""
        values = sample.flatten().tolist()
        more = " ..." if len(values) > SHOWN else ""
        return "  [" + " ".join(f"{value:.3g}" for value in values[:SHOWN]) + more + "]"

    def drawing(self, samples: Readable) -> Drawing:
        """What draws samples of a data set, whose spread it may look at first."""
        from likewise.modalities.bars import Bars

        return Bars(samples).draw

    def side(self, shape: tuple[int, ...]) -> int | None:
        """The longer side of its pictures in pixels; None where they are drawings, which have no grain."""
        del shape
        return None


def require_numbers(array: Any) -> None:
    """Refuse an array of what are no numbers."""
    if isinstance(array, np.ndarray) and array.dtype.kind not in "buif":
        raise LikewiseError(f"samples must be numbers, got an array of {array.dtype}.")


def native(block: Any) -> Tensor:
    """A tensor of an array in either byte order, or of a tensor; memory is shared where it can be."""
    if isinstance(block, np.ndarray) and not block.dtype.isnative:
        block = block.astype(block.dtype.newbyteorder("="))
    return as_tensor(block)


def finite(samples: Tensor, rows: Array | None = None) -> Tensor:
    """Samples ``[m, ...]`` if all of their values are finite.

    Raises:
        LikewiseError: NaN or infinity, with the row.
    """
    bad = ~torch.isfinite(samples).flatten(1).all(dim=1)
    if bad.any():
        raise LikewiseError(f"row {first_row(bad, rows)} has NaN or infinite values: fill them in, or leave it out.")
    return samples


def first_row(bad: Tensor, rows: Array | None = None) -> int:
    """The number of the first row that is bad ``[m]``."""
    place = int(bad.int().argmax())
    return place if rows is None else int(rows[place])
