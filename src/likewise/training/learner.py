"""The training step: samples by id, views, relation, loss."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor

from likewise.data import Samples
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding
from likewise.randomness import seed_of, torch_generator
from likewise.relation import Relation
from likewise.training.optimizers import build_optimizer, share_of_peak
from likewise.training.plan import Loader, Plan, make_loader
from likewise.training.settings import Settings
from likewise.views import Normalize, Views

DEVICE_SHARE = 0.5
"""Samples live on an accelerator when they take at most this share of its free memory."""


class Learner(lightning.LightningModule):
    """Trains a joint-embedding method on samples whose partners a graph draws.

    Attributes:
        method: the method; its encoder is what training is for.
        plan: which samples meet in which step; re-mining replaces its graph.
        loss: of the last step, on the device.
    """

    def __init__(
        self,
        method: JointEmbedding,
        samples: Samples,
        plan: Plan,
        views: Views,
        normalize: Normalize,
        workers: int,
    ):
        super().__init__()
        self.method, self.samples, self.plan = method, samples, plan
        self.views, self.normalize, self.workers = views, normalize, workers
        self.pixels: Tensor | None = None
        self.loss = torch.zeros(())
        image = samples.kind == "image"
        self.memory_format = torch.channels_last if image else torch.contiguous_format
        self.method.to(memory_format=self.memory_format).train()  # a module of the user's may come in evaluation mode
        if self.settings.compile:
            self.method.compile()

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
        """How many steps the optimizer takes in all epochs."""
        return self.settings.epochs * -(-len(self.plan) // self.settings.accumulate)

    # -- data --------------------------------------------------------------------------------------------------

    def setup(self, stage: str) -> None:
        """Plan the batches of this rank and move the samples to the device where they fit."""
        del stage
        here = self.trainer.global_rank, self.trainer.world_size
        if here != (self.plan.rank, self.plan.world):
            self.plan = Plan(self.graph, self.settings, *here)
        device = self.trainer.strategy.root_device
        stored = self.samples.storage
        if stored is not None and fits(stored, device):
            self.pixels = stored.to(device)

    def train_dataloader(self) -> Loader:
        """The ids of each step, with their samples unless these live on the device."""
        self.loader = make_loader(self.plan, self.samples, on_device=self.pixels is not None, workers=self.workers)
        return self.loader

    def make_views(self, ids: Tensor, read: Tensor, *seed: int | str) -> list[Tensor]:
        """The V views ``[B, ...]`` of ids ``[V, B]``, changed on the device."""
        rows = self.pixels[ids] if self.pixels is not None else read
        generator = torch_generator(self.settings.seed, "views", *seed, device=rows.device)
        changed = [self.views(row, number, generator) for number, row in enumerate(rows)]
        return [view.contiguous(memory_format=self.memory_format) for view in changed]

    def relation(self, ids: Tensor) -> Relation:
        """The relation of a batch, over the queue where the loss spans it."""
        queue = self.method.queue if self.method.queue_columns else None
        return self.graph.relation(ids, None if queue is None else queue.ids)

    # -- steps -------------------------------------------------------------------------------------------------

    def on_fit_start(self) -> None:
        """Fill the queue before its first use, by passes without gradient over random samples."""
        queue, plan = self.method.queue, self.plan
        if queue is None or queue.filled:
            return
        steps = -(-len(queue) // (self.settings.batch_size * self.settings.view_count * plan.world))
        with torch.no_grad(), self.trainer.precision_plugin.forward_context():
            for step in range(steps):
                ids = plan.ids(self.settings.epochs + step // len(plan), step % len(plan)).to(self.device)
                read = ids if self.pixels is not None else self.samples.read(ids).to(self.device)
                views = self.make_views(ids, read, "fill", step, plan.rank)
                queue.push(self.method.targets(torch.cat(views)), ids.flatten())

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """One batch: views of its samples, its relation, its loss."""
        ids, read = batch
        if index == 0:  # for dropout and the like; a run goes on only from the start of an epoch, so once will do
            torch.manual_seed(seed_of(self.settings.seed, "network", self.current_epoch, self.global_rank))
        views = self.make_views(ids, read, self.current_epoch, index, self.global_rank)
        q, k = self.method(views)
        loss = self.method.loss(q, k, self.relation(ids))
        self.method.remember(q if k is None else k, ids)
        self.loss = loss.detach()
        return loss

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """A step of the optimizer, after which the momentum copy follows."""
        super().optimizer_step(*args, **kwargs)
        self.method.follow(min(1.0, (self.global_step + 1) / self.steps))

    def configure_optimizers(self) -> Any:
        """The optimizer, with a warm-up and a cosine over the optimizer's steps."""
        optimizer = build_optimizer(self.method.trainable(), self.settings, self.trainer.world_size)
        total, epochs = self.steps, self.settings.epochs
        warmup = round(total * min(self.settings.warmup, epochs // 2) / epochs)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_peak(step, warmup, total))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fits(stored: Tensor, device: torch.device) -> bool:
    """Whether samples in memory may live on the device."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return stored.nbytes <= DEVICE_SHARE * free
