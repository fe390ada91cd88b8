"""Encoders by name: any timm model, a small convolutional net, an MLP for vectors, or a module of the user's."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError, unknown_name
from likewise.methods.modes import evaluation

SMALL_IMAGE = 64
"""Images of at most this side get the CIFAR stem: a 3 x 3 convolution without stride and no pooling."""

OWN = ("conv3", "conv4", "mlp")


@dataclass(frozen=True)
class EncoderSpec:
    """All that is needed to build an encoder again, as JSON holds it.

    Attributes:
        name: "conv3", "conv4", "mlp", a timm name, or "module" for one of the user's (which cannot be rebuilt).
        shape: the samples', (C, H, W) or (d,).
        stem: "cifar" or "native".
        features: the width of its output.
        width: of the first layer of the small nets, and of the MLP's.
    """

    name: str
    shape: tuple[int, ...]
    stem: str = "native"
    features: int = 0
    width: int = 0

    def as_json(self) -> dict[str, Any]:
        """The specification as JSON holds it."""
        return {**asdict(self), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EncoderSpec:
        """The inverse of ``as_json``."""
        return cls(**{**value, "shape": tuple(value["shape"])})


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


def build_encoder(
    encoder: str | nn.Module | EncoderSpec | None,
    shape: tuple[int, ...],
    *,
    pretrained: bool = False,
    width: int = 0,
) -> tuple[nn.Module, EncoderSpec]:
    """An encoder for samples of a shape, (C, H, W) or (d,), and the specification that builds it again.

    None is a ResNet-18 for images and an MLP for vectors.

    Raises:
        LikewiseError: the name is unknown, or the encoder does not take such samples.
    """
    if isinstance(encoder, EncoderSpec):
        if encoder.name == "module":
            raise LikewiseError("this run trained a module of yours: build it yourself and pass it as module=.")
        return _by_name(encoder, pretrained=False), encoder
    if isinstance(encoder, nn.Module):
        return encoder, EncoderSpec("module", shape, features=_features(encoder, shape))
    encoder = encoder or ("resnet18" if len(shape) == 3 else "mlp")
    if encoder in OWN:
        spec = EncoderSpec(encoder, shape, width=width or (256 if encoder == "mlp" else 32))
    else:
        small = len(shape) == 3 and max(shape[1:]) <= SMALL_IMAGE and not pretrained
        spec = EncoderSpec(encoder, shape, "cifar" if small else "native")
    module = _by_name(spec, pretrained=pretrained)
    stem = spec.stem if isinstance(getattr(module, "maxpool", None), nn.Identity) else "native"
    return module, replace(spec, stem=stem, features=_features(module, shape))


def _by_name(spec: EncoderSpec, *, pretrained: bool) -> nn.Module:
    name, shape = spec.name, spec.shape
    if name == "mlp":
        flat = VectorEncoder(math.prod(shape), spec.width)
        return flat if len(shape) == 1 else nn.Sequential(nn.Flatten(), flat)  # images pixel by pixel
    if len(shape) != 3:
        raise LikewiseError(
            f"the encoder {name!r} takes images, and these samples are vectors of {shape[0]}: use 'mlp'."
        )
    if name in OWN:
        return ConvEncoder(shape[0], spec.width, int(name[-1]))
    import timm

    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=5)
        raise unknown_name("encoder", name, [*OWN, *(near or ["resnet18", "resnet50", "vit_small_patch16_224"])])
    options: dict[str, Any] = {"num_classes": 0, "in_chans": shape[0], "pretrained": pretrained}
    if name.startswith(("vit", "deit", "swin", "eva", "beit")):
        options["img_size"] = shape[1:]
    try:
        module: nn.Module = timm.create_model(name, **options)
    except (RuntimeError, OSError, ValueError, AssertionError, TypeError) as error:
        raise LikewiseError(f"timm could not build {name!r} for samples of shape {shape}: {error}") from None
    return _with_cifar_stem(module, shape[0]) if spec.stem == "cifar" else module


def _with_cifar_stem(module: nn.Module, channels: int) -> nn.Module:
    """A residual net for small images: 3 x 3 first convolution without stride, no pooling; others stay as they are."""
    first = getattr(module, "conv1", None)
    if isinstance(first, nn.Conv2d) and isinstance(getattr(module, "maxpool", None), nn.Module):
        module.conv1 = nn.Conv2d(channels, first.out_channels, 3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(module.conv1.weight, mode="fan_out", nonlinearity="relu")
        module.maxpool = nn.Identity()
    return module


def _features(module: nn.Module, shape: tuple[int, ...]) -> int:
    """The width of what the encoder gives for a sample, found by trying it: attributes do not always tell."""
    parameter = next(module.parameters(), torch.zeros(()))
    try:
        with torch.no_grad(), evaluation(module):
            out: Tensor = module(torch.zeros(2, *shape, device=parameter.device))
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise LikewiseError(f"the encoder does not take samples of shape {shape}: {error}") from None
    if not isinstance(out, Tensor) or out.ndim != 2 or len(out) != 2:
        got = f"shape {tuple(out.shape)}" if isinstance(out, Tensor) else f"a {type(out).__name__}"
        raise LikewiseError(f"the encoder must give one vector a sample, got {got} for 2 samples.")
    return out.shape[1]
