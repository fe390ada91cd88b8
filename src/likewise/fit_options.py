"""What ``fit`` may be given, for type checkers; written by ``python -m likewise.signature``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    import torch
    from accelerate.tracking import GeneralTracker
    from torch import Tensor, nn

    from likewise.losses.roles import FalseNegatives
    from likewise.methods import JointEmbedding
    from likewise.training.optimizers import OptimizerFactory, Schedule, SchedulerFactory
    from likewise.training.plan import Remine
    from likewise.training.run_folder import TrainedRun


class FitOptions(TypedDict, total=False):
    """Options of ``fit``; what each means stands in ``Settings``, ``Execution``, and the methods."""

    method: str | Callable[..., JointEmbedding] | JointEmbedding | None
    loss: str | Callable[..., Tensor] | nn.Module | None
    options: Mapping[str, Any]
    encoder: str | nn.Module | None
    encoder_options: Mapping[str, Any]
    width: int
    pretrained: bool
    output: str | int | Callable[[Any], Tensor] | None
    freeze: str | Sequence[str]
    backbone_lr: float | None
    projector: nn.Module | Callable[[int], nn.Module] | None
    predictor: nn.Module | Callable[[int], nn.Module] | None
    views: str | Callable[..., Tensor] | Sequence[Callable[..., Tensor]]
    view_count: int
    partners: int
    sample: str
    epochs: int
    batch_size: int
    optimizer: str | OptimizerFactory | torch.optim.Optimizer
    lr: float | None
    weight_decay: float | None
    warmup: int
    schedule: str | Schedule | SchedulerFactory
    accumulate: int
    precision: str
    accelerator: str
    compile: bool
    seed: int
    remine: int
    monitor: float
    group: str | None
    keep: str
    out: str | Path | None
    resume: bool
    start_from: str | Path | TrainedRun | None
    remine_with: Remine | None
    minutes: float | None
    save_every: float
    workers: int | None
    devices: int | None
    callbacks: Sequence[object]
    logger: str | GeneralTracker | Sequence[str | GeneralTracker] | None
    quiet: bool
    against: Literal["batch", "cross", "queue"]
    beta: float
    covariance: float
    denominator: Literal["all", "own"]
    dim: int | None
    false_negatives: FalseNegatives
    form: Literal["outer", "inner"]
    hidden: int | None
    invariance: float
    margin: float
    momentum: float
    offdiagonal: float
    queue: int | Tensor | None
    radius: float
    repel: float
    scale: float
    slices: int
    target: Literal["centre", "partners"]
    temperature: float | Tensor
    variance: float
    weight: float
