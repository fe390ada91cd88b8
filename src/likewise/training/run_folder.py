"""A run on disk: its folder holds all that is needed to repeat it, to go on with it, and to use it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from likewise.arrays import FloatArray
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import EncoderSpec, build_encoder
from likewise.training.features import embed
from likewise.training.settings import Settings
from likewise.views import Normalize

FORMAT, VERSION = "likewise-run", 1
WEIGHTS = "encoder.safetensors"


@dataclass(frozen=True)
class TrainedRun:
    """A finished or interrupted run.

    Attributes:
        path: its folder: run.json, metrics.csv, graph/, encoder.safetensors, checkpoint.ckpt.
        record: what run.json holds: settings, encoder, normalisation, samples, versions, seed, git revision, progress.
    """

    path: Path
    record: Mapping[str, Any]

    @classmethod
    def load(cls, path: str | Path) -> TrainedRun:
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
        mined = sorted(self.path.glob("graph-*"), key=lambda folder: int(folder.name.partition("-")[2]))
        return SimilarityGraph.load(mined[-1] if mined else self.path / "graph")

    def encoder(self, module: nn.Module | None = None) -> nn.Module:
        """The trained encoder, in evaluation mode; ``module`` is needed where it was one of the user's."""
        spec = EncoderSpec.from_json(self.record["encoder"])
        net = build_encoder(spec, spec.shape)[0] if module is None else module
        return load_weights(net, self.path / WEIGHTS)

    def embed(self, samples: Samples, *, module: nn.Module | None = None, batch_size: int = 512) -> FloatArray:
        """float32 ``[n, F]``: the trained encoder's features of samples.

        Raises:
            LikewiseError: the samples have another shape than those it was trained on.
        """
        shape = tuple(self.record["encoder"]["shape"])
        if samples.shape != shape:
            raise LikewiseError(f"the encoder was trained on samples of shape {shape}, these have {samples.shape}.")
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return embed(self.encoder(module), samples, self.normalize, batch_size=batch_size, device=device)

    def metrics(self) -> list[dict[str, float]]:
        """One row an epoch, as metrics.csv holds them."""
        return read_metrics(self.path / "metrics.csv")

    def __repr__(self) -> str:
        done, wanted = self.record["epochs_done"], self.settings.epochs
        return f"Run({self.path}: {self.settings.method}, {done} of {wanted} epochs, {self.record['graph']})"


def read_record(path: Path) -> dict[str, Any]:
    """The record of a run folder, checked to be one that this version can read."""
    file = path / "run.json"
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


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON so that an interruption leaves the old file or the new one."""
    work = path.with_suffix(".tmp")
    work.write_text(json.dumps(value, indent=1))
    os.replace(work, path)


def save_weights(module: nn.Module, path: Path) -> None:
    """Write a module's parameters and buffers as safetensors, whole or not at all."""
    from safetensors.torch import save_file

    work = path.with_suffix(".tmp")
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    save_file(state, work)
    os.replace(work, path)


def load_weights(module: nn.Module, path: Path) -> nn.Module:
    """The module with the weights of a safetensors file, in evaluation mode.

    Raises:
        LikewiseError: there is no such file yet, or it is of another encoder.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise LikewiseError(f"no trained encoder at {path}: has the run finished an epoch?")
    try:
        module.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        first = str(error).strip().splitlines()[-1].strip()
        raise LikewiseError(f"the weights at {path} do not fit this encoder: {first}") from None
    return module.eval()


def surroundings() -> dict[str, Any]:
    """Versions, machine, command and git revision: what a run was made with."""
    packages = ("likewise", "torch", "lightning", "numpy", "scipy", "scikit-learn", "timm")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else (platform.processor() or platform.machine())
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": " ".join(Path(sys.argv[0]).name if i == 0 else arg for i, arg in enumerate(sys.argv)),
        "git": git_revision(),
        "python": platform.python_version(),
        "device": device,
        "threads": torch.get_num_threads(),
        "versions": {name: _version(name) for name in packages},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except ModuleNotFoundError:
        return None


def git_revision() -> str | None:
    """The revision checked out where the command runs, with a + for uncommitted changes; None outside of git."""
    try:
        revision = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10)
        changed = subprocess.run(
            ["git", "status", "--porcelain"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return revision.stdout.strip() + ("+" if changed.stdout.strip() else "")


def append_metrics(path: Path, epoch: int, found: Mapping[str, float]) -> None:
    """Add an epoch's row to a CSV; rows of this epoch and later ones (of before an interruption) fall away."""
    rows = [row for row in read_metrics(path) if row["epoch"] < epoch] if path.is_file() else []
    rows.append({"epoch": epoch, **found})
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)] + [",".join(_cell(row.get(name, np.nan)) for name in names) for row in rows]
    work = path.with_suffix(".tmp")
    work.write_text("\n".join(lines) + "\n")
    os.replace(work, path)


def _cell(value: float) -> str:
    return "" if value != value else f"{value:.6g}" if isinstance(value, float) else str(value)


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The rows of a metrics.csv; empty where there is none."""
    if not path.is_file():
        return []
    names, *rows = (line.split(",") for line in path.read_text().splitlines())
    return [dict(zip(names, map(_number, row), strict=True)) for row in rows]


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")
