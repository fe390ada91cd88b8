"""Operations in a row, and the two ends that every row has: numbers in, normalised numbers out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from likewise.arrays import as_floats

Range = tuple[float, float]


class Operation(ABC):
    """A change of a batch in which every sample has its own random parameters, drawn on the batch's device."""

    def __call__(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """``[B, ...]`` floats in, floats out."""
        return self._apply(x, generator)

    @abstractmethod
    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor: ...


@dataclass(frozen=True, init=False, repr=False)
class Compose:
    """Operations one after another; bytes become floats in [0, 1] first. Runs in float32, without gradient.

    >>> from likewise.views.image import Noise, Shift
    >>> digits = Compose(Shift(2), Noise(0.05))  # for tiny grey images
    >>> digits
    Shift(pixels=2) > Noise(std=0.05)
    >>> digits(torch.zeros(4, 1, 8, 8, dtype=torch.uint8)).dtype
    torch.float32
    """

    operations: tuple[Operation, ...]

    def __init__(self, *operations: Operation) -> None:
        object.__setattr__(self, "operations", operations)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the operations."""
        return tuple(type(step).__name__ for step in self.operations)

    @torch.no_grad()
    def __call__(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """float32 ``[B, ...]`` of uint8 or floats ``[B, ...]``; the generator is on their device."""
        with torch.autocast(x.device.type, enabled=False):  # a half-precision training step must not coarsen pixels
            x = x if x.dtype == torch.float64 else as_floats(x)
            for operation in self.operations:
                x = operation(x, generator)
            return x.float()

    def __repr__(self) -> str:
        return " > ".join(map(repr, self.operations)) or "nothing"


@dataclass(frozen=True, repr=False)
class Normalize(Operation):
    """Subtract the mean and divide by the standard deviation of each channel or feature."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        del generator  # nothing here is random
        shape = (-1, *[1] * (x.ndim - 2))
        mean, std = (constant(values, x.device, x.dtype).view(shape) for values in (self.mean, self.std))
        return (x - mean) / std

    def __repr__(self) -> str:
        shown = [f"{low:.3g} ± {high:.3g}" for low, high in zip(self.mean[:3], self.std[:3], strict=True)]
        return f"Normalize({', '.join(shown)}{', ...' if len(self.mean) > 3 else ''})"


@lru_cache(maxsize=64)
def constant(values: tuple[float, ...], device: torch.device, dtype: torch.dtype = torch.float32) -> Tensor:
    """``[len(values)]`` on the device, copied there once."""
    return torch.tensor(values, dtype=dtype, device=device)


def uniform(x: Tensor, low: float, high: float, generator: torch.Generator | None, *more: int) -> Tensor:
    """``[B, *more]`` numbers in [low, high), one row for each sample of x, on its device."""
    return torch.rand(len(x), *more, generator=generator, device=x.device) * (high - low) + low


def coin(x: Tensor, p: float, generator: torch.Generator | None) -> Tensor:
    """``[B, 1, ...]`` bool: true with probability p, of as many axes as x."""
    return each(uniform(x, 0, 1, generator) < p, x)


def each(values: Tensor, x: Tensor) -> Tensor:
    """``[B]`` values shaped to meet the samples of x."""
    return values.view(-1, *[1] * (x.ndim - 1))
