"""All the choices of a training run that are not data: what is needed to repeat it. Free of torch.

Each option is said once, here: its type, its default, what it means and what it may be. The signature of ``fit``
(``training/signature.py``), the options of ``likewise fit`` and configuration files are made of this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from likewise.errors import LikewiseError, is_number, unknown_name

PARTS = ("method", "loss", "encoder", "projector", "predictor", "views", "optimizer", "schedule")
"""Settings that may be given as an object or a function; they are then recorded by qualified name."""


def option(
    default: Any, text: str, *, choices: Sequence[str] = (), least: float | None = None, below: float = math.inf
) -> Any:
    """A field of ``Settings`` with what it means, the names it may have, or the numbers [least, below) it may be."""
    return field(default=default, metadata={"help": text, "choices": choices, "least": least, "below": below})


@dataclass(frozen=True)
class Settings:
    """How to train; what each setting means stands beside it.

    Raises:
        LikewiseError: a value is none of the choices, out of its range, or does not go with another.
    """

    method: str = option("simclr", "The method: simclr, supcon, moco, nnclr, vicreg, barlow, spectral, byol, simsiam.")
    loss: str | None = option(None, "A loss of (q, k, relation) instead of a method, over SimCLR's projector.")
    options: Mapping[str, Any] = field(
        default_factory=dict, metadata={"help": "Options of the method: temperature, false_negatives, queue, ..."}
    )
    encoder: str | None = option(
        None, "conv3, conv4 (small images), mlp, or any timm name. Default: resnet18, or mlp for vectors."
    )
    width: int = option(0, "Of the first layer of conv3, conv4 and mlp; 0: their own.", least=0)
    pretrained: bool = option(False, "Start a timm encoder from its published weights.")
    output: str | int | None = option(None, "The key or index of the features, where an encoder gives several outputs.")
    freeze: Sequence[str] = option((), "Parts of the encoder that stay as they are, by the beginning of their names.")
    backbone_lr: float | None = option(None, "Peak learning rate of the encoder, where not that of its heads.", least=0)
    projector: str | None = option(None, "The net between encoder and loss. Default: the method's.")
    predictor: str | None = option(None, "The net that predicts targets. Default: the method's.")
    views: str = option("weak", "How samples are changed: none, weak (images: flips), rrc, strong, asymmetric.")
    view_count: int = option(2, "V, how many views a batch has of each anchor.", least=1)
    partners: int = option(1, "How many of them are views of partners that the graph draws; the rest: of the anchor.")
    sample: str = option(
        "anchors",
        "anchors; pairs (SPPS as published); neighborhoods (batches filled along the graph).",
        choices=("anchors", "pairs", "neighborhoods"),
    )
    epochs: int = option(100, "Passes over the samples (n anchors; n plus the pairs for sample=pairs).", least=1)
    batch_size: int = option(256, "Anchors a step on each device, before accumulation.", least=2)
    optimizer: str = option("sgd", "sgd, adamw or lars.")
    lr: float | None = option(None, "Peak learning rate. Default: the optimizer's, scaled to the batch.", least=0)
    weight_decay: float | None = option(None, "Default: the optimizer's.", least=0)
    warmup: int = option(10, "Epochs of linear warm-up; at most half of all.", least=0)
    schedule: str = option("cosine", "Of the learning rate after the warm-up: cosine (to 0) or constant.")
    accumulate: int = option(1, "Batches whose gradients are averaged before a step.", least=1)
    precision: str = option(
        "auto",
        "Of the network's products: float32, bf16 (all else stays float32), or auto: bf16 where it is fast.",
        choices=("auto", "float32", "bf16"),
    )
    accelerator: str = option(
        "auto", "Where to compute: cuda, mps, cpu, or auto.", choices=("auto", "cuda", "mps", "cpu")
    )
    compile: bool = option(False, "Whether torch compiles the network (minutes at first; pays on long runs on a GPU).")
    seed: int = option(0, "Equal seeds, equal runs on the same machine.")
    monitor: float = option(
        0.1, "Share of labelled samples held out of training and graph to watch kNN accuracy.", least=0, below=1
    )
    group: str | None = option(None, "A column (a patient, a place) of which no value is both trained on and held out.")
    remine: int = option(0, "Every so many epochs the graph is built anew from the network in training.", least=0)
    keep: str = option(
        "last",
        "Which epoch's encoder is kept: the last; the best by rankme; or by ranking held-out pairs of the graph.",
        choices=("last", "rankme", "pairs"),
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(one.name, getattr(self, one.name), one.metadata, one.default)
        object.__setattr__(self, "freeze", (self.freeze,) if isinstance(self.freeze, str) else tuple(self.freeze))
        if self.partners not in range(self.view_count):
            raise LikewiseError(
                f"of {self.view_count} views at most {self.view_count - 1} can be partners, got {self.partners!r}."
            )
        if self.sample == "pairs" and self.view_count != 2:
            raise LikewiseError(f"sample='pairs' gives two views, one of each sample; view_count is {self.view_count}.")
        if self.sample == "pairs" and self.remine:
            raise LikewiseError("sample='pairs' makes an epoch as long as the graph, so it cannot change: no remine=.")

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON holds them."""
        return {**asdict(self), "options": dict(self.options), "freeze": list(self.freeze)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Settings:
        """The inverse of ``as_json``."""
        return cls(**value)

    @classmethod
    def names(cls) -> list[str]:
        """The names of the settings."""
        return [f.name for f in fields(cls)]


def _check(name: str, value: Any, rules: Mapping[str, Any], default: Any) -> None:
    """Refuse a value that is none of the choices, or no number in its range."""
    if choices := rules.get("choices"):
        if value not in choices:
            raise unknown_name(name, value, choices)
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise LikewiseError(f"{name} is true or false, got {value!r}.")
    elif isinstance(default, int):
        least = rules["least"]
        if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
            what = "a whole number" if least is None else f"a whole number of at least {least}"
            raise LikewiseError(f"{name} must be {what}, got {value!r}.")
    elif rules.get("least") is not None and value is not None:
        least, below = rules["least"], rules["below"]
        if not (is_number(value) and least <= value < below):
            allowed = f"of at least {least}" if below == math.inf else f"in [{least}, {below})"
            raise LikewiseError(f"{name} must be a number {allowed}, got {value!r}.")
