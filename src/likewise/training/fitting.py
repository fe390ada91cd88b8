"""Training a joint-embedding method on a similarity graph: what is asked for becomes a learner, and a run is kept."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.data import Samples, require_samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding, build_encoder, make_method
from likewise.methods.encoders import EncoderSpec
from likewise.randomness import own_randomness
from likewise.registry import described_function
from likewise.settings import Execution, Settings
from likewise.training import loop
from likewise.training.arguments import Parts, read_arguments
from likewise.training.callbacks import require_callbacks
from likewise.training.checkpoints import read_checkpoint, restore
from likewise.training.devices import is_first_process, own_accelerator, world_size
from likewise.training.learner import Learner, make_learner
from likewise.training.monitors import Watch
from likewise.training.plan import Plan
from likewise.training.preparing import default_batch, graph_of, hold_out, warn_of_identical_pairs
from likewise.training.records import describe_run, new_record, require_same_run
from likewise.training.run_folder import RECORD, TrainedRun, checkpoint, read_record, require_free
from likewise.training.selection import Selection, hold_out_pairs, without_pairs
from likewise.training.starting import take_weights
from likewise.training.stopping import Stopping, leave
from likewise.training.telling import Teller
from likewise.training.trackers import flat, make_trackers
from likewise.training.watching import RunWatcher
from likewise.training.writing import Writer
from likewise.views import make_views, statistics

if TYPE_CHECKING:
    from accelerate import Accelerator


def train(samples: Samples, graph: SimilarityGraph | None = None, **options: Any) -> TrainedRun:
    """Train an encoder on samples whose positives come from a graph, and return its run.

    With labels, a share ``monitor`` of the samples is held out of training and of the graph to measure kNN accuracy.
    With ``resume`` a run goes on from its last step; on the same machine the weights come out as if it had never been
    stopped. Parts that were given as objects must be given again.

    Ctrl-C and SIGTERM finish the step, save, and leave with exit code 130 and 143; the run can be resumed from there.
    A run that ends by an error in its first epoch, before it saved a step, leaves its folder free for another try.

    Args:
        samples: what to train on.
        graph: who is alike; None: every sample is alike itself alone (SSL by augmentation), or with ``resume`` the
            graph of the run.
        options: ``out=``, the folder of the run, which must be new unless ``resume``; the fields of ``Settings`` and
            ``Execution`` (``likewise.settings``), and options of the method.

    Raises:
        LikewiseError: the graph does not fit the samples, a name or an option is unknown, the batch is larger than the
            data, the folder is in use, a resumed run was started otherwise, the loss is NaN, or the disk is full.
        KeyboardInterrupt: Ctrl-C, once all is saved.
        SystemExit: SIGTERM, once all is saved; its code is 143.
    """
    began = time.monotonic()
    require_samples(samples)
    settings, parts, execution = read_arguments(options)
    if "batch_size" not in options:
        settings = replace(settings, batch_size=default_batch(samples, settings.monitor))
    if execution.out is None:
        raise LikewiseError("say where the run is kept: out=.")
    if execution.remine_with is None and settings.remine:
        raise LikewiseError("remine= says how often, but not how: give remine_with=, build(space, epoch) -> graph.")
    _require_world(execution.devices)
    callbacks, folder = require_callbacks(execution.callbacks), Path(execution.out)
    trackers, before = make_trackers(execution.logger, folder), _find(folder, execution.resume, execution.quiet)
    training, held_out = hold_out(samples, settings, execution.quiet)
    graph, given = graph_of(samples, training, graph, before)
    with own_accelerator(settings, trackers) as accelerator, own_randomness(settings.seed):
        learner, selection, record = _learner(
            accelerator, training, graph, given, settings, parts, execution, before
        )  # fmt: skip
        if before is not None and before.finished:
            if accelerator.is_main_process:
                Writer(folder, record).clean()  # what a run that was killed as it ended left behind
            return before
        if trackers:
            accelerator.init_trackers("likewise", flat(settings.as_json()))
        watcher = RunWatcher(
            Writer(folder, record),
            Watch.over(training, held_out, learner.plan),
            Teller(settings.epochs, len(learner.plan), learner.progress.step, quiet=execution.quiet),
            Stopping(execution.minutes, began),
            selection,
            callbacks=callbacks,
            remine=execution.remine_with,
            save_every=execution.save_every,
            begins_with=graph if before is None else None,
        )
        _run(learner, accelerator, watcher)
    return TrainedRun.load(folder)


def _learner(
    accelerator: Accelerator,
    training: Samples,
    graph: SimilarityGraph,
    given: SimilarityGraph | None,
    settings: Settings,
    parts: Parts,
    execution: Execution,
    before: TrainedRun | None,
) -> tuple[Learner, Selection, dict[str, Any]]:
    """The learner of a new run, or that of an earlier one where it stopped; with its selection and its record."""
    method, spec = _method(parts, settings, training)
    normalize = statistics(training)
    views = make_views(parts.chosen("views", settings), training, normalize=normalize)
    warn_of_identical_pairs(graph, views, settings)
    identity, selection = (
        describe_run(settings, spec, training, normalize, given, accelerator.num_processes),
        Selection(settings.keep),
    )
    state = None
    if before is not None:
        require_same_run(before, identity)
        state = read_checkpoint(checkpoint(before.path, before.record["steps_done"]))
        graph = without_pairs(graph, state["selection"]["pairs"])
    elif settings.keep == "pairs":
        graph, selection.pairs = hold_out_pairs(graph, settings.seed)
    plan = Plan(graph, settings, accelerator.process_index, accelerator.num_processes)
    record = new_record(identity, graph, plan) if before is None else dict(before.record)
    if before is None and execution.start_from is not None:
        record["started_from"] = take_weights(method, execution.start_from)
    if before is None and execution.remine_with is not None:
        record["remine_with"] = described_function(execution.remine_with)
    learner = make_learner(
        accelerator, method, training, plan, views, normalize,
        optimizer=parts.optimizer, schedule=parts.schedule, workers=_workers(execution.workers),
    )  # fmt: skip
    if state is not None:
        restore(learner, selection, state)
    return learner, selection, record


def _run(learner: Learner, accelerator: Accelerator, watcher: RunWatcher) -> None:
    """Train until the end or a wish to stop; an error in the first epoch takes a run that saved nothing away."""
    writer, teller, stopping = watcher.writer, watcher.teller, watcher.stopping
    try:
        with stopping, teller.heartbeat():
            loop.train(learner, accelerator, watcher)
    except Exception:
        if accelerator.is_main_process:
            writer.discard()
        raise
    finally:
        for tracker in accelerator.trackers:
            tracker.finish()
    if stopping.signal:
        teller.say(
            f"stopped by a signal: step {learner.progress.step:,} of {learner.steps:,} is saved in {writer.folder}; "
            "resume goes on from there"
        )
    elif writer.record.get("kept") and accelerator.is_main_process:
        teller.say(f"the encoder of epoch {watcher.selection.epoch} is kept ({learner.settings.keep})")
    leave(stopping.signal)


def _method(parts: Parts, settings: Settings, training: Samples) -> tuple[JointEmbedding, EncoderSpec]:
    """The method of a run, and how its encoder is built again."""
    method, chosen = parts.method, partial(parts.chosen, settings=settings)
    ready = method if isinstance(method, JointEmbedding) else None
    net, spec = build_encoder(
        chosen("encoder") if ready is None or chosen("encoder") is not None else ready.encoder,
        training.shape,
        pretrained=settings.pretrained,
        width=settings.width,
        output=chosen("output"),
        options=settings.encoder_options,
        modality=training.modality,
    )
    made = make_method(
        chosen("method"), net, spec.features, len(training),
        loss=chosen("loss"), projector=chosen("projector"), predictor=chosen("predictor"), options=settings.options,
    )  # fmt: skip
    return made, spec


def _find(folder: Path, resume: bool, quiet: bool) -> TrainedRun | None:
    """The run to go on with, None where a new one begins."""
    first = is_first_process()  # the others find what the first one began
    if not (folder / RECORD).is_file():
        if first:
            require_free(folder)
            if resume and not quiet:
                print(f"there is no run in {folder} yet: a new one begins", file=sys.stderr)
        return None
    run = TrainedRun(folder, read_record(folder))
    if not checkpoint(folder, run.record["steps_done"]).is_file() and not run.record["steps_done"]:
        return None  # killed while it began
    if first and not resume:
        raise LikewiseError(f"{folder} already holds a run: go on with it (resume), or choose another folder.")
    return run if resume else None


def _require_world(devices: int | None) -> None:
    """Refuse to train in another number of processes than was asked for."""
    started = world_size()
    if devices is not None and devices != started:
        raise LikewiseError(
            f"devices={devices}, but {started} process{'es were' if started > 1 else ' was'} started: start as many "
            f"with `torchrun --nproc-per-node {devices} SCRIPT`, or leave devices= out."
        )


def _workers(asked: int | None) -> int:
    return min(8, max(1, (os.cpu_count() or 2) - 1)) if asked is None else asked
