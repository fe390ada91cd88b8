"""What happens around the epochs: measuring, telling, saving, re-mining, stopping in time."""

from __future__ import annotations

import os
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import torch

from likewise.graph import SimilarityGraph, require_fit
from likewise.space import Space
from likewise.training.features import embed
from likewise.training.learner import Learner
from likewise.training.monitors import Watch, collapse_warning, measure
from likewise.training.run_folder import WEIGHTS, append_metrics, save_weights, write_json

Remine = Callable[[Space, int], SimilarityGraph]
"""Builds a graph from the space of the network in training and the epoch: ``build(space, epoch) -> graph``."""


class Clock(lightning.Callback):
    """Measures the pace: images a second, and the share of the time spent waiting for data."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin an epoch."""
        self.images, self.waited, self.loss = 0, 0.0, torch.zeros(())
        self.steps = 0
        self.began = self.ended = time.perf_counter()

    def on_train_epoch_start(self, trainer: Any, learner: Any) -> None:
        """Begin counting."""
        self.reset()

    def on_train_batch_start(self, trainer: Any, learner: Any, batch: Any, index: int) -> None:
        """What passed since the last batch was waiting."""
        self.waited += time.perf_counter() - self.ended

    def on_train_batch_end(self, trainer: Any, learner: Any, outputs: Any, batch: Any, index: int) -> None:
        """Count a batch; the loss is summed on the device, without waiting for it."""
        self.images += batch[0].numel()
        self.steps += 1
        self.loss = self.loss.to(learner.last["loss"].device) + learner.last["loss"]
        self.ended = time.perf_counter()

    def found(self) -> dict[str, float]:
        """The epoch so far."""
        loss = float(self.loss) / max(self.steps, 1)  # waits for the device, so that the time below is true
        spent = time.perf_counter() - self.began
        return {"loss": loss, "images_per_second": self.images / spent, "waiting": self.waited / spent}


class Keeper(lightning.Callback):
    """Measures, tells, saves and re-mines at the end of epochs, and stops when the time is up.

    Args:
        folder: of the run.
        record: what run.json holds.
        watch: what to measure each epoch.
        clock: the pace.
        remine: builds a new graph every ``settings.remine`` epochs.
        save_every: seconds between checkpoints; the last epoch always saves.
        minutes: stop after the epoch in which so many have passed; the run can be resumed.
        quiet: tell nothing but warnings.
    """

    def __init__(
        self,
        folder: Path,
        record: dict[str, Any],
        watch: Watch,
        clock: Clock,
        *,
        remine: Remine | None,
        save_every: float,
        minutes: float | None,
        quiet: bool,
    ):
        self.folder, self.record, self.watch, self.clock = folder, record, watch, clock
        self.remine, self.save_every, self.minutes, self.quiet = remine, save_every, minutes, quiet
        self.started = self.saved = self.told = time.monotonic()
        self.before, self.warned = record["epochs_done"], False

    def on_train_epoch_end(self, trainer: Any, learner: Any) -> None:
        """Measure, tell, re-mine, save."""
        pace = self.clock.found()
        done = trainer.current_epoch + 1
        last = done == learner.settings.epochs
        found = pace | measure(learner, self.watch)
        if trainer.is_global_zero:
            append_metrics(self.folder / "metrics.csv", done, found)
            if trainer.logger is not None:
                trainer.logger.log_metrics(found, step=trainer.global_step)
            self._tell(done, learner.settings.epochs, found)
        if self.remine is not None and learner.settings.remine and not last and done % learner.settings.remine == 0:
            self._mine(learner, done)
        over = self.minutes is not None and time.monotonic() - self.started > 60 * self.minutes
        if last or over or time.monotonic() - self.saved >= self.save_every:
            self._save(trainer, learner, done, finished=last)
        if over and not last:
            trainer.should_stop = True

    def _tell(self, done: int, wanted: int, found: dict[str, float]) -> None:
        problem = collapse_warning(found)
        if problem is not None and not self.warned:
            self.warned = True
            self.record["warnings"] = [*self.record.get("warnings", []), f"epoch {done}: {problem}"]
            warnings.warn(f"epoch {done}: {problem}", stacklevel=2)
        if self.quiet or (time.monotonic() - self.told < 2 and done not in (1, wanted)):
            return
        self.told = time.monotonic()
        left = (self.told - self.started) / max(done - self.before, 1) * (wanted - done)
        knn = f"  kNN {found['knn']:.1%}" if "knn" in found else ""
        print(
            f"epoch {done:>4}/{wanted}  loss {found['loss']:.4f}{knn}  RankMe {found['rankme']:.1f}"
            f"  {found['images_per_second']:,.0f} images/s, waiting {found['waiting']:.1%}  {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )

    def _mine(self, learner: Learner, epoch: int) -> None:
        assert self.remine is not None
        device = learner.device
        array = embed(learner.method.encoder, learner.samples, learner.normalize, device=device, quiet=True)
        space = Space(array, name=f"epoch {epoch}", keys=learner.graph.keys)
        learner.mine(require_fit(self.remine(space, epoch), learner.samples))

    def _save(self, trainer: Any, learner: Learner, done: int, *, finished: bool) -> None:
        """The graph first, the checkpoint next, the record last: whatever it says is there, is there."""
        if trainer.is_global_zero and self.remine is not None:
            learner.graph.save(self.folder / f"graph-{done}")
        work = self.folder / "checkpoint.tmp"
        trainer.save_checkpoint(work)
        if trainer.is_global_zero:
            os.replace(work, self.folder / "checkpoint.ckpt")
            save_weights(learner.method.encoder, self.folder / WEIGHTS)
            self.record |= {"epochs_done": done, "finished": finished}
            write_json(self.folder / "run.json", self.record)
            for old in self.folder.glob("graph-*"):
                if self.remine is not None and old.name != f"graph-{done}":
                    shutil.rmtree(old)
        self.saved = time.monotonic()
