"""Encoders by name: any timm model, one of our own or a registered one, or a module of the user's."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError, unknown_name
from likewise.methods.modes import evaluation
from likewise.methods.nets import require_images
from likewise.methods.outputs import Output, in_words, select_output, unwrapped
from likewise.modalities import Modality, modality_of
from likewise.registry import Registry, call_with, qualified_name

SMALL_IMAGE = 64
"""Images of at most this side get the CIFAR stem: a 3 x 3 convolution without stride and no pooling."""

ENCODERS: Registry[Callable[..., nn.Module]] = Registry(
    "encoder",
    {
        "conv1d": "likewise.methods.series_nets:conv1d",
        "conv3": "likewise.methods.nets:conv3",
        "conv4": "likewise.methods.nets:conv4",
        "mlp": "likewise.methods.nets:mlp",
    },
    group="likewise.encoders",
)
"""Encoders by name, each a function ``(shape, **options)`` that gives a module; beside them all names of timm."""


@dataclass(frozen=True)
class EncoderSpec:
    """All that is needed to build an encoder again, as JSON holds it.

    Attributes:
        name: "conv3", "conv4", "mlp", a registered name, a timm name, or "module" for one of the user's (which cannot
            be rebuilt).
        shape: the samples', (C, H, W) or (d,).
        stem: "cifar" or "native".
        features: the width of its output.
        options: of a named encoder, its defaults included.
        output: the key or index of the output that counts; None: all of it.
        module: the qualified name of the class of a module of the user's.
    """

    name: str
    shape: tuple[int, ...]
    stem: str = "native"
    features: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    output: str | int | None = None
    module: str = ""

    def as_json(self) -> dict[str, Any]:
        """The specification as JSON holds it."""
        return {**asdict(self), "shape": list(self.shape), "options": dict(self.options)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EncoderSpec:
        """The inverse of ``as_json``."""
        return cls(**{**value, "shape": tuple(value["shape"])})


def build_encoder(
    encoder: str | nn.Module | EncoderSpec | None,
    shape: tuple[int, ...],
    *,
    pretrained: bool = False,
    width: int = 0,
    output: Output | None = None,
    options: Mapping[str, Any] | None = None,
    modality: Modality | None = None,
) -> tuple[nn.Module, EncoderSpec]:
    """An encoder for samples of a shape, and the specification that builds it again.

    Args:
        encoder: "conv3", "conv4", "mlp", a name of ``lw.register("encoder")``, any timm name, or a module; None: that
            of the kind of data, a ResNet-18 for images and an MLP for vectors.
        shape: of a sample.
        pretrained: start a timm encoder from published weights.
        width: of the small encoders; the same as ``options={"width": ...}``.
        output: for nets that give a dict, a tuple or an object: the key, attribute or index of the features ``[b, F]``,
            or a function of what the net gives. Weights keep the net's own names.
        options: of the named encoder; of a timm encoder, those of ``timm.create_model``.
        modality: the kind of data; None: the built-in one of such a shape.

    Raises:
        LikewiseError: the name or an option is unknown, or the encoder does not give one vector for such a sample.
    """
    if isinstance(encoder, EncoderSpec):
        if encoder.name == "module":
            raise LikewiseError("this run trained a module of yours: build it yourself and pass it as module=.")
        return select_output(_by_name(encoder, pretrained=False), encoder.output), encoder
    kept = output if isinstance(output, str | int) else None
    if isinstance(encoder, nn.Module):
        module = select_output(encoder, output)
        bare = unwrapped(encoder)
        own = qualified_name(getattr(bare, "_orig_mod", bare))
        return module, EncoderSpec("module", shape, features=_features(module, shape), output=kept, module=own)
    name = encoder or (modality or modality_of(shape)).encoder(shape)
    spec = _spec(name, shape, pretrained, width, options or {})
    net = _by_name(spec, pretrained=pretrained)
    stem = spec.stem if isinstance(getattr(net, "maxpool", None), nn.Identity) else "native"
    module = select_output(net, output)
    spec = replace(spec, stem=stem, features=_features(module, shape), output=kept)
    if callable(output):  # which JSON cannot hold
        spec = replace(spec, name="module", module=qualified_name(net), options={})
    return module, spec


def _spec(name: str, shape: tuple[int, ...], pretrained: bool, width: int, options: Mapping[str, Any]) -> EncoderSpec:
    """What is to be built by name, a named encoder's defaults included."""
    given = {**options, **({"width": width} if width else {})}
    if name not in ENCODERS:
        small = max(shape[1:], default=0) <= SMALL_IMAGE and not pretrained
        return EncoderSpec(name, shape, "cifar" if small else "native", options=given)
    parameters = inspect.signature(ENCODERS[name]).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}
    return EncoderSpec(name, shape, options={**defaults, **given})


def _by_name(spec: EncoderSpec, *, pretrained: bool) -> nn.Module:
    if spec.name not in ENCODERS:
        return _of_timm(spec, pretrained=pretrained)
    module = call_with(ENCODERS[spec.name], f"the encoder {spec.name!r}", spec.options, spec.shape)
    if not isinstance(module, nn.Module):
        raise LikewiseError(f"the encoder {spec.name!r} must give a torch module, got a {type(module).__name__}.")
    return module


def _of_timm(spec: EncoderSpec, *, pretrained: bool) -> nn.Module:
    import timm

    name, shape = spec.name, spec.shape
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=5)
        raise unknown_name("encoder", name, [*ENCODERS, *(near or ["resnet18", "resnet50", "vit_small_patch16_224"])])
    require_images(name, shape)
    options: dict[str, Any] = {"num_classes": 0, "in_chans": shape[0], "pretrained": pretrained}
    if name.startswith(("vit", "deit", "swin", "eva", "beit")):
        options["img_size"] = shape[1:]
    try:
        module: nn.Module = timm.create_model(name, **{**options, **spec.options})
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
            out: Any = module(torch.zeros(2, *shape, device=parameter.device))
    except LikewiseError:
        raise
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise LikewiseError(f"the encoder does not take samples of shape {shape}: {error}") from None
    if not isinstance(out, Tensor) or out.ndim != 2 or len(out) != 2:
        raise LikewiseError(
            f"the encoder must give one vector a sample, got {in_words(out)} for 2 samples: say with output= which of "
            "its outputs is one (a key, an index), or a function that makes one of them."
        )
    return out.shape[1]
