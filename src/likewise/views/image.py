"""Operations on batches of images, float ``[B, C, H, W]`` in [0, 1], each image with its own parameters.

Grey images (and any that are not RGB) have neither saturation nor hue: ``Jitter`` changes brightness and contrast only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from likewise.views import color, geometry
from likewise.views.compose import Compose, Normalize, Operation, Range, coin, uniform

__all__ = ["Blur", "Compose", "Crop", "Flip", "Gray", "Jitter", "Noise", "Normalize", "Shift", "Solarize"]


@dataclass(frozen=True)
class Flip(Operation):
    """Mirror left and right with probability p."""

    p: float = 0.5

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.where(coin(x, self.p, generator), x.flip(-1), x)


@dataclass(frozen=True)
class Crop(Operation):
    """A random box resized to ``size`` (default: that of the images), mirrored with probability ``flip``.

    The distribution of torchvision's ``RandomResizedCrop``; bilinear, antialiased; the flip costs nothing more.
    """

    scale: Range = (0.08, 1.0)
    ratio: Range = (3 / 4, 4 / 3)
    flip: float = 0.0
    size: int | None = None

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        height, width = x.shape[2:]
        top, left, high, wide = geometry.random_boxes(x, self.scale, self.ratio, generator)
        flip = coin(x, self.flip, generator).flatten()
        rows = geometry.interpolation(top, high, self.size or height, height)
        columns = geometry.interpolation(left, wide, self.size or width, width, flip)
        return geometry.resample(x, rows, columns)

    def __repr__(self) -> str:
        size = "" if self.size is None else f", size={self.size}"
        return f"Crop({self.scale[0]:g} to {self.scale[1]:g}, flip={self.flip:g}{size})"


@dataclass(frozen=True)
class Jitter(Operation):
    """Brightness, contrast, saturation and hue in random order, all of them with probability p.

    Factors are uniform in [max(0, 1 - strength), 1 + strength], the hue turns by up to ``hue`` of a circle either way,
    as in torchvision's ``ColorJitter``; the order is drawn for each image.
    """

    brightness: float = 0.8
    contrast: float = 0.8
    saturation: float = 0.8
    hue: float = 0.2
    p: float = 0.8

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        batch, blends = len(x), 3 if x.shape[1] == 3 else 2
        if batch % 4:  # the place of the hue needs four equal parts
            x = x[torch.arange(-(-batch // 4) * 4, device=x.device) % batch]
        applied = coin(x, self.p, generator).view(-1, 1)
        strengths = (self.brightness, self.contrast, self.saturation)
        factors = torch.stack([uniform(x, max(0.0, 1 - s), 1 + s, generator) for s in strengths], dim=1)
        shift = uniform(x, -self.hue, self.hue, generator)
        order = uniform(x, 0, 1, generator, blends).argsort(1)
        places = uniform(x, 0, 1, generator).argsort()
        factors, shift = torch.where(applied, factors, 1), torch.where(applied[:, 0], shift, 0)
        return color.jitter(x, factors, shift, order, places)[:batch]


@dataclass(frozen=True)
class Gray(Operation):
    """Take the colour away with probability p."""

    p: float = 0.2

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.where(coin(x, self.p, generator), color.luma(x), x)


@dataclass(frozen=True)
class Blur(Operation):
    """Gaussian blur with probability p; sigma uniform, in pixels; the kernel is cut at three of the largest sigma."""

    p: float = 0.5
    sigma: Range = (0.1, 2.0)

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        radius = min(math.ceil(3 * self.sigma[1]), *(side - 1 for side in x.shape[2:]))
        blurred = geometry.blur(x, uniform(x, *self.sigma, generator), radius)
        return torch.where(coin(x, self.p, generator), blurred, x)


@dataclass(frozen=True)
class Solarize(Operation):
    """Invert what is at least as bright as the threshold, with probability p."""

    p: float = 0.2
    threshold: float = 0.5

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.where(coin(x, self.p, generator), color.solarize(x, self.threshold), x)


@dataclass(frozen=True)
class Noise(Operation):
    """Gaussian noise of this standard deviation, then cut to [0, 1]."""

    std: float = 0.05

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        return (x + self.std * noise).clamp_(0, 1)


@dataclass(frozen=True)
class Shift(Operation):
    """Move by up to so many whole pixels either way; what comes in repeats the border."""

    pixels: int = 2

    def _apply(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        moves = torch.randint(-self.pixels, self.pixels + 1, (2, len(x)), generator=generator, device=x.device)
        for axis, move in zip((2, 3), moves, strict=True):
            side = x.shape[axis]
            source = (torch.arange(side, device=x.device) + move[:, None]).clamp_(0, side - 1)
            shape = [len(x), 1, 1, 1]
            shape[axis] = side
            x = x.gather(axis, source.view(shape).expand_as(x))
        return x
