"""The training loop, from top to bottom: ids, views, relation, loss, step, follow, watch, save."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError
from likewise.training.devices import release
from likewise.training.learner import Learner

if TYPE_CHECKING:
    from accelerate import Accelerator


class Watcher:
    """What happens around the steps; this one does nothing. It may save, tell, and ask training to stop."""

    def started(self, learner: Learner, accelerator: Accelerator) -> None:
        """Before the first step."""

    def stepped(self, learner: Learner, loss: Tensor, samples: int) -> None:
        """After each batch, whose loss is on the device; reading it waits for the device."""

    def updated(self, learner: Learner) -> bool:
        """After each step of the optimizer, where a checkpoint may be written; True asks training to stop."""
        del learner
        return False

    def epoch_done(self, learner: Learner) -> None:
        """After the last step of an epoch, before ``updated``; the epoch's sum of losses is still there."""


class EpochLosses(Watcher):
    """Keeps the mean loss of each epoch, and refuses to go on where it is not finite.

    Args:
        what: is trained, for the error.
        advance: hears how many samples each batch had.
    """

    def __init__(self, what: str, advance: Callable[[int], None] | None = None):
        self.what, self.advance = what, advance
        self.losses: list[float] = []

    def stepped(self, learner: Learner, loss: Tensor, samples: int) -> None:
        """Move the bar on."""
        if self.advance is not None:
            self.advance(samples)

    def epoch_done(self, learner: Learner) -> None:
        """Add the epoch's mean."""
        self.losses.append(float(learner.progress.loss) / len(learner.plan))
        if not math.isfinite(self.losses[-1]):
            raise LikewiseError(f"{self.what} diverged in epoch {len(self.losses)}: lower the learning rate.")


def train(learner: Learner, accelerator: Accelerator, watcher: Watcher) -> None:
    """Train from where the learner stands to its last step, or until the watcher asks to stop."""
    model = learner.prepare(accelerator)
    try:
        _train(model, learner, accelerator, watcher)
    finally:
        learner.close()
        release(learner.method)


def _train(model: nn.Module, learner: Learner, accelerator: Accelerator, watcher: Watcher) -> None:
    """The loop."""
    settings, plan, progress = learner.settings, learner.plan, learner.progress
    method, optimizer, scheduler = learner.method, learner.optimizer, learner.scheduler
    learner.fill_queue(accelerator)
    watcher.started(learner, accelerator)
    while not learner.finished:
        for ids, read in learner.batches(accelerator.device):
            epoch, step = divmod(progress.step, len(plan))
            last = step + 1 == len(plan)
            complete = last or (step + 1) % settings.accumulate == 0  # the sum of gradients that a step needs
            learner.seed_network(epoch, step, accelerator.device)
            views = learner.make_views(ids, read, epoch, step, plan.rank)
            relation = learner.relation(ids)
            with nullcontext() if complete else accelerator.no_sync(model):
                q, k = model(views)
                loss = method.loss(q, k, relation)
                accelerator.backward(loss / settings.accumulate)
            method.remember(q if k is None else k, ids)
            if complete:
                optimizer.step()
                optimizer.zero_grad()
                scheduler.step()
                progress.updates += 1
                method.follow(progress.updates / learner.updates)
            progress.step += 1
            progress.loss += loss.detach()
            watcher.stepped(learner, loss.detach(), ids.numel())
            if last:
                watcher.epoch_done(learner)
                progress.loss = torch.zeros_like(progress.loss)
            if complete and watcher.updated(learner):
                return
