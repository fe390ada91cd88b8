"""Views by name: what the papers do to images, and its like for vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from likewise.data import Samples
from likewise.errors import LikewiseError, unknown_name
from likewise.views import image, vector
from likewise.views.compose import Compose, Normalize, Operation

BLUR_FROM = 64
STATISTICS_FROM = 2_000
KNOWN = {
    "cifar10": Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "imagenet": Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
IMAGE_VIEWS = ("asymmetric", "none", "rrc", "strong", "weak")
VECTOR_VIEWS = ("mask", "noise", "none", "scale", "strong", "weak")

Recipe = tuple[Operation, ...]


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
    blur: bool | None = None,
) -> Views:
    """Views by name, batched, each sample with its own random parameters.

    Images: "none"; "weak" (flip, as GPS-SSL, arXiv 2401.01990); "rrc" (random resized crop and flip); "strong" (SimCLR,
    arXiv 2002.05709); "asymmetric" (BYOL, arXiv 2006.07733: views differ in blur and solarisation). Vectors are
    standardised, then: "none", "noise", "mask", "scale", "weak" (noise .05), "strong" (scale, mask and noise).

    Args:
        name: one of these, a ``Compose`` of your own, or two (first view, all others).
        samples: whose kind, shape and statistics count, or a shape alone, ``(C, H, W)`` or ``(d,)``.
        normalize: "cifar10", "imagenet", or a ``Normalize``; default the mean and deviation of up to 2,000 samples.
        blur: whether strong and asymmetric views blur; default from 64 pixels on: SimCLR leaves it out on CIFAR-10.

    Raises:
        LikewiseError: an unknown name, or a shape alone without ``normalize``.

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
    if isinstance(name, str):
        recipes = _vector_recipes(name) if vectors else _image_recipes(name, shape, blur)
    else:
        own = (name,) if isinstance(name, Compose) else tuple(name)
        if len(own) not in (1, 2):
            raise LikewiseError(f"give one Compose for all views, or two (first, others), not {len(own)}.")
        name, recipes = "own", tuple(compose.operations for compose in own)
    pipelines = (Compose(normalize, *steps) if vectors else Compose(*steps, normalize) for steps in recipes)
    return Views(name, tuple(pipelines))


def statistics(samples: Samples) -> Normalize:
    """Mean and standard deviation of each channel (of images in [0, 1]) or feature, over up to 2,000 spread samples.

    What does not vary keeps its scale.
    """
    ids = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), STATISTICS_FROM)).round().astype(np.int64))
    x = samples.read(ids).double() / (255 if samples.kind == "image" else 1)
    x = x.movedim(1, 0).flatten(1)
    std = x.std(1, correction=0)
    return Normalize(tuple(x.mean(1).tolist()), tuple(torch.where(std > 1e-6, std, 1).tolist()))


def _image_recipes(name: str, shape: tuple[int, ...], blur: bool | None) -> tuple[Recipe, ...]:
    crop, weaker, gray = image.Crop(flip=0.5), image.Jitter(0.4, 0.4, 0.2, 0.1), image.Gray()

    def blurred(p: float) -> Recipe:
        return (image.Blur(p),) if (min(shape[1:]) >= BLUR_FROM if blur is None else blur) else ()

    match name:
        case "none":
            return ((),)
        case "weak":
            return ((image.Flip(),),)
        case "rrc":
            return ((crop,),)
        case "strong":
            return ((crop, image.Jitter(), gray, *blurred(0.5)),)
        case "asymmetric":
            first: Recipe = (crop, weaker, gray, *blurred(1.0))
            return first, (crop, weaker, gray, *blurred(0.1), image.Solarize())
    raise unknown_name("views of images", name, IMAGE_VIEWS)


def _vector_recipes(name: str) -> tuple[Recipe, ...]:
    recipes: dict[str, Recipe] = {
        "none": (),
        "noise": (vector.Noise(),),
        "mask": (vector.Mask(),),
        "scale": (vector.Scale(),),
        "weak": (vector.Noise(0.05),),
        "strong": (vector.Scale(), vector.Mask(), vector.Noise()),
    }
    if name not in recipes:
        raise unknown_name("views of vectors", name, VECTOR_VIEWS)
    return (recipes[name],)
