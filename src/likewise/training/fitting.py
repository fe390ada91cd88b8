"""Training a joint-embedding method on a similarity graph."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from likewise.data import Samples, require_samples
from likewise.errors import LikewiseError, is_number, unknown_name
from likewise.graph import SimilarityGraph, require_fit
from likewise.methods import METHODS, build_encoder, build_method, method_options
from likewise.randomness import own_randomness
from likewise.training.files import plain
from likewise.training.monitors import Watch
from likewise.training.plan import Plan, Remine
from likewise.training.records import describe_run, new_record, require_same_run
from likewise.training.run_folder import RECORD, TrainedRun, checkpoint, read_record, require_free
from likewise.training.settings import Settings
from likewise.training.writing import Writer
from likewise.views import Compose, Views, make_views, statistics


def train(
    samples: Samples,
    graph: SimilarityGraph | None = None,
    *,
    out: str | Path,
    encoder: str | nn.Module | None = None,
    views: str | Compose = "weak",
    pretrained: bool = False,
    width: int = 0,
    resume: bool = False,
    remine_with: Remine | None = None,
    minutes: float | None = None,
    save_every: float = 30.0,
    workers: int | None = None,
    devices: int | str = 1,
    tensorboard: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> TrainedRun:
    """Train an encoder on samples whose positives come from a graph, and return its run.

    A run that ends before it saved anything, by an error or by hand, leaves its folder as it found it.

    Args:
        samples: what to train on. With labels, a share ``monitor`` of them is held out of training and of the graph to
            measure kNN accuracy.
        graph: who is alike; None: every sample is alike itself alone (SSL by augmentation), or with ``resume`` the
            graph of the run.
        out: the folder of the run; must be new unless ``resume``.
        encoder: a timm name, "conv3", "conv4" or "mlp", or a module that gives one vector a sample. None: "resnet18"
            for images and "mlp" for vectors.
        views: a name (see ``likewise.views.make_views``) or a pipeline of your own.
        pretrained: start a timm encoder from its published weights.
        width: of the small encoders.
        resume: go on from the last checkpoint in ``out``; on the same machine the weights come out as if never stopped.
        remine_with: builds a new graph, ``build(space, epoch)``, every ``remine`` epochs from the network's features.
        minutes: stop after the epoch in which so many have passed, to be resumed.
        save_every: seconds between checkpoints.
        workers: processes that read samples which are not in memory; default the cores less one, at most 8.
        devices: how many accelerators, or "auto" for all; several run this script once each (see Lightning).
        tensorboard: log there, too (needs the package).
        quiet: print nothing.
        settings: the fields of ``likewise.training.Settings`` and options of the method (temperature=, queue=, ...).

    Raises:
        LikewiseError: the graph does not fit the samples, a name or an option is unknown, the batch is larger than the
            data, the folder is in use, a resumed run was started otherwise, the loss is NaN, or the disk is full.
    """
    from likewise.training.callbacks import Clock, Keeper  # these import Lightning, which takes its time
    from likewise.training.learner import Learner
    from likewise.training.trainers import build_trainer, quiet_lightning

    require_samples(samples)
    if minutes is not None and not is_number(minutes):
        raise LikewiseError(f"minutes must be a number, got {minutes!r}.")
    chosen, folder = read_settings(settings, views), Path(out)
    if remine_with is None and chosen.remine:
        raise LikewiseError("remine= says how often, but not how: give remine_with=, build(space, epoch) -> graph.")
    before = _find(folder, resume)
    training, held_out = _hold_out(samples, chosen, quiet)
    graph, given = _graph_of(samples, training, graph, before)
    with own_randomness(chosen.seed):
        net, spec = build_encoder(encoder, samples.shape, pretrained=pretrained, width=width)
        method = build_method(chosen.method, net, spec.features, len(training), **chosen.options)
        normalize = statistics(training)
        pipeline = make_views(views, training, normalize=normalize)
        _warn_of_idle_pairs(graph, pipeline, chosen)
        identity = describe_run(chosen, spec, training, normalize, pretrained, given)
        if before is not None:
            require_same_run(before, identity)
            if before.finished:
                return before
        plan = Plan(graph, chosen)
        record = new_record(identity, graph, plan) if before is None else dict(before.record)
        learner = Learner(method, training, plan, pipeline, normalize, _workers(workers))
        writer, clock = Writer(folder, record), Clock()
        watch = Watch.over(training, held_out, learner.plan)
        keeper = Keeper(writer, watch, clock, remine=remine_with, save_every=save_every, minutes=minutes, quiet=quiet)
        with quiet_lightning():
            trainer = build_trainer(folder, chosen, [clock, keeper], devices, tensorboard)
            _run(trainer, learner, writer, new=before is None)
    return TrainedRun.load(folder)


def _run(trainer: Any, learner: Any, writer: Writer, *, new: bool) -> None:
    """Train, from the last checkpoint on where there is one; a run that saved nothing takes itself away."""
    from likewise.training.trainers import interruptible

    done = writer.epochs_done
    try:
        if new and trainer.is_global_zero:
            writer.begin(learner.graph)
        with interruptible(trainer):
            path = checkpoint(writer.folder, done) if done else None
            trainer.fit(learner, ckpt_path=path, weights_only=True if done else None)
    except BaseException:
        if trainer.is_global_zero:
            writer.discard()
        raise


def read_settings(given: Mapping[str, Any], views: str | Compose) -> Settings:
    """Settings of keyword arguments, the method's own options among them.

    Raises:
        LikewiseError: a name is neither a setting nor an option of the method.
    """
    method = given.get("method", "simclr")
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    names = [name for name in Settings.names() if name not in ("views", "options")]
    named = [name for name, what in signature(train).parameters.items() if what.kind is what.KEYWORD_ONLY]
    known = method_options(method)
    options = {**given.get("options", {}), **{name: value for name, value in given.items() if name in known}}
    for name in (*given.get("options", {}), *given):
        if name not in (*names, *known, "options"):
            raise unknown_name(f"setting of fit with method {method}", name, [*names, *known, *named])
    chosen = {name: value for name, value in given.items() if name in names}
    return Settings(**plain({**chosen, "options": options}), views=views if isinstance(views, str) else repr(views))


def _find(folder: Path, resume: bool) -> TrainedRun | None:
    """The run to go on with, None where a new one begins."""
    first = os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"  # others find what the first one began
    if not (folder / RECORD).is_file():
        if first:
            require_free(folder)
        return None
    if first and not resume:
        raise LikewiseError(f"{folder} already holds a run: go on with it (resume), or choose another folder.")
    return TrainedRun(folder, read_record(folder)) if resume else None


def _hold_out(samples: Samples, chosen: Settings, quiet: bool) -> tuple[Samples, Samples | None]:
    """The samples to train on, and those to watch."""
    if samples.labels is None or not chosen.monitor or len(samples) < 20:
        return samples, None
    watched, training = samples.split(chosen.monitor, group=chosen.group, seed=chosen.seed)
    if not quiet:
        print(
            f"{len(watched):,} of {len(samples):,} samples are held out of training and of its graph to watch kNN "
            "accuracy (monitor)",
            file=sys.stderr,
        )
    return training, watched


def _graph_of(
    samples: Samples, training: Samples, graph: SimilarityGraph | None, before: TrainedRun | None
) -> tuple[SimilarityGraph, SimilarityGraph | None]:
    """The graph to train on, and the part of the one given that is about the training samples."""
    if graph is not None:
        graph = require_fit(graph, samples)
        if training is not samples:
            order = np.argsort(samples.ids)  # where the samples of the part stand among all
            graph = graph.subset(order[np.searchsorted(samples.ids, training.ids, sorter=order)])
        graph = graph.with_keys(training.keys)
    if before is not None:
        return before.graph, graph
    graph = SimilarityGraph.none(len(training), training.keys) if graph is None else graph
    return graph, graph


def _warn_of_idle_pairs(graph: SimilarityGraph, views: Views, chosen: Settings) -> None:
    """Say so where many pairs of a batch will be a sample and itself, unchanged."""
    if views.asymmetric or any(name != "Normalize" for names in views.names for name in names):
        return
    alone = chosen.view_count > 1 + chosen.partners
    share = 1.0 if alone else graph.diagnose().self_draw
    if share > 0.01:
        what = "views of the anchor itself" if alone else f"{share:.0%} of draws, which give the sample itself,"
        warnings.warn(
            f"views 'none' change nothing, so {what} are identical to it and teach nothing: use other views, or a "
            "graph that leaves the sample out.",
            stacklevel=3,
        )


def _workers(asked: int | None) -> int:
    return min(8, max(1, (os.cpu_count() or 2) - 1)) if asked is None else asked
