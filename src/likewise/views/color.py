"""Colour: what torchvision's functional operations do, for a batch with a parameter for each image.

All take float images ``[B, C, H, W]`` in [0, 1] and parameters ``[B]``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.views.compose import constant, each


def luma(x: Tensor) -> Tensor:
    """``[B, 1, H, W]``: the grey of RGB (ITU-R 601-2); of any other number of channels, their mean."""
    if x.shape[1] != 3:
        return x.mean(1, keepdim=True)
    red, green, blue = x.unbind(1)
    return (0.2989 * red + 0.587 * green + 0.114 * blue)[:, None]


def blend(x: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    """``factor * x + (1 - factor) * other``, cut to [0, 1]."""
    return torch.lerp(other, x, each(factor, x)).clamp_(0, 1)


def brightness(x: Tensor, factor: Tensor) -> Tensor:
    """Blend with black: 0 is black, 1 the image."""
    return (x * each(factor, x)).clamp_(0, 1)


def contrast(x: Tensor, factor: Tensor) -> Tensor:
    """Blend with the mean grey of the image."""
    return blend(x, luma(x).mean((1, 2, 3), keepdim=True), factor)


def saturation(x: Tensor, factor: Tensor) -> Tensor:
    """Blend with the grey image."""
    return blend(x, luma(x), factor)


def hue(x: Tensor, shift: Tensor) -> Tensor:
    """Turn the hue of RGB images by ``shift`` turns; value and saturation stay.

    In HSV the hue of a pixel fixes how far each channel lies below the largest, in units of the chroma; so the hexcone
    is read once and written once, without a table of its six sectors.
    """
    red, green, blue = x.unbind(1)
    high, low = x.amax(1), x.amin(1)
    chroma = high - low
    safe = chroma.clamp_min(1e-12)
    sector = torch.where(
        high == red,
        (green - blue) / safe,
        torch.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    turned = (sector + 6 * shift[:, None, None])[:, None] + constant((5.0, 3.0, 1.0), x.device).view(3, 1, 1)
    turned = turned.remainder(6)
    return high[:, None] - chroma[:, None] * torch.minimum(turned, 4 - turned).clamp_(0, 1)


def solarize(x: Tensor, threshold: float = 0.5) -> Tensor:
    """Invert what is at least as bright as the threshold."""
    return torch.where(x >= threshold, 1 - x, x)


def jitter(x: Tensor, factors: Tensor, shift: Tensor, order: Tensor, places: Tensor) -> Tensor:
    """Brightness, contrast, saturation and hue, of each image in its own order.

    The first three are blends, so that a step of the order is one blend whatever the kind. Turning the hue costs most,
    so its place is balanced over the batch, a quarter of the images at each: it is done once an image, not four times.

    Args:
        x: ``[B, C, H, W]``, B a multiple of 4. Only RGB images have saturation and hue.
        factors: ``[B, 3]`` of brightness, contrast and saturation.
        shift: ``[B]`` turns of the hue.
        order: int64 ``[B, 3]`` (``[B, 2]`` without saturation): columns of ``factors`` in the order of their blends.
        places: int64 ``[B]``, a permutation of the batch: its i-th quarter turns the hue after i blends.
    """
    for step in range(order.shape[1] + 1):
        if x.shape[1] == 3:
            chosen = places.chunk(4)[step]
            x = x.index_copy(0, chosen, hue(x[chosen], shift[chosen]))
        if step < order.shape[1]:
            kind = order[:, step]
            grey = luma(x)
            other = torch.where(each(kind == 1, x), grey.mean((1, 2, 3), keepdim=True), grey)
            x = blend(x, other * each(kind != 0, x), factors.gather(1, kind[:, None])[:, 0])
    return x
