"""All the choices of a training run that are not data: what is needed to repeat it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch

from likewise.errors import LikewiseError, is_number, unknown_name
from likewise.search.rounding import fast_precision

OPTIMIZERS = ("adamw", "lars", "sgd")
SAMPLING = ("anchors", "pairs", "neighborhoods")
PRECISIONS = ("auto", "float32", "bf16")
ACCELERATORS = ("auto", "cuda", "mps", "cpu")
CHOICES = {"optimizer": OPTIMIZERS, "sample": SAMPLING, "precision": PRECISIONS, "accelerator": ACCELERATORS}
LEAST = {"epochs": 1, "batch_size": 2, "view_count": 2, "partners": 0, "accumulate": 1, "warmup": 0, "remine": 0}


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        method: a name of ``likewise.methods.METHODS``; ``options`` are its own (temperature, queue, ...).
        views: how a sample is changed: "none", "weak", "rrc", "strong", "asymmetric"; vectors have their own.
        view_count: V, how many views a batch has of each anchor.
        partners: how many of them are views of partners that the graph draws; the rest are views of the anchor.
        sample: "anchors" (uniform anchors, then a draw), "pairs" (SPPS as published) or "neighborhoods" (batches filled
            along the graph).
        epochs: passes over the entries (n anchors; n plus the pairs for "pairs").
        batch_size: anchors a step on each device, before accumulation.
        optimizer, lr, weight_decay, warmup: None takes the optimizer's default; warm-up in epochs, then a cosine to 0.
        accumulate: batches whose gradients are averaged before a step.
        precision: of the network's products: "float32", "bf16" (all else stays float32), or "auto": bf16 on devices
            that are fast at it.
        accelerator: where to compute: "cuda", "mps", "cpu", or "auto", the first of these that is here.
        compile: whether torch compiles the network (minutes at the start; pays on long runs on a GPU).
        seed: equal seeds, equal runs on the same machine.
        monitor: share of labelled samples held out of training and of its graph to measure kNN accuracy.
        group: a column (a patient, a place) of which no value is both trained on and held out.
        remine: every so many epochs the graph is built again from the network in training; 0 never.
    """

    method: str = "simclr"
    options: Mapping[str, Any] = field(default_factory=dict)
    views: str = "weak"
    view_count: int = 2
    partners: int = 1
    sample: str = "anchors"
    epochs: int = 100
    batch_size: int = 256
    optimizer: str = "sgd"
    lr: float | None = None
    weight_decay: float | None = None
    warmup: int = 10
    accumulate: int = 1
    precision: str = "auto"
    accelerator: str = "auto"
    compile: bool = False
    seed: int = 0
    monitor: float = 0.1
    group: str | None = None
    remine: int = 0

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise unknown_name(name, getattr(self, name), choices)
        for name, low in LEAST.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < low:
                raise LikewiseError(f"{name} must be a whole number of at least {low}, got {value!r}.")
        if self.partners >= self.view_count:
            raise LikewiseError(
                f"of {self.view_count} views at most {self.view_count - 1} can be partners, got {self.partners}."
            )
        if self.sample == "pairs" and self.view_count != 2:
            raise LikewiseError(f"sample='pairs' gives two views, one of each sample; view_count is {self.view_count}.")
        if self.sample == "pairs" and self.remine:
            raise LikewiseError("sample='pairs' makes an epoch as long as the graph, so it cannot change: no remine=.")
        if not (is_number(self.monitor) and 0 <= self.monitor < 1):
            raise LikewiseError(f"monitor is the share of samples held out, in [0, 1), got {self.monitor!r}.")
        for name in ("lr", "weight_decay"):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and 0 <= value < math.inf):
                raise LikewiseError(f"{name} must be a number of at least 0, got {value!r}.")

    @property
    def device_type(self) -> str:
        """The accelerator asked for; for "auto" the best one here.

        Raises:
            LikewiseError: it is not here.
        """
        here = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
        if self.accelerator not in ("auto", *here):
            raise LikewiseError(f"there is no {self.accelerator!r} here: choose accelerator= from {', '.join(here)}.")
        return here[0] if self.accelerator == "auto" else self.accelerator

    @property
    def true_precision(self) -> str:
        """The precision asked for; for "auto" bf16 where the accelerator multiplies faster in it, else float32."""
        if self.precision != "auto":
            return self.precision
        if self.device_type == "mps":
            return "float32"
        return "bf16" if fast_precision(torch.device(self.device_type)) == "bfloat16" else "float32"

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON holds them."""
        return {**asdict(self), "options": dict(self.options)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Settings:
        """The inverse of ``as_json``."""
        return cls(**value)

    @classmethod
    def names(cls) -> list[str]:
        """The names of the settings."""
        return [f.name for f in fields(cls)]
