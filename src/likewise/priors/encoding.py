"""Features of all samples under a network, in blocks that survive an interruption."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from likewise.arrays import FloatArray, require_finite
from likewise.data import Samples
from likewise.methods.features import device_of, extract
from likewise.progress import progress

BLOCK = 4096  # samples whose features are written at once


def encode(
    model: nn.Module,
    samples: Samples,
    *,
    prepare: Callable[[Tensor], Tensor] = Tensor.float,
    batch_size: int = 256,
    device: torch.device | str | None = None,
    folder: Path | None = None,
) -> FloatArray:
    """The features float32 [n, d] of all samples under a model in evaluation mode.

    Args:
        model: prepared batches to features [b, ...], which are flattened; its mode and device are left as they were.
        samples: what to encode.
        prepare: uint8 images [b, C, H, W] or float32 vectors [b, d], on the device, to what the model takes.
        batch_size: samples at once.
        device: where to compute; None is where the model is.
        folder: finished blocks are kept here, and those found here are not computed again.

    Raises:
        LikewiseError: the model gives NaN or infinity for a sample.
    """
    home, parts = device_of(model), []
    model.to(home if device is None else device)
    try:
        with progress(len(samples), "encoding") as advance:
            for ids in torch.arange(len(samples)).split(BLOCK):
                kept = None if folder is None else folder / f"{int(ids[0]):012d}.npy"
                if kept is not None and kept.exists():
                    parts.append(np.load(kept, allow_pickle=False))
                    advance(len(ids))
                    continue
                parts.append(extract(model, samples, prepare, ids=ids, batch_size=batch_size, advance=advance))
                require_finite(parts[-1], "the model gives", "check its weights and that sample.", first=int(ids[0]))
                if kept is not None:
                    _write(kept, parts[-1])
    finally:
        model.to(home)
    return np.concatenate(parts)


def _write(path: Path, array: FloatArray) -> None:
    """A file that is there is complete."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)
