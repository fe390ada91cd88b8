"""Transforms of other libraries as views: of a batch, or of one sample at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, as_floats
from likewise.errors import LikewiseError, unknown_name
from likewise.views.naming import describe, libraries
from likewise.views.seeding import seeded

BatchForm = Literal["stored", "float"]
SampleForm = Literal["hwc-uint8", "pil", "chw-tensor"]


@dataclass(frozen=True, repr=False)
class PerBatch:
    """A transform of a batch that says what it takes; see ``per_batch``."""

    transform: Callable[..., Any]
    as_: BatchForm = "stored"

    def __call__(self, x: Tensor) -> Any:
        """What the transform makes of a batch."""
        return self.transform(as_floats(x) if self.as_ == "float" and x.dtype == torch.uint8 else x)

    def __repr__(self) -> str:
        return f"per_batch({describe(self.transform)}, as_={self.as_!r})"


@dataclass(frozen=True, repr=False)
class PerSample:
    """A transform of one sample, applied to each of a batch; see ``per_sample``."""

    transform: Callable[..., Any]
    as_: SampleForm = "chw-tensor"

    def __call__(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """``[B, ...]`` on the device of x: every sample changed by itself, on the CPU.

        Raises:
            LikewiseError: the samples have no such form, or the results have different shapes or types.
        """
        with seeded(generator, torch.device("cpu")) as seed:
            if seed is not None and hasattr(self.transform, "set_random_seed"):  # albumentations keeps its own
                self.transform.set_random_seed(seed)
            changed = [_as_tensor(self._change(sample), self) for sample in _samples(x, self.as_)]
        kinds = {(tuple(row.shape), row.dtype) for row in changed}
        if len(kinds) > 1:
            shown = " and ".join(f"{dtype} {list(shape)}" for shape, dtype in sorted(kinds, key=str)[:2])
            raise LikewiseError(f"{self!r} gave samples of {shown}: all need one shape and type; resize them.")
        return torch.stack(changed).to(x.device)

    def _change(self, sample: Any) -> Any:
        if "albumentations" in libraries(self.transform):
            return self.transform(image=sample)["image"]
        return self.transform(sample)

    def __repr__(self) -> str:
        return f"per_sample({describe(self.transform)}, as_={self.as_!r})"


def per_batch(transform: Callable[..., Any], as_: BatchForm = "stored") -> PerBatch:
    """A transform of whole batches as views that says what it takes.

    Args:
        transform: called on ``[B, ...]``; also ``(x, generator)``.
        as_: "stored" (images are uint8) or "float" (images are floats in [0, 1]).

    Raises:
        LikewiseError: something that cannot be called, or another form.

    >>> per_batch(torch.nn.Dropout(0.1), as_="float")
    per_batch(Dropout(p=0.1, inplace=False), as_='float')
    """
    return PerBatch(_callable(transform), _form(as_, get_args(BatchForm)))


def per_sample(transform: Callable[..., Any], as_: SampleForm = "chw-tensor") -> PerSample:
    """A transform of one sample as views: albumentations, torchvision with parameters of each sample's own, PIL.

    It loops on the CPU, one Python call a sample and view, and copies the batch there and back: of small images that
    takes longer than a training step. Views by name and kornia change whole batches on their device.

    Args:
        transform: called on one sample; gives a tensor ``[C, H, W]``, an array ``[H, W, C]`` or a PIL image, of bytes
            or of floats in [0, 1].
        as_: what it is given: "hwc-uint8" (a numpy array; albumentations), "pil", or "chw-tensor" (a tensor as stored:
            uint8 of images, ``[d]`` of vectors).

    Raises:
        LikewiseError: something that cannot be called, or another form.

    >>> per_sample(np.fliplr, as_="hwc-uint8")(torch.tensor([[[[1, 2]]]], dtype=torch.uint8))
    tensor([[[[2, 1]]]], dtype=torch.uint8)
    """
    return PerSample(_callable(transform), _form(as_, get_args(SampleForm)))


def _callable(transform: Callable[..., Any]) -> Callable[..., Any]:
    if not callable(transform):
        raise LikewiseError(f"a transform must be callable, got {transform!r:.80}.")
    return transform


def _form(as_: Any, known: tuple[str, ...]) -> Any:
    if as_ not in known:
        raise unknown_name("form of samples", as_, known)
    return as_


def _samples(x: Tensor, form: SampleForm) -> list[Any]:
    """Each sample in a form, none of them sharing memory with x."""
    if form == "chw-tensor":
        return list(x.to("cpu", copy=True))
    if x.ndim != 4:
        raise LikewiseError(f"as_={form!r} is for images [B, C, H, W], got {list(x.shape)}: take 'chw-tensor'.")
    pixels = x if x.dtype == torch.uint8 else (x * 255).round().clamp(0, 255).to(torch.uint8)
    arrays: list[Array] = list(pixels.permute(0, 2, 3, 1).to("cpu", copy=True).contiguous().numpy())
    if form == "hwc-uint8":
        return arrays
    from PIL import Image

    if x.shape[1] not in (1, 3):
        raise LikewiseError(f"as_='pil' is for 1 or 3 channels, got {x.shape[1]}: take 'hwc-uint8'.")
    return [Image.fromarray(array[:, :, 0] if x.shape[1] == 1 else array) for array in arrays]


def _as_tensor(result: Any, transform: PerSample) -> Tensor:
    """A result as a tensor, channels first."""
    from PIL.Image import Image

    if isinstance(result, Tensor):
        return result.detach().as_subclass(Tensor).cpu()
    if isinstance(result, np.ndarray | Image):
        array = np.array(result)
        array = array[:, :, None] if array.ndim == 2 else array
        return torch.from_numpy(np.moveaxis(array, -1, 0).copy())
    raise LikewiseError(f"{transform!r} gave {type(result).__name__}: give a tensor, a numpy array or a PIL image.")
