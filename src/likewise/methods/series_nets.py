"""An encoder of series."""

from __future__ import annotations

from torch import nn

from likewise.errors import LikewiseError

KERNELS = (7, 5, 3)


def conv1d(shape: tuple[int, ...], *, width: int = 32) -> nn.Module:
    """Three convolutions over time, averaged over it: series ``[b, C, T]`` to ``[b, 4 * width]``.

    ``width``, twice and four times as many channels, kernels of 7, 5 and 3 steps, each followed by batch normalisation;
    the second and the third halve the time. The kernels are about those of arXiv 1611.06455.
    """
    if len(shape) != 2:
        raise LikewiseError(f"the encoder 'conv1d' takes series (C, T), and these samples have the shape {shape}.")
    channels = shape[0]
    layers: list[nn.Module] = []
    for block, kernel in enumerate(KERNELS):
        out = width * 2**block
        stride = 1 if block == 0 else 2
        layers += [nn.Conv1d(channels, out, kernel, stride=stride, padding=kernel // 2, bias=False)]
        layers += [nn.BatchNorm1d(out), nn.ReLU(inplace=True)]
        channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten())
