"""Methods: a loss with the heads, the momentum copy and the queue that its paper gives it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import nn

from likewise.errors import unknown_name
from likewise.methods.encoders import EncoderSpec, build_encoder
from likewise.methods.joint_embedding import JointEmbedding, Momentum
from likewise.methods.queue import Queue
from likewise.registry import Registry

METHODS: Registry[Callable[..., JointEmbedding]] = Registry(
    "method",
    {
        "barlow": "likewise.methods.decorrelating:barlow_twins",
        "byol": "likewise.methods.predicting:bootstrap",
        "moco": "likewise.methods.contrasting:moco",
        "nnclr": "likewise.methods.contrasting:nnclr",
        "simclr": "likewise.methods.contrasting:simclr",
        "simsiam": "likewise.methods.predicting:siamese",
        "spectral": "likewise.methods.contrasting:spectral_contrastive",
        "supcon": "likewise.methods.contrasting:supcon",
        "vicreg": "likewise.methods.decorrelating:variance_covariance",
    },
    group="likewise.methods",
)
"""Methods by name, each a function of an encoder, its width, the number of samples and options."""


def build_method(name: str, encoder: nn.Module, features: int, n: int, **options: Any) -> JointEmbedding:
    """A method by name over an encoder of ``features`` outputs, for n samples; options as the method has them.

    Raises:
        LikewiseError: no such method, or it has no such option.
    """
    if name not in METHODS:
        raise unknown_name("method", name, METHODS)
    known = method_options(name)
    for option in options:
        if option not in known:
            raise unknown_name(f"option of {name}", option, known)
    return METHODS[name](encoder, features, n, **options)


def method_options(name: str) -> list[str]:
    """The options of a method."""
    return [p.name for p in inspect.signature(METHODS[name]).parameters.values() if p.kind is p.KEYWORD_ONLY]


__all__ = [
    "METHODS",
    "EncoderSpec",
    "JointEmbedding",
    "Momentum",
    "Queue",
    "build_encoder",
    "build_method",
    "method_options",
]
