"""What happens around the epochs: measuring, telling, saving, re-mining, stopping in time."""

from __future__ import annotations

import math
import sys
import time
import warnings
from typing import Any

import lightning
import torch

from likewise.errors import LikewiseError
from likewise.graph import require_fit
from likewise.space import Space
from likewise.training.features import embed
from likewise.training.learner import Learner
from likewise.training.monitors import Watch, collapse_warning, measure
from likewise.training.plan import Remine
from likewise.training.writing import Writer


class Clock(lightning.Callback):
    """Measures the pace of an epoch: images a second, and the share of the time spent waiting for data."""

    def __init__(self) -> None:
        self.images, self.steps, self.loss = 0, 0, torch.zeros(())
        self.began, self.waited = time.perf_counter(), 0.0

    def on_train_epoch_start(self, trainer: Any, learner: Any) -> None:
        """Begin counting."""
        self.images, self.steps, self.loss = 0, 0, torch.zeros((), device=learner.device)
        self.began, self.waited = time.perf_counter(), learner.loader.waited

    def on_train_batch_end(self, trainer: Any, learner: Any, outputs: Any, batch: Any, index: int) -> None:
        """Count a batch; the loss is summed on the device, without waiting for it."""
        self.images += batch[0].numel()
        self.steps += 1
        self.loss += learner.loss

    def found(self, learner: Any) -> dict[str, float]:
        """The epoch so far."""
        loss = float(self.loss) / max(self.steps, 1)  # waits for the device, so that the time below is true
        spent, waited = time.perf_counter() - self.began, learner.loader.waited - self.waited
        return {"loss": loss, "images_per_second": self.images / spent, "waiting": waited / spent}


class Keeper(lightning.Callback):
    """Measures, tells, saves and re-mines at the end of epochs, and stops when the time is up.

    The first rank watches, tells, decides and writes; the others follow what it decided.

    Args:
        writer: of the run's folder.
        watch: what to measure.
        clock: the pace.
        remine: builds a new graph every ``settings.remine`` epochs.
        save_every: seconds between checkpoints; the last epoch always saves.
        minutes: stop after the epoch in which so many have passed; the run can be resumed.
        quiet: tell nothing but warnings.
    """

    def __init__(
        self,
        writer: Writer,
        watch: Watch,
        clock: Clock,
        *,
        remine: Remine | None,
        save_every: float,
        minutes: float | None,
        quiet: bool,
    ):
        self.writer, self.watch, self.clock, self.remine = writer, watch, clock, remine
        self.save_every, self.seconds, self.quiet = save_every, math.inf if minutes is None else 60 * minutes, quiet
        self.started = self.saved = self.told = time.monotonic()
        self.before, self.warned = writer.epochs_done, False

    def on_train_epoch_end(self, trainer: Any, learner: Any) -> None:
        """Measure, tell, re-mine, save."""
        done, wanted, every = trainer.current_epoch + 1, learner.settings.epochs, learner.settings.remine
        pace, now = self.clock.found(learner), time.monotonic()
        verdict = (math.isfinite(pace["loss"]), now - self.started >= self.seconds, now - self.saved >= self.save_every)
        sound, over, due = trainer.strategy.broadcast(verdict)
        if not sound:
            raise LikewiseError(
                f"the loss of epoch {done} is not finite: lower the learning rate or train in float32 "
                f"(the last epoch that was saved: {self.writer.epochs_done or 'none'})."
            )
        last = done == wanted
        if trainer.is_global_zero:
            self._watch(trainer, learner, done, pace, last or over)
        if self.remine is not None and every and not last and done % every == 0:
            self._mine(trainer, learner, done)
        if last or over or due:
            self.writer.save(trainer, learner, done, mined=self.remine is not None)
            self.saved = time.monotonic()
        if over and not last:
            trainer.should_stop = True

    def _watch(self, trainer: Any, learner: Learner, done: int, pace: dict[str, float], last: bool) -> None:
        found = pace | (measure(learner, self.watch) if self.watch.due(done, last) else {})
        self.writer.note(done, found)
        if trainer.logger is not None:
            trainer.logger.log_metrics(found, step=trainer.global_step)
        problem = collapse_warning(found) if "std" in found else None
        if problem is not None and not self.warned:
            self.warned = True
            self.writer.record.setdefault("warnings", []).append(f"epoch {done}: {problem}")
            warnings.warn(f"epoch {done}: {problem}", stacklevel=2)
        if not self.quiet:
            self._tell(done, learner.settings.epochs, found)

    def _tell(self, done: int, wanted: int, found: dict[str, float]) -> None:
        if time.monotonic() - self.told < 2 and done not in (1, wanted):
            return
        self.told = time.monotonic()
        left = (self.told - self.started) / (done - self.before) * (wanted - done)
        knn = f"  kNN {found['knn']:.1%}" if "knn" in found else ""
        rank = f"  RankMe {found['rankme']:.1f}" if "rankme" in found else ""
        print(
            f"epoch {done:>4}/{wanted}  loss {found['loss']:.4f}{knn}{rank}"
            f"  {found['images_per_second']:,.0f} samples/s, waiting {found['waiting']:.1%}  {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )

    def _mine(self, trainer: Any, learner: Learner, epoch: int) -> None:
        assert self.remine is not None
        array = None
        if trainer.is_global_zero:  # batch statistics differ from rank to rank, and so would their graphs
            encoder = learner.method.encoder
            array = embed(encoder, learner.samples, learner.normalize, device=learner.device, quiet=True)
        space = Space(trainer.strategy.broadcast(array), name=f"epoch {epoch}", keys=learner.graph.keys)
        learner.plan.use(require_fit(self.remine(space, epoch), learner.samples))
