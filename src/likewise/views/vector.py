"""Operations on batches of standardised vectors ``[B, d]``: every feature has mean 0 and standard deviation 1."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from likewise.views.compose import Compose, Normalize, Operation, each, uniform

__all__ = ["Compose", "Mask", "Noise", "Normalize", "Scale"]


@dataclass(frozen=True)
class Noise(Operation):
    """Gaussian noise, its standard deviation in units of each feature's own."""

    std: float = 0.1

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x + self.std * torch.randn(x.shape, generator=generator, device=x.device)


@dataclass(frozen=True)
class Mask(Operation):
    """Each feature takes its mean with probability p."""

    p: float = 0.3

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x * (uniform(x, 0, 1, generator, *x.shape[1:]) >= self.p)


@dataclass(frozen=True)
class Scale(Operation):
    """The whole vector times one factor, uniform within ``spread`` of 1."""

    spread: float = 0.2

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x * each(uniform(x, 1 - self.spread, 1 + self.spread, generator), x)
