"""Cropping, flipping and blurring as two small matrices an image: one over its rows, one over its columns.

All three are linear and separable. As batched matrix products they need no gather and no grouped convolution, which are
slow on a GPU, and resampling is antialiased at no further cost.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from likewise.views.compose import Range, uniform

TRIES = 10


def resample(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """``rows @ x @ columns.T`` of every image: ``[B, C, H, W]``, ``[B, S, H]``, ``[B, T, W]`` to ``[B, C, S, T]``."""
    channels, height = x.shape[1:3]
    x = (x.flatten(1, 2) @ columns.mT).unflatten(1, (channels, height))
    x = (rows @ x.transpose(1, 2).flatten(2)).unflatten(2, (channels, -1))
    return x.transpose(1, 2).contiguous()


def interpolation(start: Tensor, length: Tensor, size: int, side: int, flip: Tensor | None = None) -> Tensor:
    """``[B, size, side]``: bilinear, antialiased weights that resize ``length`` pixels from ``start`` on to ``size``.

    Equals torchvision's ``resized_crop`` with ``antialias=True`` (and without, where nothing shrinks). ``flip``, bool
    ``[B]``, reverses the result.
    """
    place = torch.arange(size, device=start.device).expand(len(start), -1)
    if flip is not None:
        place = torch.where(flip[:, None], size - 1 - place, place)
    ratio = (length / size)[:, None]
    center = start[:, None] + (place + 0.5) * ratio - 0.5
    pixel = torch.arange(side, device=start.device)
    inside = (pixel >= start[:, None]) & (pixel < (start + length)[:, None])
    weight = (1 - (pixel - center[..., None]).abs() / ratio.clamp_min(1)[..., None]).clamp_min_(0) * inside[:, None]
    return weight / weight.sum(-1, keepdim=True)


def random_boxes(x: Tensor, scale: Range, ratio: Range, generator: torch.Generator | None) -> Tensor:
    """``[4, B]`` top, left, height and width, in whole pixels, as torchvision's ``RandomResizedCrop`` draws them.

    The first of ten boxes (area uniform in ``scale``, log of width / height uniform in ``ratio``) that fits into the
    image; if none does, the largest centred one whose shape is allowed.
    """
    height, width = x.shape[2:]
    area = uniform(x, *scale, generator, TRIES) * (height * width)
    shape = uniform(x, math.log(ratio[0]), math.log(ratio[1]), generator, TRIES).exp()
    wide, high = (area * shape).sqrt().round(), (area / shape).sqrt().round()
    fits = (wide >= 1) & (wide <= width) & (high >= 1) & (high <= height)
    first, found = fits.int().argmax(1, keepdim=True), fits.any(1)
    within = min(max(width / height, ratio[0]), ratio[1])
    fallback_high, fallback_wide = min(height, round(width / within)), min(width, round(height * within))
    high = torch.where(found, high.gather(1, first)[:, 0], fallback_high)
    wide = torch.where(found, wide.gather(1, first)[:, 0], fallback_wide)
    at = torch.where(found[:, None], uniform(x, 0, 1, generator, 2), 0.5)
    top = (at[:, 0] * (height - high + found)).floor()
    left = (at[:, 1] * (width - wide + found)).floor()
    return torch.stack([top, left, high, wide])


def blur(x: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Gaussian blur of standard deviation ``sigma`` ``[B]`` pixels, cut off at ``radius``; borders are reflected.

    Equals torchvision's ``gaussian_blur`` with a kernel of ``2 * radius + 1``.
    """
    tap = torch.arange(-radius, radius + 1, device=x.device)
    weight = (-0.5 * (tap / sigma[:, None]) ** 2).exp()
    weight = weight / weight.sum(1, keepdim=True)
    height, width = x.shape[2:]
    rows, columns = (torch.tensordot(weight, _taps(side, radius, x.device), 1) for side in (height, width))
    return resample(x, rows, columns)


@lru_cache(maxsize=16)
def _taps(side: int, radius: int, device: torch.device) -> Tensor:
    """``[2 * radius + 1, side, side]``: one where a tap of a kernel at pixel i falls on pixel j."""
    pixel = torch.arange(side, device=device)
    hit = (pixel + torch.arange(-radius, radius + 1, device=device)[:, None]).abs()
    hit = side - 1 - (side - 1 - hit).abs()
    return (hit[..., None] == pixel).float()
