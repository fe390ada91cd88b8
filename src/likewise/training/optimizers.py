"""Optimizers as the papers use them, and the schedule: linear warm-up, then a cosine to zero."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from likewise.training.settings import Settings

DEFAULTS = {"sgd": (0.06, 5e-4), "lars": (0.3, 1e-4), "adamw": (1e-3, 0.05)}
"""Learning rate at a batch of 256 (scaled in proportion, AdamW's with the root) and weight decay, by optimizer."""


def learning_rate(settings: Settings, world: int = 1) -> float:
    """The peak learning rate: as given, or the optimizer's default scaled to the batch."""
    if settings.lr is not None:
        return settings.lr
    ratio = settings.batch_size * settings.accumulate * world / 256
    return DEFAULTS[settings.optimizer][0] * (math.sqrt(ratio) if settings.optimizer == "adamw" else ratio)


def build_optimizer(
    parameters: list[tuple[str, nn.Parameter]], settings: Settings, world: int = 1
) -> torch.optim.Optimizer:
    """SGD with momentum, AdamW or LARS (arXiv 1708.03888); biases and norms are neither decayed nor adapted."""
    decay = DEFAULTS[settings.optimizer][1] if settings.weight_decay is None else settings.weight_decay
    parts = [[p for _, p in parameters if p.ndim > 1], [p for _, p in parameters if p.ndim <= 1]]
    groups: list[dict[str, Any]] = [{"params": part, "weight_decay": decay * (1 - i)} for i, part in enumerate(parts)]
    if settings.optimizer == "lars":
        groups[0]["always_adapt"] = True  # timm's would not adapt matrices without weight decay
    groups = [group for group in groups if group["params"]]
    lr = learning_rate(settings, world)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=lr)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=0.9)
    from timm.optim.lars import Lars

    optimizer: torch.optim.Optimizer = Lars(groups, lr=lr, momentum=0.9, trust_coeff=0.02, trust_clip=True)
    return optimizer


def share_of_peak(step: int, warmup: int, total: int) -> float:
    """The learning rate at an optimizer step as a share of its peak.

    >>> [round(share_of_peak(step, 2, 6), 2) for step in range(6)]
    [0.5, 1.0, 1.0, 0.85, 0.5, 0.15]
    """
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))
