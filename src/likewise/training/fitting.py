"""Training a joint-embedding method on a similarity graph."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import nn

from likewise.data import Samples
from likewise.errors import LikewiseError, missing_extra, unknown_name
from likewise.graph import SimilarityGraph, require_fit
from likewise.methods import METHODS, EncoderSpec, build_encoder, build_method, method_options
from likewise.training.callbacks import Clock, Keeper, Remine
from likewise.training.learner import Learner
from likewise.training.monitors import Watch
from likewise.training.run_folder import FORMAT, VERSION, TrainedRun, read_record, surroundings, write_json
from likewise.training.settings import Settings
from likewise.views import Compose, Views, make_views, statistics


def train(
    samples: Samples,
    graph: SimilarityGraph | None = None,
    *,
    out: str | Path,
    encoder: str | nn.Module = "resnet18",
    views: str | Compose = "weak",
    pretrained: bool = False,
    width: int = 0,
    resume: bool = False,
    remine_with: Remine | None = None,
    minutes: float | None = None,
    save_every: float = 30.0,
    workers: int | None = None,
    devices: int | str = "auto",
    tensorboard: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> TrainedRun:
    """Train an encoder on samples whose positives come from a graph, and return its run.

    Args:
        samples: what to train on. With labels, a share ``monitor`` of them is held out of training and of the graph to
            measure kNN accuracy each epoch.
        graph: who is alike; None: every sample is alike itself alone (SSL by augmentation).
        out: the folder of the run; must be new unless ``resume``.
        encoder: a timm name, "conv3", "conv4" or "mlp", or a module that gives one vector a sample.
        views: a name (see ``likewise.views.make_views``) or a pipeline of your own.
        pretrained: start a timm encoder from its published weights.
        width: of the small encoders.
        resume: go on from the last checkpoint in ``out``; on the same machine the weights come out as if never stopped.
        remine_with: builds a new graph, ``build(space, epoch)``, every ``remine`` epochs from the network's features.
        minutes: stop after the epoch in which so many have passed, to be resumed.
        save_every: seconds between checkpoints.
        workers: processes that read samples which are not in memory; default the cores less one, at most 8.
        devices: as Lightning has it.
        tensorboard: log there, too (needs the package).
        quiet: print nothing.
        settings: the fields of ``likewise.training.Settings`` and options of the method (temperature=, mates=, ...).

    Raises:
        LikewiseError: the graph does not fit the samples, a name or an option is unknown, the batch is larger than the
            data, the folder is in use, or a resumed run was started otherwise.
    """
    chosen = read_settings(settings, views)
    folder = Path(out)
    graph = SimilarityGraph.none(len(samples)) if graph is None else require_fit(graph, samples)
    if remine_with is None and chosen.remine:
        raise LikewiseError("remine= says how often, but not how: give remine_with=, build(space, epoch) -> graph.")
    training, held_out, graph = _hold_out(samples, graph, chosen)
    graph = graph.with_keys(training.keys)
    torch.manual_seed(chosen.seed)
    net, spec = build_encoder(encoder, samples.shape, pretrained=pretrained, width=width)
    method = build_method(chosen.method, net, spec.features, len(training), **chosen.options)
    normalize = statistics(training)
    pipeline = make_views(views, training, normalize=normalize)
    _warn_of_idle_pairs(graph, pipeline, chosen)
    record = _record(folder, chosen, spec, training, graph, normalize, resume)
    if record["finished"]:
        return TrainedRun.load(folder)
    checkpoint = folder / "checkpoint.ckpt" if record["epochs_done"] else None
    if checkpoint is not None:
        mined = TrainedRun(folder, record).graph
        graph = mined if mined.n == graph.n else graph
    learner = Learner(method, training, graph, pipeline, normalize, chosen, _workers(workers))
    clock = Clock()
    watch = Watch.over(training, held_out, chosen.seed)
    keeper = Keeper(
        folder, record, watch, clock, remine=remine_with, save_every=save_every, minutes=minutes, quiet=quiet
    )
    with quiet_lightning():
        trainer = _trainer(folder, chosen, [clock, keeper], devices, tensorboard)
        trainer.fit(learner, ckpt_path=checkpoint, weights_only=True if checkpoint else None)
    if trainer.interrupted:
        raise KeyboardInterrupt
    return TrainedRun.load(folder)


def read_settings(given: dict[str, Any], views: str | Compose) -> Settings:
    """Settings of keyword arguments, the method's own options among them.

    Raises:
        LikewiseError: a name is neither a setting nor an option of the method.
    """
    method = given.get("method", "simclr")
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    names = [name for name in Settings.names() if name != "views"]
    options = dict(given.pop("options", {}))
    for name in [name for name in given if name not in names]:
        if name not in method_options(method):
            raise unknown_name(f"setting of fit with method {method}", name, [*names, *method_options(method)])
        options[name] = given.pop(name)
    return Settings(**given, options=options, views=views if isinstance(views, str) else repr(views))


def _hold_out(
    samples: Samples, graph: SimilarityGraph, chosen: Settings
) -> tuple[Samples, Samples | None, SimilarityGraph]:
    """The samples to train on, those to watch, and the graph among the former."""
    labels = samples.labels
    if labels is None or not chosen.monitor or len(samples) < 20:
        return samples, None, graph
    watched, training = samples.split(chosen.monitor, seed=chosen.seed)
    return training, watched, graph.subset(training.ids if samples.rows is None else _places(samples, training))


def _places(samples: Samples, part: Samples) -> Any:
    """Where the samples of a part stand among these samples, both subsets of the same root."""
    order = np.argsort(samples.ids)
    return order[np.searchsorted(samples.ids, part.ids, sorter=order)]


def _warn_of_idle_pairs(graph: SimilarityGraph, views: Views, chosen: Settings) -> None:
    if not views.asymmetric and all(not names or names == ("Normalize",) for names in views.names):
        share = graph.diagnose().self_draw
        if share > 0.01 or chosen.partners == 0:
            warnings.warn(
                f"{share:.0%} of draws give the sample itself, and views 'none' do not change it: such pairs are "
                "identical and teach nothing. Use other views, or a graph that leaves the sample out.",
                stacklevel=3,
            )


def _record(
    folder: Path,
    chosen: Settings,
    spec: EncoderSpec,
    training: Samples,
    graph: SimilarityGraph,
    normalize: Any,
    resume: bool,
) -> dict[str, Any]:
    """The record of a new run, written with its graph; or of the run to go on with, checked to be the same."""
    identity: dict[str, Any] = {
        "settings": chosen.as_json(),
        "encoder": spec.as_json(),
        "n": len(training),
        "samples": training.keys.hash,
        "mean": list(normalize.mean),
        "std": list(normalize.std),
    }
    if (folder / "run.json").is_file():
        if not resume:
            raise LikewiseError(f"{folder} already holds a run: go on with it (resume), or choose another folder.")
        record = read_record(folder)
        for name, value in {**identity.pop("settings"), **identity}.items():
            before = {**record["settings"], **record}[name]
            if before != value:
                raise LikewiseError(
                    f"the run in {folder} was started with {name} = {before}, not {value}: resume it so."
                )
        return record
    record = {"format": FORMAT, "version": VERSION, **identity, "graph": repr(graph), **surroundings()}
    record |= {"epochs_done": 0, "finished": False}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        graph.save(folder / "graph")
        write_json(folder / "run.json", record)
    except OSError as error:
        raise LikewiseError(f"could not write the run to {folder}: {error.strerror or error}.") from None
    return record


def _workers(asked: int | None) -> int:
    return min(8, max(1, (os.cpu_count() or 2) - 1)) if asked is None else asked


def _trainer(
    folder: Path, chosen: Settings, callbacks: list[Any], devices: int | str, tensorboard: bool
) -> lightning.Trainer:
    bf16 = chosen.precision == "bf16" or (chosen.precision == "auto" and torch.cuda.is_available())
    logger: Any = False
    if tensorboard:
        try:
            from lightning.pytorch.loggers import TensorBoardLogger

            logger = TensorBoardLogger(str(folder), name="", version="tensorboard")
        except ModuleNotFoundError:
            raise missing_extra("tensorboard", "tensorboard", "logging to TensorBoard") from None
    return lightning.Trainer(
        max_epochs=chosen.epochs,
        accelerator="auto",
        devices=devices,
        precision="bf16-mixed" if bf16 else "32-true",
        accumulate_grad_batches=chosen.accumulate,
        callbacks=callbacks,
        logger=logger,
        default_root_dir=str(folder),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence what Lightning says of itself; its errors are still raised."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for text in (
            ".*does not have many workers.*",
            ".*The number of training batches.*",
            ".*litlogger.*",
            ".*tip.*",
        ):
            warnings.filterwarnings("ignore", message=text)
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
