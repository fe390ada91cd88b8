"""What happens around the steps of a run: measuring, telling, saving, mining anew, stopping in time."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import Tensor

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, require_fit
from likewise.methods.features import embed
from likewise.space import Space
from likewise.training.alarms import Alarms
from likewise.training.callbacks import TrainingState, call
from likewise.training.checkpoints import state_of
from likewise.training.devices import from_first_rank, over_ranks
from likewise.training.learner import Learner
from likewise.training.loop import Watcher
from likewise.training.monitors import Watch, collapse_warning, measure
from likewise.training.plan import Remine
from likewise.training.selection import Selection, pair_auc, without_pairs
from likewise.training.stopping import Stopping
from likewise.training.telling import Teller
from likewise.training.writing import Writer

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass
class Pace:
    """Counts what an epoch took in this sitting."""

    samples: int = 0
    began: float = field(default_factory=time.perf_counter)
    waited: float = 0.0

    def found(self, waited: float) -> dict[str, float]:
        """Samples (views) a second, and the share of the time spent waiting for data."""
        spent = time.perf_counter() - self.began
        return {"images_per_second": self.samples / spent, "waiting": (waited - self.waited) / spent}


class RunWatcher(Watcher):
    """Measures, tells, saves and mines anew, and stops when it is time.

    The first rank watches, tells, decides and writes; the others follow what it decided.

    Args:
        writer: of the run's folder.
        watch: what to measure.
        teller: what a person sees.
        stopping: why to stop early.
        selection: which encoder is kept.
        callbacks: the user's.
        remine: builds a new graph every ``settings.remine`` epochs.
        save_every: seconds between checkpoints.
        begins_with: the graph of a run that begins now, as it was given; None where one goes on.
    """

    def __init__(
        self,
        writer: Writer,
        watch: Watch,
        teller: Teller,
        stopping: Stopping,
        selection: Selection,
        *,
        callbacks: Sequence[object] = (),
        remine: Remine | None = None,
        save_every: float = 30.0,
        begins_with: SimilarityGraph | None = None,
    ):
        self.writer, self.watch, self.teller, self.stopping = writer, watch, teller, stopping
        self.selection, self.callbacks, self.remine = selection, callbacks, remine
        self.save_every, self.given = save_every, begins_with
        self.saved, self.pace, self.improved, self.alarms = time.monotonic(), Pace(), False, Alarms()

    def started(self, learner: Learner, accelerator: Accelerator) -> None:
        """Write a new run, from which it can go on already."""
        self.accelerator = accelerator
        self.state = TrainingState(learner, self.stopping.ask, self._send)
        if self.given is not None and accelerator.is_main_process:
            self.writer.begin(self.given)
            self.writer.save(state_of(learner, self.selection), None, self._done(learner))
            self.writer.require_readable()
        self.pace = Pace()
        self.alarms.begin(learner)
        call(self.callbacks, "on_start", self.state)

    def stepped(self, learner: Learner, loss: Tensor, samples: int) -> None:
        """Count a batch, and say how far training is where that is due."""
        self.pace.samples += samples
        if self.teller.stepped():
            self.teller.tell_step(float(loss))
        self.state.loss = loss
        call(self.callbacks, "on_step", self.state)

    def epoch_done(self, learner: Learner) -> None:
        """Measure, tell, mine anew."""
        loss = float(learner.progress.loss) / len(learner.plan)  # waits for the device: the pace below is true
        done, assumed = learner.epochs_done, learner.loader
        found = {"loss": loss, **self.pace.found(0.0 if assumed is None else assumed.waited)}
        self._require_finite(learner)
        last = learner.finished or self.stopping.due
        alarms = self.alarms.epoch_done(learner)
        if self.accelerator.is_main_process:
            self._measure(learner, done, found, last)
            self._warn(done, alarms + self.alarms.once("collapse", collapse_warning(found)))
        every = learner.settings.remine
        if self.remine is not None and every and not learner.finished and done % every == 0:
            self.teller.doing = "building the graph anew"
            self._mine(learner, done)
        self.state.logged = {}
        self.pace = Pace(waited=0.0 if assumed is None else assumed.waited)

    def updated(self, learner: Learner) -> bool:
        """Save where that is due, and say whether to stop."""
        due = time.monotonic() - self.saved >= self.save_every
        flags = over_ranks(self.accelerator, self.stopping.due, due, self.improved, self.stopping.signal)
        stop, self.stopping.signal = bool(flags[0]), int(flags[3])
        if any(flags[:3]) or learner.finished:
            self._require_finite(learner)
            self.teller.doing = "saving"
            if self.accelerator.is_main_process:
                kept = learner.method.encoder if self.improved or self.selection.writes else None
                self.writer.save(state_of(learner, self.selection), kept, self._done(learner))
            self.accelerator.wait_for_everyone()
            self.saved, self.improved = time.monotonic(), False
        if stop or learner.finished:
            call(self.callbacks, "on_end", self.state)
        return stop

    def _done(self, learner: Learner) -> dict[str, object]:
        chosen = {} if self.selection.epoch == 0 else {"epoch": self.selection.epoch, "measure": self.selection.best}
        return {
            "steps_done": learner.progress.step,
            "epochs_done": learner.epochs_done,
            "finished": learner.finished,
            "mined": learner.progress.mined,
            "kept": chosen,
        }

    def _measure(self, learner: Learner, done: int, found: dict[str, float], last: bool) -> None:
        if self.watch.due(done, last):
            self.teller.doing = "measuring"
            found |= measure(learner, self.watch)
            if self.selection.pairs is not None:
                method, seed = learner.method, learner.settings.seed
                found["pair_auc"] = pair_auc(
                    method.encoder, learner.samples, learner.normalize, self.selection.pairs, seed
                )
        self.state.metrics = found
        call(self.callbacks, "on_epoch", self.state)
        found |= self.state.logged
        self.writer.note(done, found)
        self._send(found)
        if self.watch.due(done, learner.finished):  # what is measured as a run stops must not change what it keeps
            self.improved = self.selection.improved(done, found)
        self.teller.tell_epoch(done, found)

    def _warn(self, done: int, problems: Sequence[str]) -> None:
        for problem in problems:
            self.writer.record.setdefault("warnings", []).append(f"epoch {done}: {problem}")
            warnings.warn(f"epoch {done}: {problem}", stacklevel=2)

    def _send(self, found: dict[str, float]) -> None:
        self.accelerator.log(found, step=self.state.learner.progress.updates)

    def _require_finite(self, learner: Learner) -> None:
        broken = not math.isfinite(float(learner.progress.loss))
        if any(over_ranks(self.accelerator, broken)):
            at = -(-learner.progress.step // len(learner.plan))
            raise LikewiseError(
                f"the loss of epoch {at} is not finite: lower the learning rate or train in float32 "
                f"(the last step that was saved: {self.writer.steps_done or 'none'})."
            )

    def _mine(self, learner: Learner, epoch: int) -> None:
        assert self.remine is not None
        array = None
        if self.accelerator.is_main_process:  # batch statistics differ from rank to rank, and so would their graphs
            encoder, device = learner.method.encoder, self.accelerator.device
            array = embed(encoder, learner.samples, learner.normalize, device=device, quiet=True)
        array = from_first_rank(self.accelerator, array)
        space = Space(array, name=f"epoch {epoch}", keys=learner.graph.keys)
        graph = require_fit(self.remine(space, epoch), learner.samples)
        learner.plan.use(without_pairs(graph, self.selection.pairs))
        learner.progress.mined = epoch
        if self.accelerator.is_main_process:
            self.writer.keep_graph(epoch, learner.graph)
