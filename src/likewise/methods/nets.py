"""The encoders of our own: small convolutional nets and a multilayer perceptron, as functions of a sample's shape."""

from __future__ import annotations

import math

from torch import nn

from likewise.errors import LikewiseError
from likewise.modalities import modality_of


class ConvEncoder(nn.Sequential):
    """A small convolutional net for small images: each block halves the side, the last one is averaged."""

    def __init__(self, channels: int, width: int, blocks: int):
        layers: list[nn.Module] = []
        for block in range(blocks):
            out = width * 2 ** min(block, 2)
            layers += [nn.Conv2d(channels, out, 3, stride=1 if block == 0 else 2, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
            channels = out
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.num_features = channels


class VectorEncoder(nn.Sequential):
    """A multilayer perceptron for vectors: two hidden layers with batch normalisation."""

    def __init__(self, inputs: int, width: int):
        hidden = [nn.Linear(inputs, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(inplace=True)]
        more = [nn.Linear(width, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(inplace=True)]
        super().__init__(*hidden, *more, nn.Linear(width, width))
        self.num_features = width


def conv3(shape: tuple[int, ...], *, width: int = 32) -> nn.Module:
    """Three convolutions, of ``width``, twice and four times as many channels."""
    require_images("conv3", shape)
    return ConvEncoder(shape[0], width, 3)


def conv4(shape: tuple[int, ...], *, width: int = 32) -> nn.Module:
    """Four convolutions, of ``width``, twice and twice four times as many channels."""
    require_images("conv4", shape)
    return ConvEncoder(shape[0], width, 4)


def mlp(shape: tuple[int, ...], *, width: int = 256) -> nn.Module:
    """A multilayer perceptron of layers of ``width``; images are taken pixel by pixel."""
    flat = VectorEncoder(math.prod(shape), width)
    return flat if len(shape) == 1 else nn.Sequential(nn.Flatten(), flat)


def require_images(name: str, shape: tuple[int, ...]) -> None:
    """Refuse samples that are no images, for an encoder that takes nothing else."""
    if len(shape) != 3:
        kind = modality_of(shape)
        what = f"{kind.plural} of {' x '.join(map(str, shape))}: use {kind.encoder(shape)!r}"
        raise LikewiseError(f"the encoder {name!r} takes images, and these samples are {what}.")
