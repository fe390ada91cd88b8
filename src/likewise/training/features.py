"""Features of samples under an encoder, in batches, in evaluation mode."""

from __future__ import annotations

from math import inf

import torch
from torch import Tensor, nn

from likewise.arrays import FloatArray
from likewise.data import Samples
from likewise.methods.modes import evaluation
from likewise.progress import progress
from likewise.views import Compose, Normalize


@torch.no_grad()
def embed(
    encoder: nn.Module,
    samples: Samples,
    normalize: Normalize,
    *,
    ids: Tensor | None = None,
    batch_size: int = 512,
    device: torch.device | str | None = None,
    quiet: bool = False,
) -> FloatArray:
    """float32 ``[n, F]``: the features of samples, normalised as in training but not otherwise changed.

    Args:
        encoder: samples ``[b, ...]`` to features ``[b, F]``; its mode and device are left as they were.
        samples: what to embed.
        normalize: as in training.
        ids: only these samples.
        batch_size: samples at once.
        device: where to compute; by default where the encoder is.
        quiet: no progress bar.
    """
    ids = torch.arange(len(samples)) if ids is None else ids
    parameter = next(encoder.parameters(), None)
    home = parameter.device if parameter is not None else torch.device("cpu")
    device = torch.device(device) if device is not None else home
    parts, change = [], Compose(normalize)
    try:
        with evaluation(encoder.to(device)), progress(len(ids), "embedding", inf if quiet else 5.0) as advance:
            for chosen in ids.split(batch_size):
                batch = change(samples.read(chosen).to(device))
                batch = batch.contiguous(memory_format=samples.modality.memory_format)
                parts.append(encoder(batch).float().cpu())
                advance(len(chosen))
    finally:
        encoder.to(home)
    features: FloatArray = torch.cat(parts).numpy()
    return features
