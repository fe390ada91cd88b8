"""Features of all samples under a network, in blocks that survive an interruption."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from likewise.arrays import FloatArray
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.progress import progress

BLOCK = 4096  # samples whose features are written at once


@torch.no_grad()
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
    home = next((p.device for p in model.parameters()), torch.device("cpu"))
    device, training = torch.device(device) if device is not None else home, model.training
    model.eval().to(device)
    parts = []
    try:
        with progress(len(samples), "encoding") as advance:
            for start in range(0, len(samples), BLOCK):
                ids = torch.arange(start, min(start + BLOCK, len(samples)))
                kept = None if folder is None else folder / f"{start:012d}.npy"
                if kept is not None and kept.exists():
                    parts.append(np.load(kept, allow_pickle=False))
                    advance(len(ids))
                    continue
                rows = []
                for batch in ids.split(batch_size):
                    rows.append(model(prepare(samples.read(batch).to(device))).flatten(1).float().cpu())
                    advance(len(batch))
                parts.append(_finite(torch.cat(rows), start))
                if kept is not None:
                    _write(kept, parts[-1])
    finally:
        model.train(training).to(home)
    return np.concatenate(parts)


def _finite(features: Tensor, start: int) -> FloatArray:
    good = features.isfinite().all(1)
    if not good.all():
        row = start + int((~good).nonzero()[0])
        raise LikewiseError(f"the model gives NaN or infinity for sample {row}: check its weights and that sample.")
    array: FloatArray = features.numpy()
    return array


def _write(path: Path, array: FloatArray) -> None:
    """A file that is there is complete."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(path)
