"""Priors of images that need no network: which colours there are, and which edges and textures."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import as_floats
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.space import Space

BLOCK = 1 << 26  # bytes of images that are counted at a time
GREYS = 64
"""Steps of grey of images that have no colour."""
SIDE, CELLS, ANGLES = 64, 4, 8
"""Texture is measured at this side in pixels, in so many cells a side, by so many orientations."""
AROUND = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def color(samples: Samples, bins: int = 6) -> Space:
    """How often each colour occurs, wherever it stands: roots of the shares of ``bins ** 3`` boxes of RGB, by cosine.

    The cosine of roots of shares is Bhattacharyya's coefficient. Grey images have 64 steps of grey; other numbers of
    channels have a histogram each.

    Args:
        samples: images.
        bins: boxes along each of red, green and blue, at most 16.

    Raises:
        LikewiseError: the samples are no images, or bins is out of range.
    """
    if not 2 <= bins <= 16:
        raise LikewiseError(f"bins must lie in [2, 16], got {bins}.")

    def counts(x: Tensor) -> Tensor:
        if x.shape[1] != 3:
            return torch.cat(
                [_shares((channel * GREYS).long().clamp(max=GREYS - 1), GREYS) for channel in x.unbind(1)], 1
            )
        red, green, blue = (x * bins).long().clamp(max=bins - 1).unbind(1)
        return _shares((red * bins + green) * bins + blue, bins**3)

    return _space(samples, "color", counts, {"bins": bins})


def texture(samples: Samples) -> Space:
    """Edges and textures of the grey image of 64 x 64 pixels, by cosine.

    Half of it are the orientations of the gradient in 4 x 4 cells (Dalal and Triggs 2005), half local binary patterns
    (Ojala et al. 2002) of all of the image; both as roots of shares.

    Raises:
        LikewiseError: the samples are no images, or smaller than 3 pixels.
    """
    side = min(SIDE, *samples.shape[1:]) if samples.modality.pictures else SIDE
    if side < 3:
        raise LikewiseError(f"texture needs images of 3 pixels a side at least, got {list(samples.shape)}.")

    def counts(x: Tensor) -> Tensor:
        x = torch.nn.functional.interpolate(x, size=(side, side), mode="bilinear", antialias=True)
        weights = x.new_tensor([0.299, 0.587, 0.114]) if x.shape[1] == 3 else x.new_full((x.shape[1],), 1 / x.shape[1])
        grey = (x * weights[:, None, None]).sum(1)
        return torch.cat([_orientations(grey), _patterns(grey)], 1)

    return _space(samples, "texture", counts, {"size": side})


def _space(samples: Samples, name: str, counts: Callable[[Tensor], Tensor], info: dict[str, int]) -> Space:
    """The roots of shares of all samples, block by block."""
    if not samples.modality.pictures:
        raise LikewiseError(f"the prior {name!r} is of images, the samples are of kind {samples.kind!r}: try pca.")
    step = max(1, BLOCK // (4 * math.prod(samples.shape)))
    parts = [counts(as_floats(samples.read(ids))).sqrt().numpy() for ids in torch.arange(len(samples)).split(step)]
    facts = {"prior": name, **info, "samples": samples.fingerprint}
    return Space(np.concatenate(parts), "cosine", name, samples.keys, facts)


def _shares(codes: Tensor, kinds: int) -> Tensor:
    """``[b, kinds]``: how large a part of the codes ``[b, ...]`` each kind is."""
    codes = codes.flatten(1)
    return torch.zeros(len(codes), kinds).scatter_add_(1, codes, torch.ones(codes.shape)) / codes.shape[1]


def _orientations(grey: Tensor) -> Tensor:
    """``[b, ANGLES * cells ** 2]``: the share of all edges that each orientation has in each cell; sums to 1."""
    across = (grey[:, :, 2:] - grey[:, :, :-2])[:, 1:-1]
    down = (grey[:, 2:] - grey[:, :-2])[:, :, 1:-1]
    strength = (across.square() + down.square()).sqrt()[:, None]
    angle = torch.atan2(down, across)[:, None].remainder(math.pi) / math.pi * ANGLES
    low, part = angle.long() % ANGLES, angle.frac()
    maps = grey.new_zeros(len(grey), ANGLES, *strength.shape[2:])
    maps.scatter_add_(1, low, strength * (1 - part)).scatter_add_(1, (low + 1) % ANGLES, strength * part)
    cells = torch.nn.functional.adaptive_avg_pool2d(maps, min(CELLS, strength.shape[2])).flatten(1)
    total = cells.sum(1, keepdim=True)
    return cells / total.where(total > 0, 1.0)


def _patterns(grey: Tensor) -> Tensor:
    """``[b, 256]``: the share of pixels by which of their eight neighbours are at least as bright."""
    middle = grey[:, 1:-1, 1:-1]
    height, width = middle.shape[1:]
    codes = torch.zeros_like(middle, dtype=torch.int64)
    for bit, (y, x) in enumerate(AROUND):
        codes += (grey[:, y : y + height, x : x + width] >= middle).long() << bit
    return _shares(codes, 256)
