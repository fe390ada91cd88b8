"""Views by name, of each kind of data its own, and views made by callables of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import as_floats
from likewise.data import Samples
from likewise.errors import LikewiseError, unknown_name
from likewise.modalities import Modality, modality_of
from likewise.registry import call_with
from likewise.views.compose import Compose, Normalize, Operation
from likewise.views.own import Own, own_views

STATISTICS_FROM = 2_000
KNOWN = {
    "cifar10": Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "imagenet": Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
Change = Callable[..., Any]
"""A ``Compose``, or another callable on a batch: ``x -> x`` or ``(x, generator) -> x``."""


@dataclass(frozen=True, repr=False)
class Views:
    """What is done to each view of a batch; see ``make_views``.

    Attributes:
        name: of the recipe, or "own".
        pipelines: one for all views, or the first view's and that of all others.
    """

    name: str
    pipelines: tuple[Compose | Own, ...]

    @property
    def asymmetric(self) -> bool:
        """Whether the first view is made otherwise than the others."""
        return len(self.pipelines) > 1

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """For each pipeline the names of its operations."""
        return tuple(pipeline.names for pipeline in self.pipelines)

    def __call__(self, x: Tensor, view: int = 0, generator: torch.Generator | None = None) -> Tensor:
        """float32 of the same shape, normalised: one view of a batch as it is stored, on any device.

        Equal generators give equal views; the generator must be on the device of x.
        """
        return self.pipelines[min(view, len(self.pipelines) - 1)](x, generator)

    def __repr__(self) -> str:
        if not self.asymmetric:
            return f"views {self.name!r}: {self.pipelines[0]!r}"
        return f"views {self.name!r}:\n  first: {self.pipelines[0]!r}\n  other: {self.pipelines[1]!r}"


def make_views(
    name: str | Change | Sequence[Change],
    samples: Samples | tuple[int, ...],
    *,
    normalize: str | Normalize | Literal[False] | None = None,
    **options: Any,
) -> Views:
    """Views by name, batched, each sample with its own random parameters; or views of your own.

    Images: "none"; "weak" (flip, as GPS-SSL, arXiv 2401.01990); "rrc" (random resized crop and flip); "strong" (SimCLR,
    arXiv 2002.05709); "asymmetric" (BYOL, arXiv 2006.07733: views differ in blur and solarisation). Vectors are
    standardised, then: "none", "noise", "mask", "scale", "weak" (noise .05), "strong" (scale, mask and noise).

    A callable of yours is given the batch as it is stored, images as uint8 (see ``per_batch``, ``per_sample``), and
    gives one of the same shape, bytes or floats, images in [0, 1], which is normalised next. What it draws from the
    global generators of torch, numpy and Python follows from the generator of the views, and these go on afterwards as
    if nothing had been drawn. It gets a name by ``lw.register("image views")`` (or "vector views", and so on for
    each kind of data) of a function ``(shape, **options)`` that returns it.

    Args:
        name: one of these, a registered one; a ``Compose`` or a callable on a batch, ``x -> x`` or ``(x, generator) ->
            x``; or two of them (first view, all others).
        samples: whose kind, shape and statistics count; or a shape alone, which stands for the built-in kind of it.
        normalize: "cifar10", "imagenet", or a ``Normalize``; default the mean and deviation of up to 2,000 samples;
            False leaves values as they are.
        options: of the views named: strong and asymmetric ones of images have ``blur=``, by default from 64 pixels on.

    Raises:
        LikewiseError: an unknown name or option, what cannot be called, or a shape alone without ``normalize``.

    >>> make_views("weak", (3, 32, 32), normalize="cifar10")
    views 'weak': Flip(p=0.5) > Normalize(0.491 ± 0.247, 0.482 ± 0.243, 0.447 ± 0.262)
    """
    shape = samples.shape if isinstance(samples, Samples) else samples
    modality = samples.modality if isinstance(samples, Samples) else modality_of(shape)
    ends = _normalizing(normalize, samples, shape)
    label = name if isinstance(name, str) else "own"
    if isinstance(name, str):
        known = modality.views
        made = call_with(known[name], f"the {known.kind} {name!r}", options, shape)
    elif options:
        raise LikewiseError(f"{', '.join(options)}: options are for views by name, and these are made already.")
    else:
        made = name
    changes = tuple(made) if isinstance(made, Sequence) else (made,)
    if len(changes) not in (1, 2) or not all(map(callable, changes)):
        raise LikewiseError(
            f"views {label!r}: give one Compose for all views, or two (first, others), not {made!r}; other callables "
            "on a batch will do, too."
        )
    return Views(label, tuple(_pipeline(change, modality, shape, ends) for change in changes))


def _pipeline(change: Change, modality: Modality, shape: tuple[int, ...], ends: tuple[Operation, ...]) -> Compose | Own:
    """A change and normalisation: before or after the operations, as the kind of data has it; after callables."""
    if not isinstance(change, Compose):
        return own_views(change, shape, *ends, as_bytes=modality.dtype == torch.uint8)
    return Compose(*ends, *change.operations) if modality.normalized_first else Compose(*change.operations, *ends)


def _normalizing(
    normalize: str | Normalize | Literal[False] | None, samples: Samples | tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Operation, ...]:
    """The normalisation of every pipeline: none or one."""
    if normalize is False:
        return ()
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
    return (normalize,)


def statistics(samples: Samples) -> Normalize:
    """Mean and deviation of each entry of the first axis (a channel, a feature), over up to 2,000 spread samples.

    What does not vary keeps its scale.
    """
    ids = np.unique(np.linspace(0, len(samples) - 1, min(len(samples), STATISTICS_FROM)).round().astype(np.int64))
    x = as_floats(samples.read(ids), torch.float64)
    x = x.movedim(1, 0).flatten(1)
    std = x.std(1, correction=0)
    return Normalize(tuple(x.mean(1).tolist()), tuple(torch.where(std > 1e-6, std, 1).tolist()))
