"""Optimizers as the papers use them, and schedules: linear warm-up, then a cosine to zero."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from likewise.errors import LikewiseError, unknown_name
from likewise.settings import Settings

DEFAULTS = {"sgd": (0.06, 5e-4), "lars": (0.3, 1e-4), "adamw": (1e-3, 0.05)}
"""Learning rate at a batch of 256 (scaled in proportion, AdamW's with the root) and weight decay, by optimizer."""

OptimizerFactory = Callable[[Any], torch.optim.Optimizer]
"""Makes an optimizer of parameters (or of groups of them), as the classes of ``torch.optim`` do."""

Schedule = Callable[[int, int], float]
"""The learning rate at an optimizer step of so many, as a share of its peak."""

SchedulerFactory = Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]
"""Makes a scheduler of torch, which steps after each step of the optimizer."""


def learning_rate(settings: Settings, world: int = 1) -> float:
    """The peak learning rate: as given, or the optimizer's default scaled to the batch."""
    if settings.lr is not None:
        return settings.lr
    ratio = settings.batch_size * settings.accumulate * world / 256
    return DEFAULTS[settings.optimizer][0] * (math.sqrt(ratio) if settings.optimizer == "adamw" else ratio)


def build_optimizer(
    parameters: Sequence[tuple[str, nn.Parameter]],
    settings: Settings,
    world: int = 1,
    optimizer: OptimizerFactory | torch.optim.Optimizer | None = None,
) -> torch.optim.Optimizer:
    """The optimizer of a run.

    By name: SGD with momentum, AdamW or LARS (arXiv 1708.03888); biases and norms are neither decayed nor adapted. A
    factory gets the parameters, in two groups (encoder, all others) where ``backbone_lr`` is set; what it is to do with
    biases is its own business. A ready optimizer is taken as it is.

    Args:
        parameters: those to train, with their names; the encoder's begin with "encoder.".
        settings: optimizer, lr, weight_decay, backbone_lr, and what the default learning rate is scaled by.
        world: number of processes.
        optimizer: one of the user's; None takes the name in the settings.

    Raises:
        LikewiseError: an unknown name, or an optimizer of other parameters.
    """
    if isinstance(optimizer, torch.optim.Optimizer):
        known = {id(p) for _, p in parameters}
        if any(id(p) not in known for group in optimizer.param_groups for p in group["params"]):
            raise LikewiseError(
                "the optimizer moves parameters that the method does not train: build it of those of a ready method, "
                "or give a function of the parameters instead."
            )
        return optimizer
    rates = {} if settings.backbone_lr is None else {"lr": settings.backbone_lr}
    backbone = [(name, p) for name, p in parameters if rates and name.startswith("encoder.")]
    others = [(name, p) for name, p in parameters if not (rates and name.startswith("encoder."))]
    if optimizer is not None:
        groups = [{"params": [p for _, p in part], **rate} for part, rate in ((backbone, rates), (others, {})) if part]
        made = optimizer(groups if rates else groups[0]["params"])
        if not isinstance(made, torch.optim.Optimizer):
            raise LikewiseError(f"optimizer= must give an optimizer of torch, got a {type(made).__name__}.")
        return made
    if settings.optimizer not in DEFAULTS:
        raise unknown_name("optimizer", settings.optimizer, DEFAULTS)
    groups = [*_by_decay(backbone, settings, rates), *_by_decay(others, settings, {})]
    lr = learning_rate(settings, world)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=lr)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=0.9)
    from timm.optim.lars import Lars

    lars: torch.optim.Optimizer = Lars(groups, lr=lr, momentum=0.9, trust_coeff=0.02, trust_clip=True)
    return lars


def _by_decay(
    parameters: Sequence[tuple[str, nn.Parameter]], settings: Settings, rates: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Matrices with weight decay, then vectors (biases, norms) without."""
    decay = DEFAULTS[settings.optimizer][1] if settings.weight_decay is None else settings.weight_decay
    matrices = {"params": [p for _, p in parameters if p.ndim > 1], "weight_decay": decay, **rates}
    vectors = {"params": [p for _, p in parameters if p.ndim <= 1], "weight_decay": 0.0, **rates}
    if settings.optimizer == "lars":
        matrices["always_adapt"] = True  # timm's would not adapt matrices without weight decay
    return [group for group in (matrices, vectors) if group["params"]]


def cosine(step: int, warmup: int, total: int) -> float:
    """The learning rate at an optimizer step as a share of its peak: linear warm-up, then a cosine to 0.

    >>> [round(cosine(step, 2, 6), 2) for step in range(6)]
    [0.5, 1.0, 1.0, 0.85, 0.5, 0.15]
    """
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))


def constant(step: int, warmup: int, total: int) -> float:
    """Linear warm-up, then the peak.

    >>> [constant(step, 2, 6) for step in range(4)]
    [0.5, 1.0, 1.0, 1.0]
    """
    del total
    return min(1.0, (step + 1) / warmup) if warmup else 1.0


SCHEDULES = {"cosine": cosine, "constant": constant}


def build_scheduler(
    optimizer: torch.optim.Optimizer,
    settings: Settings,
    total: int,
    schedule: Schedule | SchedulerFactory | None = None,
) -> torch.optim.lr_scheduler.LRScheduler:
    """What sets the learning rate after each step of the optimizer.

    Args:
        optimizer: whose rates are the peaks.
        settings: the schedule's name, warm-up and epochs.
        total: optimizer steps of the whole run.
        schedule: one of the user's: a function of (step, total) that gives the share of the peak, or one of the
            optimizer that makes a scheduler of torch; None takes the name in the settings.

    Raises:
        LikewiseError: an unknown name, or a schedule that takes neither.
    """
    if schedule is None:
        if settings.schedule not in SCHEDULES:
            raise unknown_name("schedule", settings.schedule, SCHEDULES)
        share, epochs = SCHEDULES[settings.schedule], settings.epochs
        warmup = round(total * min(settings.warmup, epochs // 2) / epochs)
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share(step, warmup, total))
    own: Any = schedule
    scheduler = isinstance(own, type) and issubclass(own, torch.optim.lr_scheduler.LRScheduler)
    needed = _required(own) if callable(own) else 0
    if needed == 2 and not scheduler:
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: float(own(step, total)))
    made = own(optimizer) if needed == 1 else None
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau  # waits for a measure, which a step does not have
    if not isinstance(made, torch.optim.lr_scheduler.LRScheduler) or isinstance(made, plateau):
        raise LikewiseError(
            "schedule= must be a function of (step, total) that gives the share of the peak learning rate, or one of "
            "the optimizer that makes a scheduler of torch, such as partial(StepLR, step_size=100)."
        )
    return made


def _required(function: Callable[..., Any]) -> int:
    """How many arguments a function must be given."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)


def freeze_parts(encoder: nn.Module, prefixes: Sequence[str]) -> list[nn.Module]:
    """Take the encoder's parts whose names begin so out of training, and return them.

    Their parameters get no gradient; kept in evaluation mode, their batch statistics stay as they are, too.

    Raises:
        LikewiseError: nothing has such a name, or nothing would be left to train.
    """
    encoder = getattr(encoder, "bare", encoder)  # without what selects an output, or compiles
    for prefix in prefixes:
        if not any(_within(name, [prefix]) for name, _ in encoder.named_parameters()):
            parts = ", ".join(name for name, part in encoder.named_children() if any(True for _ in part.parameters()))
            raise LikewiseError(f"freeze={prefix!r} is the beginning of no part of the encoder; it has {parts}.")
    for name, parameter in encoder.named_parameters():
        if _within(name, prefixes):
            parameter.requires_grad_(False)
    if prefixes and all(_within(name, prefixes) for name, _ in encoder.named_parameters()):
        raise LikewiseError("freeze= takes the whole encoder, so that nothing of it would be trained.")
    return [part for name, part in encoder.named_modules() if _within(name, prefixes)]


def _within(name: str, prefixes: Sequence[str]) -> bool:
    """Whether a dotted name begins with one of these names.

    >>> _within("layer1.0.conv1", ["layer1"]), _within("layer10.0.conv1", ["layer1"])
    (True, False)
    """
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)
