"""What is trained, on what: a method, its samples, the plan of batches, and how far training has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, nn

from likewise.arrays import moved
from likewise.data import Samples
from likewise.graph import SimilarityGraph
from likewise.randomness import seed_global, seed_of, torch_generator
from likewise.relation import Relation
from likewise.settings import Settings
from likewise.training.optimizers import (
    OptimizerFactory,
    Schedule,
    SchedulerFactory,
    build_optimizer,
    build_scheduler,
    freeze_parts,
)
from likewise.training.plan import Loader, Plan
from likewise.views import Normalize

if TYPE_CHECKING:
    from accelerate import Accelerator

    from likewise.methods import JointEmbedding

DEVICE_SHARE = 0.5
"""Samples live on an accelerator when they take at most this share of its free memory."""


class MakesViews(Protocol):
    """Makes one view of a batch: what ``likewise.views.make_views`` gives."""

    def __call__(self, x: Tensor, view: int = 0, generator: torch.Generator | None = None) -> Tensor:
        """float32 view number ``view`` of samples ``[B, ...]``."""


@dataclass
class Progress:
    """How far training has come; a checkpoint holds it.

    Attributes:
        step: batches that were trained on, in all epochs.
        updates: steps that the optimizer took.
        loss: the sum of the losses of this epoch's batches, on the device.
        mined: the epoch after which the graph was built anew the last time; 0: never.
    """

    step: int = 0
    updates: int = 0
    loss: Tensor = field(default_factory=lambda: torch.zeros(()))
    mined: int = 0


@dataclass
class Learner:
    """A method, the samples that it learns from, and the optimizer that moves it.

    Attributes:
        method: its encoder is what training is for.
        samples: what to train on.
        plan: which of them meet in which step; re-mining replaces its graph.
        views: makes view number v of a batch.
        normalize: of the encoder's input, where views are not made.
        optimizer, scheduler: what moves the parameters, and what sets the learning rate.
        frozen: parts of the encoder that stay in evaluation mode.
        held: their parameters, which get no gradient while this trains.
        workers: processes that read samples which are not in memory.
        progress: how far training has come.
        pixels: the samples on the device, where they fit.
    """

    method: JointEmbedding
    samples: Samples
    plan: Plan
    views: MakesViews
    normalize: Normalize
    optimizer: torch.optim.Optimizer
    scheduler: torch.optim.lr_scheduler.LRScheduler
    frozen: Sequence[nn.Module] = ()
    held: Sequence[nn.Parameter] = ()
    workers: int = 0
    progress: Progress = field(default_factory=Progress)
    pixels: Tensor | None = None
    loader: Loader | None = None

    @property
    def settings(self) -> Settings:
        """How to train."""
        return self.plan.settings

    @property
    def graph(self) -> SimilarityGraph:
        """The graph that partners are drawn from."""
        return self.plan.graph

    @property
    def steps(self) -> int:
        """Batches of the whole run."""
        return self.settings.epochs * len(self.plan)

    @property
    def updates(self) -> int:
        """Optimizer steps of the whole run."""
        return updates_of(self.plan)

    @property
    def epochs_done(self) -> int:
        """Epochs that were trained to their end."""
        return self.progress.step // len(self.plan)

    @property
    def finished(self) -> bool:
        """Whether all is trained."""
        return self.progress.step >= self.steps

    def prepare(self, accelerator: Accelerator) -> nn.Module:
        """Move samples to the device where they fit, and prepare the method for the forward pass of training."""
        device = accelerator.device
        self.method.train()  # a module of the user's may come in evaluation mode
        for part in self.frozen:
            part.eval()
        if accelerator.num_processes > 1 and device.type == "cuda":
            # statistics of one device's part betray who its partner is
            self.method = nn.SyncBatchNorm.convert_sync_batchnorm(self.method)
        if self.settings.compile:
            self.method.compile()
        self.progress.loss = self.progress.loss.to(device)
        stored = self.samples.storage
        if stored is not None and fits(stored, device):
            self.pixels = moved(stored, device)
        self.loader = Loader(self.plan, self.samples, on_device=self.pixels is not None, workers=self.workers)
        model: nn.Module = accelerator.prepare_model(self.method)
        return model

    def batches(self, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        """The ids ``[V, B]`` and samples of the epoch's steps that are still to come, on the device."""
        assert self.loader is not None, "prepare the learner first"
        epoch, first = divmod(self.progress.step, len(self.plan))
        for ids, read in self.loader.epoch(epoch, first):
            yield ids.to(device, non_blocking=True), moved(read, device)

    def close(self) -> None:
        """End the processes that read samples, and let frozen parameters go."""
        for parameter in self.held:
            parameter.requires_grad_(True)
        if self.loader is not None:
            self.loader.close()

    def make_views(self, ids: Tensor, read: Tensor, *seed: int | str) -> list[Tensor]:
        """The V views ``[B, ...]`` of ids ``[V, B]``, changed on the device."""
        rows = self.pixels[ids] if self.pixels is not None else read
        generator = torch_generator(self.settings.seed, "views", *seed, device=rows.device)
        changed = [self.views(row, number, generator) for number, row in enumerate(rows)]
        return [view.contiguous(memory_format=self.samples.modality.memory_format) for view in changed]

    def relation(self, ids: Tensor) -> Relation:
        """The relation of a batch, over the queue where the loss spans it."""
        queue = self.method.queue if self.method.queue_columns else None
        return self.graph.relation(ids, None if queue is None else queue.ids)

    def seed_network(self, epoch: int, step: int, device: torch.device) -> None:
        """Seed dropout and the like: a function of (seed, epoch, step, rank), so that resuming needs no state."""
        seed_global(seed_of(self.settings.seed, "network", epoch, step, self.plan.rank), device)

    @torch.no_grad()
    def fill_queue(self, accelerator: Accelerator) -> None:
        """Fill the queue before its first use, by passes without gradient over random samples."""
        queue, plan, settings = self.method.queue, self.plan, self.settings
        if queue is None or queue.filled:
            return
        steps = -(-len(queue) // (settings.batch_size * settings.view_count * plan.world))
        with accelerator.autocast():
            for step in range(steps):
                ids = plan.ids(settings.epochs + step // len(plan), step % len(plan))
                read = ids if self.pixels is not None else self.samples.read(ids)
                views = self.make_views(
                    ids.to(accelerator.device), read.to(accelerator.device), "fill", step, plan.rank
                )
                queue.push(self.method.targets(torch.cat(views)), ids.to(accelerator.device).flatten())


def make_learner(
    accelerator: Accelerator,
    method: JointEmbedding,
    samples: Samples,
    plan: Plan,
    views: MakesViews,
    normalize: Normalize,
    *,
    optimizer: OptimizerFactory | torch.optim.Optimizer | None = None,
    schedule: Schedule | SchedulerFactory | None = None,
    workers: int = 0,
) -> Learner:
    """A learner at its first step: the method on its device, its frozen parts taken out, its optimizer made.

    Args:
        accelerator: where it trains.
        method: moved in place.
        samples: what it trains on.
        plan: its batches, and its settings.
        views: makes view number v of a batch.
        normalize: of the encoder's input, where views are not made.
        optimizer: as ``build_optimizer`` has it.
        schedule: as ``build_scheduler`` has it.
        workers: processes that read samples which are not in memory.
    """
    settings = plan.settings
    method.to(accelerator.device)
    method.to(memory_format=samples.modality.memory_format)
    copies = [method.encoder] if method.target is None else [method.encoder, method.target.get_submodule("0")]
    free = [p for p in method.parameters() if p.requires_grad]
    frozen = [part for encoder in copies for part in freeze_parts(encoder, settings.freeze)]
    made = build_optimizer(method.trainable(), settings, accelerator.num_processes, optimizer)
    scheduler = build_scheduler(made, settings, updates_of(plan), schedule)
    held = [p for p in free if not p.requires_grad]
    return Learner(method, samples, plan, views, normalize, made, scheduler, frozen, held, workers)


def updates_of(plan: Plan) -> int:
    """Optimizer steps of a whole run: batches are accumulated within an epoch."""
    return plan.settings.epochs * -(-len(plan) // plan.settings.accumulate)


def fits(stored: Tensor, device: torch.device) -> bool:
    """Whether samples in memory may live on the device."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return stored.nbytes <= DEVICE_SHARE * free
