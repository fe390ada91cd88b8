"""A run on disk: its folder holds all that is needed to repeat it, to go on with it, and to use it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from likewise.arrays import FloatArray
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import EncoderSpec, build_encoder, select_output
from likewise.methods.features import embed
from likewise.settings import Settings
from likewise.training.files import load_weights, read_metrics
from likewise.views import Normalize

FORMAT, VERSION = "likewise-run", 2
WEIGHTS, RECORD, METRICS, GRAPH = "encoder.safetensors", "run.json", "metrics.csv", "graph"


@dataclass(frozen=True)
class TrainedRun:
    """A finished or interrupted run.

    Attributes:
        path: its folder: run.json, metrics.csv, graph/, encoder.safetensors, checkpoint-STEP.pt.
        record: what run.json holds: settings, encoder, normalisation, samples, versions, seed, git revision, progress.
            Its ``steps_done`` names the checkpoint that counts: it is written last.
    """

    path: Path
    record: Mapping[str, Any]

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The run in a folder.

        Raises:
            LikewiseError: there is none, or a newer version wrote it.
        """
        return cls(Path(path), read_record(Path(path)))

    @property
    def settings(self) -> Settings:
        """How it was trained."""
        return Settings.from_json(self.record["settings"])

    @property
    def normalize(self) -> Normalize:
        """The normalisation of its samples."""
        return Normalize(tuple(self.record["mean"]), tuple(self.record["std"]))

    @property
    def finished(self) -> bool:
        """Whether it trained to its last epoch."""
        return bool(self.record["finished"])

    @property
    def graph(self) -> SimilarityGraph:
        """The graph that it trained on (the last one, where it re-mined)."""
        mined = mined_graph(self.path, self.record["mined"])
        return SimilarityGraph.load(mined if mined.exists() else self.path / GRAPH)

    def encoder(self, module: nn.Module | None = None) -> nn.Module:
        """The trained encoder, in evaluation mode; ``module`` is needed where it was one of the user's."""
        spec = EncoderSpec.from_json(self.record["encoder"])
        net = build_encoder(spec, spec.shape)[0] if module is None else select_output(module, spec.output)
        return load_weights(net, self.path / WEIGHTS)

    def embed(self, samples: Samples, *, module: nn.Module | None = None, batch_size: int = 512) -> FloatArray:
        """float32 ``[n, F]``: the trained encoder's features of samples.

        Raises:
            LikewiseError: the samples have another shape than those it was trained on.
        """
        shape = tuple(self.record["encoder"]["shape"])
        if samples.shape != shape:
            raise LikewiseError(
                f"the encoder was trained on samples of shape {shape}, these are {samples.modality.plural} of shape "
                f"{samples.shape}: open them as those were, with the same size, channels and modality."
            )
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return embed(self.encoder(module), samples, self.normalize, batch_size=batch_size, device=device)

    def trained_on(self, samples: Samples) -> Samples:
        """The samples that it trained on, found among these by their keys, in its order.

        Raises:
            LikewiseError: one of them is missing, or the run does not say which they were.
        """
        keys = self.graph.keys
        if keys is None:
            raise LikewiseError("the run does not say which samples it trained on, so they cannot be shown.")
        places = samples.keys.positions(keys)
        if (places < 0).any():
            missing = str(keys.values[int(np.argmax(places < 0))])
            raise LikewiseError(f"these are not the samples that the run trained on: {missing!r} is missing.")
        return samples.subset(places)

    @property
    def done(self) -> str:
        """How far it was trained, in words."""
        epochs, steps = f"{self.record['epochs_done']} of {self.settings.epochs} epochs", self.record["steps_done"]
        inside = steps % (self.record["steps"] // self.settings.epochs)
        return epochs + (f" and {inside:,} steps" if inside else "")

    def metrics(self) -> list[dict[str, float]]:
        """One row an epoch, as metrics.csv holds them."""
        return read_metrics(self.path / METRICS)

    def __repr__(self) -> str:
        began = f", started from {self.record['started_from']['run']}" if "started_from" in self.record else ""
        return f"Run({self.path}: {self.settings.objective}, {self.done}{began}, {self.record['graph']})"


def read_record(path: Path) -> dict[str, Any]:
    """The record of a run folder, checked to be one that this version can read."""
    file = path / RECORD
    if not file.is_file():
        raise LikewiseError(f"no run at {path}: expected a folder with a run.json.")
    try:
        record = json.loads(file.read_text())
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise LikewiseError(f"{file} is not the record of a run.")
    if record.get("version") != VERSION:
        raise LikewiseError(f"the run at {path} has version {record.get('version')}, this likewise reads {VERSION}.")
    return record


def require_free(folder: Path) -> None:
    """Refuse to begin a run where something has the name of what it would write, and clear away if it failed.

    Raises:
        LikewiseError: names what is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise LikewiseError(f"{folder} is a file: choose a folder for the run.")
    own = [folder / name for name in (GRAPH, METRICS, WEIGHTS)]
    taken = [path for path in [*own, *numbered(folder)] if path.exists()]
    if taken:
        raise LikewiseError(f"{folder} holds no run, but {taken[0].name}, which a run would replace: choose another.")


def numbered(folder: Path) -> list[Path]:
    """The checkpoints of all steps and the mined graphs of all epochs."""
    pattern = re.compile(rf"(checkpoint-\d+\.pt|{GRAPH}-\d+)")
    return [path for path in folder.glob("*") if pattern.fullmatch(path.name)]


def mined_graph(folder: Path, epoch: int) -> Path:
    """Where a run that re-mines keeps the graph that it built after an epoch."""
    return folder / f"{GRAPH}-{epoch}"


def checkpoint(folder: Path, step: int) -> Path:
    """Where a run keeps all that is needed to go on after a step."""
    return folder / f"checkpoint-{step}.pt"
