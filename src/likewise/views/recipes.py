"""Views by name: what the papers do to images, and its like for vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.data import Samples
from likewise.errors import LikewiseError, unknown_name
from likewise.registry import Registry, call_with
from likewise.views.compose import Compose, Normalize

STATISTICS_FROM = 2_000
KNOWN = {
    "cifar10": Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "imagenet": Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
Recipe = Callable[..., Compose | Sequence[Compose]]
"""A function ``(shape, **options)`` that gives the operations of all views, or of the first and of all others."""

IMAGE_VIEWS: Registry[Recipe] = Registry(
    "image views",
    {
        "asymmetric": "likewise.views.named:asymmetric",
        "none": "likewise.views.named:unchanged",
        "rrc": "likewise.views.named:cropped",
        "strong": "likewise.views.named:strong_images",
        "weak": "likewise.views.named:flipped",
    },
    group="likewise.image_views",
)
VECTOR_VIEWS: Registry[Recipe] = Registry(
    "vector views",
    {
        "mask": "likewise.views.named:masked",
        "noise": "likewise.views.named:noisy",
        "none": "likewise.views.named:unchanged",
        "scale": "likewise.views.named:scaled",
        "strong": "likewise.views.named:strong_vectors",
        "weak": "likewise.views.named:weak_vectors",
    },
    group="likewise.vector_views",
)


@dataclass(frozen=True, repr=False)
class Views:
    """What is done to each view of a batch; see ``make_views``.

    Attributes:
        name: of the recipe, or "own".
        pipelines: one for all views, or the first view's and that of all others.
    """

    name: str
    pipelines: tuple[Compose, ...]

    @property
    def asymmetric(self) -> bool:
        """Whether the first view is made otherwise than the others."""
        return len(self.pipelines) > 1

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """For each pipeline the names of its operations."""
        return tuple(tuple(type(step).__name__ for step in pipeline.operations) for pipeline in self.pipelines)

    def __call__(self, x: Tensor, view: int = 0, generator: torch.Generator | None = None) -> Tensor:
        """float32 of the same shape, normalised: one view of uint8 ``[B, C, H, W]`` or float ``[B, d]``, any device.

        Equal generators give equal views; the generator must be on the device of x.
        """
        return self.pipelines[min(view, len(self.pipelines) - 1)](x, generator)

    def __repr__(self) -> str:
        if not self.asymmetric:
            return f"views {self.name!r}: {self.pipelines[0]!r}"
        return f"views {self.name!r}:\n  first: {self.pipelines[0]!r}\n  other: {self.pipelines[1]!r}"


def make_views(
    name: str | Compose | Sequence[Compose],
    samples: Samples | tuple[int, ...],
    *,
    normalize: str | Normalize | None = None,
    **options: Any,
) -> Views:
    """Views by name, batched, each sample with its own random parameters.

    Images: "none"; "weak" (flip, as GPS-SSL, arXiv 2401.01990); "rrc" (random resized crop and flip); "strong" (SimCLR,
    arXiv 2002.05709); "asymmetric" (BYOL, arXiv 2006.07733: views differ in blur and solarisation). Vectors are
    standardised, then: "none", "noise", "mask", "scale", "weak" (noise .05), "strong" (scale, mask and noise).

    Views of your own get a name by ``lw.register("image views")`` or ``lw.register("vector views")``: a function
    ``(shape, **options)`` that returns a ``Compose``, or two (first view, all others), to which normalisation is added.

    Args:
        name: one of these, a registered one, a ``Compose`` of your own, or two (first view, all others).
        samples: whose kind, shape and statistics count, or a shape alone, ``(C, H, W)`` or ``(d,)``.
        normalize: "cifar10", "imagenet", or a ``Normalize``; default the mean and deviation of up to 2,000 samples.
        options: of the views named: strong and asymmetric ones of images have ``blur=``, by default from 64 pixels on.

    Raises:
        LikewiseError: an unknown name or option, or a shape alone without ``normalize``.

    >>> make_views("weak", (3, 32, 32), normalize="cifar10")
    views 'weak': Flip(p=0.5) > Normalize(0.491 ± 0.247, 0.482 ± 0.243, 0.447 ± 0.262)
    """
    shape = samples.shape if isinstance(samples, Samples) else samples
    if len(shape) not in (1, 3):
        raise LikewiseError(f"views need samples of shape (C, H, W) or (d,), got {shape}.")
    if isinstance(normalize, str):
        if normalize not in KNOWN:
            raise unknown_name("statistics", normalize, KNOWN)
        normalize = KNOWN[normalize]
    if normalize is None:
        if not isinstance(samples, Samples):
            raise LikewiseError("a shape alone has no statistics: give the samples, or normalize=.")
        normalize = statistics(samples)
    if len(normalize.mean) != shape[0]:
        raise LikewiseError(f"normalize has {len(normalize.mean)} entries, but the samples have {shape[0]}.")
    vectors = len(shape) == 1
    label = name if isinstance(name, str) else "own"
    if isinstance(name, str):
        known = VECTOR_VIEWS if vectors else IMAGE_VIEWS
        made = call_with(known[name], f"the {known.kind} {name!r}", options, shape)
    elif options:
        raise LikewiseError(f"{', '.join(options)}: options are for views by name, and these are made already.")
    else:
        made = name
    steps = tuple(made) if isinstance(made, Sequence) else (made,)
    if len(steps) not in (1, 2) or not all(isinstance(each, Compose) for each in steps):
        raise LikewiseError(f"views {label!r}: give one Compose for all views, or two (first, others), not {made!r}.")
    parts = (each.operations for each in steps)
    pipelines = (Compose(normalize, *part) if vectors else Compose(*part, normalize) for part in parts)
    return Views(label, tuple(pipelines))


def statistics(samples: Samples) -> Normalize:
    """Mean and standard deviation of each channel (of images in [0, 1]) or feature, over up to 2,000 spread samples.

    What does not vary keeps its scale.
    """
    ids = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), STATISTICS_FROM)).round().astype(np.int64))
    x = samples.read(ids).double() / (255 if samples.kind == "image" else 1)
    x = x.movedim(1, 0).flatten(1)
    std = x.std(1, correction=0)
    return Normalize(tuple(x.mean(1).tolist()), tuple(torch.where(std > 1e-6, std, 1).tolist()))
