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

PARTS = ("method", "loss", "encoder", "output", "projector", "predictor", "views", "optimizer", "schedule")
"""Settings that may be given as an object or a function; they are then recorded by qualified name."""

NETWORK, TRAINING, MEASURING, RUNNING = "The network", "Training", "Measuring", "The run"
"""The headings under which commands list options."""


def option(
    default: Any,
    text: str,
    heading: str = TRAINING,
    *,
    choices: Sequence[str] = (),
    least: float | None = None,
    below: float = math.inf,
) -> Any:
    """A field with what it means, and the names it may have or the numbers [least, below) it may be."""
    about = {"help": text, "heading": heading, "choices": choices, "least": least, "below": below}
    if isinstance(default, Mapping):
        return field(default_factory=dict, metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """How to train; what each setting means stands beside it.

    Raises:
        LikewiseError: a value is none of the choices, out of its range, or does not go with another.
    """

    method: str | None = option(
        "simclr",
        "The method: simclr, supcon, moco, nnclr, vicreg, barlow, sigreg, spectral, byol, simsiam, or one registered.",
        NETWORK,
    )
    loss: str | None = option(
        None, "A loss of (q, k, relation) in place of a method: contrastive, vicreg, ..., or a registered one.", NETWORK
    )
    options: Mapping[str, Any] = option({}, "Options of the method or loss: temperature, queue, ...", NETWORK)
    encoder: str | None = option(
        None,
        "conv3, conv4 (small images), conv1d, mlp, or any timm name. Default: resnet18; vectors mlp, series conv1d.",
        NETWORK,
    )
    encoder_options: Mapping[str, Any] = option({}, "Options of the encoder: drop_path_rate, ...", NETWORK)
    width: int = option(0, "Of the first layer of conv1d, conv3, conv4 and mlp; 0: their own.", NETWORK, least=0)
    pretrained: bool = option(False, "Start a timm encoder from its published weights.", NETWORK)
    output: str | int | None = option(
        None, "The key or index of the features, where an encoder gives several outputs.", NETWORK
    )
    freeze: Sequence[str] = option(
        (), "Parts of the encoder that stay as they are, by the beginning of their names.", NETWORK
    )
    backbone_lr: float | None = option(
        None, "Peak learning rate of the encoder, where not that of its heads.", NETWORK, least=0
    )
    projector: str | None = option(None, "The net between encoder and loss. Default: the method's.", NETWORK)
    predictor: str | None = option(None, "The net that predicts targets. Default: the method's.", NETWORK)
    views: str = option("weak", "How samples are changed: none, weak (images: flips), strong; images: rrc, asymmetric.")
    view_count: int = option(2, "V, how many views a batch has of each anchor.", least=1)
    partners: int = option(1, "How many of them are views of partners that the graph draws; the rest: of the anchor.")
    sample: str = option(
        "anchors",
        "anchors; pairs (SPPS as published); neighborhoods (batches filled along the graph).",
        choices=("anchors", "pairs", "neighborhoods"),
    )
    epochs: int = option(100, "Passes over the samples (n anchors; n plus the pairs for sample=pairs).", least=1)
    batch_size: int = option(
        256, "Anchors a step on each device. Default: 256, or less so that an epoch has two steps.", least=2
    )
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
    compile: bool = option(False, "Let torch compile the network (minutes at first; pays on long runs on a GPU).")
    seed: int = option(0, "Equal seeds, equal runs on the same machine.")
    remine: int = option(0, "Every so many epochs the graph is built anew from the network in training.", least=0)
    monitor: float = option(
        0.1,
        "Share of labelled samples held out of training and graph to watch kNN accuracy.",
        MEASURING,
        least=0,
        below=1,
    )
    group: str | None = option(
        None, "A column (a patient, a place) of which no value is both trained on and held out.", MEASURING
    )
    keep: str = option(
        "last",
        "Which epoch's encoder is kept: the last; the best by rankme; or by ranking held-out pairs of the graph.",
        MEASURING,
        choices=("last", "rankme", "pairs"),
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(one.name, getattr(self, one.name), one.metadata, one.default)
        freeze = (self.freeze,) if isinstance(self.freeze, str) else self.freeze
        if not isinstance(freeze, Sequence) or not all(isinstance(name, str) for name in freeze):
            raise LikewiseError(f"freeze= takes names of the encoder's parts, got {self.freeze!r}.")
        object.__setattr__(self, "freeze", tuple(freeze))
        if self.partners not in range(self.view_count):
            raise LikewiseError(
                f"of {self.view_count} views at most {self.view_count - 1} can be partners, got {self.partners!r}."
            )
        if self.loss is not None and self.method is not None:
            raise LikewiseError(
                f"the method {self.method!r} has a loss of its own: give method= or loss=, not both (a loss alone gets "
                "SimCLR's projector)."
            )
        if self.sample == "pairs" and self.view_count != 2:
            raise LikewiseError(f"sample='pairs' gives two views, one of each sample; view_count is {self.view_count}.")
        if self.sample == "pairs" and self.remine:
            raise LikewiseError("sample='pairs' makes an epoch as long as the graph, so it cannot change: no remine=.")

    @property
    def objective(self) -> str:
        """What is trained, in words: the method, or the loss alone."""
        return self.method or f"loss {self.loss}"

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON holds them."""
        mappings = {"options": dict(self.options), "encoder_options": dict(self.encoder_options)}
        return {**asdict(self), **mappings, "freeze": list(self.freeze)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Settings:
        """The inverse of ``as_json``."""
        return cls(**value)

    @classmethod
    def names(cls) -> list[str]:
        """The names of the settings."""
        return [f.name for f in fields(cls)]


@dataclass(frozen=True)
class Execution:
    """How a run is carried out: nothing here changes its weights, but for ``start_from`` and ``remine_with``."""

    out: Any = option(None, "The run's folder. Default: a new one under runs/.", RUNNING)
    resume: bool = option(False, "Go on with the run in the folder, given the same options.", RUNNING)
    start_from: Any = option(None, "A run, or its folder, whose weights this new one begins with.", RUNNING)
    remine_with: Any = option(None, "Builds the graph anew: build(space, epoch) -> graph.", RUNNING)
    minutes: float | None = option(
        None, "Stop after the step at which so many have passed, to be resumed.", RUNNING, least=0
    )
    save_every: float = option(30.0, "Seconds between checkpoints.", RUNNING, least=0)
    workers: int | None = option(
        None, "Processes that read samples not in memory. Default: the cores less one, at most 8.", RUNNING, least=0
    )
    devices: int | None = option(
        None, "How many processes were started (by torchrun or accelerate launch), to be sure of it.", RUNNING, least=1
    )
    callbacks: Sequence[object] = option((), "Objects with methods of likewise.training.Callback.", RUNNING)
    logger: Any = option(None, "Log there, too: tensorboard, wandb or mlflow; metrics.csv is always written.", RUNNING)
    quiet: bool = option(False, "Print nothing.", RUNNING)

    def __post_init__(self) -> None:
        for one in fields(self):
            _check(one.name, getattr(self, one.name), one.metadata, one.default)

    @classmethod
    def names(cls) -> list[str]:
        """The names of these options."""
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
