"""What goes wrong without a word in training, noticed in the first epoch: parts that do not learn, move or change."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from likewise.arrays import Array
from likewise.graph import SimilarityGraph
from likewise.graph.matrices import attraction_or_empty
from likewise.training.learner import Learner
from likewise.training.plan import Plan

NAMED = 3
"""So many parameters are named."""
ANCHORS, FEWEST = 64, 8
"""Anchors whose partners of two epochs are compared, and the fewest that tell anything."""
SAME = 0.98
"""Partners are frozen where more than this share of them is the same in two epochs ..."""
CHANCE = 0.5
"""... though they would be with at most this probability."""


class Alarms:
    """Watches what is trained from one epoch to the next.

    Alarms are told once each. What has collapsed, and losses that are not finite, others look for.
    """

    def __init__(self) -> None:
        self.told: set[str] = set()
        self.silent: dict[str, nn.Parameter] = {}
        self.largest: list[Tensor] = []

    def begin(self, learner: Learner) -> None:
        """Remember how things stand, and wait for each parameter's first gradient."""
        self.silent = dict(learner.method.trainable())
        for name, parameter in self.silent.items():
            self._await(name, parameter)
        self._remember(learner)

    def _await(self, name: str, parameter: nn.Parameter) -> None:
        def heard(parameter: Tensor) -> None:
            self.silent.pop(name, None)
            if parameter.grad is not None:
                self.largest.append(parameter.grad.detach().abs().amax().float())
            handle.remove()  # one gradient is enough, and a hook that stays costs each step

        handle = parameter.register_post_accumulate_grad_hook(heard)

    def _remember(self, learner: Learner) -> None:
        method, progress = learner.method, learner.progress
        self.began = progress.updates
        self.rates = _rates(learner)
        self.online = _sums(parameter for _, parameter in method.trainable())
        self.target = None if method.target is None else _sums(method.target.parameters())
        self.queue = None if method.queue is None else method.queue.keys.double().sum()

    def epoch_done(self, learner: Learner) -> list[str]:
        """What has gone wrong in this epoch, in sentences that were not told before; waits for the device."""
        found = dict(_problems(self, learner))
        self._remember(learner)
        return [sentence for kind, problem in found.items() for sentence in self.once(kind, problem)]

    def once(self, kind: str, problem: str | None) -> list[str]:
        """The sentence, unless there is none or one of its kind was told before."""
        if problem is None or kind in self.told:
            return []
        self.told.add(kind)
        return [problem]


def _problems(before: Alarms, learner: Learner) -> Iterable[tuple[str, str]]:
    method, settings = learner.method, learner.settings
    if before.silent:
        yield (
            "gradient",
            f"{_counted(before.silent)} got no gradient: the loss does not depend on them. Freeze them "
            "(freeze=) if that is meant.",
        )
    elif before.largest and not bool(torch.stack(before.largest).any()):
        yield "gradient", "all gradients of the first step are 0: the loss does not depend on what is trained."
    before.largest.clear()
    moved_by = {id(parameter) for group in learner.optimizer.param_groups for parameter in group["params"]}
    if left := [name for name, parameter in method.trainable() if id(parameter) not in moved_by]:
        yield "optimizer", f"{_counted(left)} are in no group of the optimizer: they stay as they were at the start."
    if learner.progress.updates - before.began < 2:
        return  # after one step of a warm-up nothing need have moved
    moved = bool(_sums(parameter for _, parameter in method.trainable()) != before.online)
    if settings.lr == 0:
        return  # nothing is to be trained, and that was said
    if not moved:
        rates = ", ".join(f"{rate:g}" for rate in sorted(set(_rates(learner))))
        yield "still", f"no parameter has changed in this epoch (learning rate {rates}): nothing is being trained."
    if moved and method.target is not None and bool(_sums(method.target.parameters()) == before.target):
        yield "target", "the momentum encoder has not moved in this epoch, though the encoder has: targets are frozen."
    if method.queue is not None and bool(method.queue.keys.double().sum() == before.queue):
        yield "queue", "the queue holds the same keys as an epoch ago: nothing is pushed into it."
    if settings.schedule != "constant" and learner.steps > len(learner.plan) and _rates(learner) == before.rates:
        yield (
            "schedule",
            "the learning rate is what it was an epoch ago: the schedule does nothing. Say schedule='constant' if that "
            "is meant.",
        )
    if frozen := _frozen_partners(learner):
        yield "partners", frozen


def _counted(names: Iterable[str]) -> str:
    """How many parameters, and the first few of their names."""
    known = list(names)
    named = ", ".join(known[:NAMED]) + (", ..." if len(known) > NAMED else "")
    return f"{len(known)} parameters ({named})"


def _frozen_partners(learner: Learner) -> str | None:
    """The sentence where an epoch draws the partners of another one, though it could draw others."""
    plan = learner.plan
    if learner.settings.sample == "pairs" or not learner.settings.partners or learner.epochs_done > 1:
        return None
    first, second = (_drawn(plan, epoch) for epoch in (0, 1))
    common = np.array(sorted(first.keys() & second.keys())[:ANCHORS], np.int64)
    if not len(common):
        return None
    able = common[_certainty(plan.graph, common) <= CHANCE].tolist()
    same = [first[anchor] == second[anchor] for anchor in able]
    if len(same) < FEWEST or sum(same) <= SAME * len(same):
        return None
    return f"{sum(same) / len(same):.0%} of the partners are those of another epoch: their draws are frozen."


def _drawn(plan: Plan, epoch: int) -> dict[int, int]:
    """Anchors of an epoch with their partners: so many that two epochs share about ``ANCHORS`` of them."""
    rows = 2 * math.isqrt(ANCHORS * plan.graph.n)
    found: dict[int, int] = {}
    for step in range(len(plan)):
        found |= dict(plan.ids(epoch, step)[:2].T.tolist())
        if len(found) >= rows:
            break
    return found


def _certainty(graph: SimilarityGraph, rows: Array) -> Array:
    """A bound on the probability with which each of these rows draws its likeliest partner, float64 ``[rows]``."""
    found = np.zeros(len(rows))
    for share, part in graph.parts:
        mass = attraction_or_empty(part.root, part.vetoes, part.n, rows).astype(np.float64)
        own = part.self_weight[rows]
        largest = np.maximum(np.asarray(mass.max(axis=1).todense()).reshape(-1), own)
        total = np.asarray(mass.sum(axis=1)).reshape(-1) + own
        found += share * np.divide(largest, total, out=np.ones(len(rows)), where=total > 0)
    return found


def _rates(learner: Learner) -> list[float]:
    return [float(group["lr"]) for group in learner.optimizer.param_groups]


@torch.no_grad()
def _sums(parameters: Iterable[Tensor]) -> Tensor:
    """One number that changes when any of the parameters does, on their device."""
    return torch.stack([parameter.double().sum() + parameter.double().square().sum() for parameter in parameters]).sum()
