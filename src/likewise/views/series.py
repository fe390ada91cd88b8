"""Operations on batches of standardised series ``[B, C, T]``, and the views of series that have names.

Every channel has mean 0 and standard deviation 1; each series has its own random parameters, the same for all of its
channels unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from likewise.errors import LikewiseError
from likewise.views.compose import Compose, Operation, Range, uniform
from likewise.views.vector import Noise

__all__ = ["Compose", "Crop", "Mask", "Noise", "Scale", "Warp"]


def read_at(x: Tensor, positions: Tensor) -> Tensor:
    """``[B, C, S]``: series ``[B, C, T]`` at positions ``[B, S]`` in [0, T - 1], linear between steps."""
    steps = x.shape[-1]
    left = positions.floor().clamp_(0, max(steps - 2, 0)).long()
    right = (left + 1).clamp_(max=steps - 1)
    share = (positions - left)[:, None]
    left, right = (place[:, None].expand(-1, x.shape[1], -1) for place in (left, right))
    return torch.lerp(x.gather(2, left), x.gather(2, right), share)


@dataclass(frozen=True)
class Scale(Operation):
    """Each channel times a factor of its own, uniform within ``spread`` of 1."""

    spread: float = 0.2

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x * uniform(x, 1 - self.spread, 1 + self.spread, generator, x.shape[1], 1)


@dataclass(frozen=True)
class Crop(Operation):
    """A random window in time, its share of the steps uniform in ``scale``, stretched back to all of them (linear)."""

    scale: Range = (0.5, 1.0)

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        last = x.shape[-1] - 1
        length = uniform(x, *self.scale, generator, 1) * last
        start = uniform(x, 0, 1, generator, 1) * (last - length)
        return read_at(x, start + length * torch.linspace(0, 1, last + 1, device=x.device))


@dataclass(frozen=True)
class Mask(Operation):
    """One random span of the steps takes the mean; its share of them is uniform in [0, ``share``]."""

    share: float = 0.3

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        steps = x.shape[-1]
        length = uniform(x, 0, self.share, generator, 1) * steps
        start = uniform(x, 0, 1, generator, 1) * (steps - length)
        step = torch.arange(steps, device=x.device) + 0.5
        hidden = (step >= start) & (step < start + length)
        return x.masked_fill(hidden[:, None], 0.0)


@dataclass(frozen=True)
class Warp(Operation):
    """Time runs faster and slower: speeds at ``knots`` evenly spaced steps are uniform within ``spread`` of 1.

    Between knots the speed is linear; the first and the last step stay where they are, and the order of time is kept.
    """

    spread: float = 0.5
    knots: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.spread < 1 or self.knots < 2:
            raise LikewiseError(
                f"a warp needs a spread in [0, 1) and at least 2 knots, got {self.spread} and {self.knots}."
            )

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        steps = x.shape[-1]
        if steps < 2:
            return x
        speed = uniform(x, 1 - self.spread, 1 + self.spread, generator, 1, self.knots)
        middles = (torch.arange(steps - 1, device=x.device) + 0.5) * ((self.knots - 1) / (steps - 1))
        passed = read_at(speed, middles.expand(len(x), -1))[:, 0].cumsum(1)
        passed = torch.nn.functional.pad(passed, (1, 0))
        return read_at(x, passed * ((steps - 1) / passed[:, -1:]))


def jittered(shape: tuple[int, ...]) -> Compose:
    """Gaussian noise of deviation .1."""
    del shape
    return Compose(Noise())


def scaled(shape: tuple[int, ...]) -> Compose:
    """Each channel times a random factor."""
    del shape
    return Compose(Scale())


def cropped(shape: tuple[int, ...]) -> Compose:
    """Random windows, stretched back."""
    del shape
    return Compose(Crop())


def masked(shape: tuple[int, ...]) -> Compose:
    """A random span hidden."""
    del shape
    return Compose(Mask())


def warped(shape: tuple[int, ...]) -> Compose:
    """Time stretched here and compressed there."""
    del shape
    return Compose(Warp())


def weak(shape: tuple[int, ...]) -> Compose:
    """Noise of deviation .05, and factors within .1 of 1."""
    del shape
    return Compose(Scale(0.1), Noise(0.05))


def strong(shape: tuple[int, ...]) -> Compose:
    """Windows, warped time, factors, a hidden span and noise."""
    del shape
    return Compose(Crop(), Warp(), Scale(), Mask(), Noise())
