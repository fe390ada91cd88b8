"""What leaves a run: an encoder that anyone can load, and embeddings as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from torch import nn

from likewise.arrays import FloatArray
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.methods import EncoderSpec, build_encoder, select_output
from likewise.methods.encoders import ENCODERS
from likewise.training.files import load_weights, reason, save_weights, write_json, write_whole
from likewise.training.run_folder import TrainedRun
from likewise.views import Normalize

FORMAT, VERSION = "likewise-encoder", 1


def export_encoder(run: TrainedRun, path: str | Path, module: nn.Module | None = None) -> Path:
    """Write a run's encoder as safetensors, and beside it a small JSON that rebuilds it.

    The weights keep the names of timm where the encoder is timm's, so that ``timm.create_model(name, num_classes=0,
    checkpoint_path=path)`` reads them; with the CIFAR stem, its first convolution is a 3 x 3 one (the JSON says so).

    Raises:
        LikewiseError: the path does not end in .safetensors, the run has no weights yet, or the disk refuses.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise LikewiseError(f"an encoder is exported as .safetensors, got {path.name!r}.")
    spec = run.record["encoder"]
    timm = spec["name"] not in (*ENCODERS, "module")
    description = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": spec,
        "mean": run.record["mean"],
        "std": run.record["std"],
        "timm": spec["name"] if timm and spec["stem"] == "native" else None,
        "trained": {"settings": run.record["settings"], "graph": run.record["graph"]},
    }
    encoder = run.encoder(module)
    with written(path):
        save_weights(encoder, path)
        write_json(path.with_suffix(".json"), description)
    return path


def load_encoder(path: str | Path, module: nn.Module | None = None) -> tuple[nn.Module, Normalize]:
    """An exported encoder in evaluation mode, and the normalisation of what it takes (of pixels in [0, 1]).

    Raises:
        LikewiseError: the JSON beside the weights is missing or not one of ours, or the weights do not fit.
    """
    path = Path(path)
    file = path.with_suffix(".json")
    try:
        record: Any = json.loads(file.read_text())
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT or record.get("version") != VERSION:
        raise LikewiseError(f"{file} is not the description of an exported encoder (version {VERSION}).")
    spec = EncoderSpec.from_json(record["encoder"])
    net = build_encoder(spec, spec.shape)[0] if module is None else select_output(module, spec.output)
    return load_weights(net, path), Normalize(tuple(record["mean"]), tuple(record["std"]))


def write_embeddings(path: str | Path, keys: Keys, features: FloatArray) -> Path:
    """Write features ``[n, F]`` as .npy, or as .parquet with the samples' keys.

    Raises:
        LikewiseError: another ending, a wrong number of keys, or the disk refuses.
    """
    path = Path(path)
    if path.suffix not in (".npy", ".parquet"):
        raise LikewiseError(f"embeddings are written as .npy or .parquet, got {path.name!r}.")
    if len(keys) != len(features):
        raise LikewiseError(f"{len(features)} embeddings need as many keys, got {len(keys)}.")
    with written(path):
        if path.suffix == ".npy":
            write_whole(path, lambda file: np.save(file, features, allow_pickle=False))
        else:
            write_whole(path, lambda file: _write_parquet(file, keys, features))
    return path


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Makes the folder of a file that is to be written, and one sentence of what the system refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise LikewiseError(f"could not write {path}: {reason(error)}.") from None


def _write_parquet(file: BinaryIO, keys: Keys, features: FloatArray) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.FixedSizeListArray.from_arrays(pa.array(features.reshape(-1)), features.shape[1])
    pq.write_table(pa.table({"key": pa.array(keys.values.tolist(), pa.string()), "embedding": column}), file)
