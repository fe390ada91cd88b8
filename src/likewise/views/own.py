"""Views made by a callable of the user's: what it is given, what it may draw, and what it must give."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from likewise.arrays import as_floats
from likewise.errors import LikewiseError
from likewise.views.adapters import PerBatch
from likewise.views.compose import Compose, Operation
from likewise.views.naming import describe, libraries, short_name
from likewise.views.seeding import seeded

Passing = Literal["no", "second", "keyword"]
LOW, HIGH = -0.5, 1.5
"""Floats beyond these are no images in [0, 1], even where a filter overshoots."""


@dataclass(frozen=True, repr=False)
class Own:
    """A callable on a batch, and the operations after it; made by ``own_views``.

    Attributes:
        change: the callable.
        after: what follows, such as ``Normalize``.
        shape: of a sample, which the callable must keep.
        floats: whether it is given images as floats in [0, 1].
        as_bytes: whether samples are stored as bytes, so that it may give bytes, and floats should lie in [0, 1].
        passing: how it is given the generator; "no" seeds the global ones instead.
        label: what messages and records call it.
    """

    change: Callable[..., Any]
    after: Compose
    shape: tuple[int, ...]
    floats: bool
    passing: Passing
    label: str
    as_bytes: bool
    _looked: list[bool] = field(default_factory=list, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the callable, and those of what follows."""
        return (short_name(self.change), *self.after.names)

    @torch.no_grad()
    def __call__(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """float32 ``[B, ...]`` of a batch as it is stored; equal generators give equal views.

        Raises:
            LikewiseError: the callable fails, or gives another shape or type than the encoder expects.
        """
        with torch.autocast(x.device.type, enabled=False):
            given = as_floats(x) if self.floats and x.dtype == torch.uint8 else x
            changed = self._require(self._changed(given, generator), x)
            self._look(changed)
            return self.after(changed, generator)

    def _changed(self, x: Tensor, generator: torch.Generator | None) -> Any:
        with seeded(generator, x.device) if self.passing == "no" else nullcontext():
            try:
                if self.passing == "second":
                    return self.change(x, generator)
                return self.change(x, generator=generator) if self.passing == "keyword" else self.change(x)
            except LikewiseError:
                raise
            except Exception as error:
                raise LikewiseError(
                    f"the views {self.label} failed on a batch of {x.dtype} {list(x.shape)}: "
                    f"{type(error).__name__}: {error} Views are given the batch as it is stored: wrap what takes "
                    "floats in [0, 1] in views.per_batch(..., as_='float'), what takes single samples in "
                    "views.per_sample."
                ) from error

    def _require(self, changed: Any, x: Tensor) -> Tensor:
        """What the callable gave, if an encoder can take it."""
        if not isinstance(changed, Tensor):
            raise LikewiseError(f"the views {self.label} gave {type(changed).__name__}: they must give a tensor.")
        wanted = (len(x), *self.shape)
        if tuple(changed.shape) != wanted:
            raise LikewiseError(
                f"the views {self.label} gave {list(changed.shape)}, but the encoder expects {list(wanted)}: keep the "
                "number of samples, and resize to their shape."
            )
        if not (changed.is_floating_point() or (changed.dtype == torch.uint8 and self.as_bytes)):
            raise LikewiseError(
                f"the views {self.label} gave {changed.dtype}: give floats (of images in [0, 1]), or images as uint8."
            )
        if changed.device != x.device:
            raise LikewiseError(
                f"the views {self.label} gave a batch on {changed.device}, but it came from {x.device}: move it back."
            )
        return changed.as_subclass(Tensor)  # torchvision has a class of its own

    def _look(self, changed: Tensor) -> None:
        """Once: warn of images that are about to be normalised but do not lie in [0, 1]."""
        if self._looked or not self.after.operations or not self.as_bytes or changed.dtype == torch.uint8:
            return
        self._looked.append(True)
        low, high = (float(end) for end in changed.float().aminmax())
        if low < LOW or high > HIGH:
            warnings.warn(
                f"the views {self.label} gave floats from {low:.3g} to {high:.3g}, which are normalised next as if in "
                "[0, 1]: scale them, and leave normalising out of them or say normalize=False.",
                stacklevel=5,
            )

    def __repr__(self) -> str:
        return " > ".join([self.label, *map(repr, self.after.operations)])


def own_views(change: Callable[..., Any], shape: tuple[int, ...], *after: Operation, as_bytes: bool) -> Own:
    """A callable on a batch as a pipeline, with the operations that follow it.

    Args:
        change: ``x -> x`` or ``(x, generator) -> x``, also as ``per_batch`` or ``per_sample``.
        shape: of a sample.
        after: what follows.
        as_bytes: whether samples are stored as bytes.
    """
    label, inner, floats = describe(change), change, "kornia" in libraries(change)
    if isinstance(change, PerBatch):
        inner, floats = change.transform, floats or change.as_ == "float"
    elif "torchvision" in libraries(change):
        warnings.warn(
            "torchvision draws one set of parameters for a whole batch, so that all its samples are changed alike: "
            "views.per_sample(...) draws for each sample, on the CPU; views.per_batch(...) says that this is meant.",
            stacklevel=5,
        )
    return Own(inner, Compose(*after), shape, floats, _passing(inner), label, as_bytes)


def _passing(change: Callable[..., Any]) -> Passing:
    """How a callable wants the generator: by that name, or as the second of what it cannot do without."""
    try:
        signature = inspect.signature(change.forward if isinstance(change, nn.Module) else change)
    except ValueError:  # written in C
        return "no"
    parameters = list(signature.parameters.values())
    named = signature.parameters.get("generator")
    if named is not None and named.kind is not named.POSITIONAL_ONLY:
        return "keyword"
    positional = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    return "second" if sum(each.default is each.empty for each in positional) > 1 else "no"
