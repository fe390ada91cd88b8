"""Features of samples under a network, in batches, in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from math import inf

import torch
from torch import Tensor, nn

from likewise.arrays import FloatArray, moved
from likewise.data import Samples
from likewise.methods.modes import evaluation
from likewise.progress import progress
from likewise.views import Compose, Normalize


@torch.no_grad()
def extract(
    model: nn.Module,
    samples: Samples,
    prepare: Callable[[Tensor], Tensor],
    *,
    ids: Tensor | None = None,
    batch_size: int = 512,
    device: torch.device | str | None = None,
    quiet: bool = False,
    advance: Callable[[int], None] | None = None,
) -> FloatArray:
    """The features float32 ``[n, F]`` of samples under a model in evaluation mode.

    Args:
        model: prepared batches to features ``[b, ...]``, which are flattened; its mode and device stay.
        samples: what to encode.
        prepare: a batch as samples are stored, on the device, to what the model takes.
        ids: only these samples.
        batch_size: samples at once.
        device: where to compute; by default where the model is.
        quiet: no progress bar.
        advance: told of how many samples are done, in place of a bar of its own.
    """
    ids = torch.arange(len(samples)) if ids is None else ids
    home, parts = device_of(model), []
    device = home if device is None else torch.device(device)
    bar = progress(len(ids), "embedding", inf if quiet else 5.0) if advance is None else nullcontext(advance)
    try:
        with evaluation(model.to(device)), bar as step:
            for chosen in ids.split(batch_size):
                parts.append(model(prepare(moved(samples.read(chosen), device))).flatten(1).float().cpu())
                step(len(chosen))
    finally:
        model.to(home)
    features: FloatArray = torch.cat(parts).numpy()
    return features


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
    """The features float32 ``[n, F]`` of samples, normalised as in training but not otherwise changed: ``extract``."""
    change = Compose(normalize)

    def prepare(batch: Tensor) -> Tensor:
        return change(batch).contiguous(memory_format=samples.modality.memory_format)

    return extract(encoder, samples, prepare, ids=ids, batch_size=batch_size, device=device, quiet=quiet)


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are; the CPU for one without."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
