"""A prior learned without labels or outside knowledge: an autoencoder (one of the priors of arXiv 2401.01990)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding, Queue
from likewise.priors.cache import Folder, cached
from likewise.priors.encoding import encode
from likewise.progress import progress
from likewise.randomness import own_randomness, random_rows, seed_of
from likewise.relation import Relation
from likewise.settings import Settings
from likewise.space import Space
from likewise.training.devices import own_accelerator
from likewise.training.learner import make_learner
from likewise.training.loop import EpochLosses, train
from likewise.training.plan import Plan
from likewise.views import statistics

WIDTH = 32  # channels after the first halving of an image; doubled by each further one
HIDDEN = 256
SCALED_BY = 4096  # samples whose mean and deviation set the scale


def autoencoder(
    samples: Samples,
    dim: int = 64,
    *,
    epochs: int = 30,
    batch_size: int = 256,
    learning_rate: float = 1e-3,
    seed: int = 0,
    device: torch.device | str | None = None,
    cache: Folder | None = None,
) -> Space:
    """The latent space [n, dim] of an autoencoder trained on the samples: Adam, squared error, no labels.

    Images and series pass strided convolutions down to a side of about 4, vectors one hidden layer of 256.

    Args:
        samples: of any kind with up to three axes beside its channels.
        dim: of the latent space.
        epochs: passes over the samples.
        batch_size: samples a step.
        learning_rate: of Adam.
        seed: of the weights and the order; equal seeds, equal spaces on one device.
        device: where to train; None takes a GPU if there is one.
        cache: folder for finished spaces; None is the default of ``cache_folder``.

    Raises:
        LikewiseError: dim, epochs or batch_size is not positive.
    """
    if min(dim, epochs, batch_size) < 1:
        raise LikewiseError(f"dim, epochs and batch_size must be positive, got {dim}, {epochs}, {batch_size}.")
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))

    def make(_: Path) -> Space:
        scale = Scale.of(samples, seed).to(device)
        encoder, decoder = _networks(samples.shape, dim, seed)
        loss = _train(
            Reconstruction(encoder, decoder),
            scale,
            samples,
            _settings(samples, epochs, batch_size, seed, device),
            learning_rate,
        )
        rows = encode(encoder, samples, prepare=scale, batch_size=batch_size, device=device)
        info = {"prior": "autoencoder", "epochs": epochs, "seed": seed, "reconstruction_error": loss}
        return Space(rows, "euclidean", "autoencoder", info=info)

    what = ("autoencoder", f"2 {dim} {epochs} {batch_size} {learning_rate} {seed} {device.type}")
    return cached(samples, what, make, cache)


class Scale(nn.Module):
    """Shift and scale channels (the columns of vectors) to mean 0 and variance 1."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    @classmethod
    def of(cls, samples: Samples, seed: int) -> Scale:
        """The scale of random samples."""
        order = random_rows(len(samples), SCALED_BY, seed, "scale")
        values = samples.read(order).double()
        over = tuple(axis for axis in range(values.ndim) if axis != 1)
        mean, std = (part.float() for part in (values.mean(over, keepdim=True), values.std(over, False, keepdim=True)))
        return cls(mean, std.where(std > 0, 1.0))

    def forward(self, batch: Tensor) -> Tensor:
        """Scaled float32 values."""
        wide = batch if batch.dtype == torch.float64 else batch.float()
        return ((wide - self.mean) / self.std).float()


def _networks(shape: tuple[int, ...], dim: int, seed: int) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng():
        torch.manual_seed(seed_of(seed, "autoencoder"))
        channels, *sides = shape
        if not sides:
            d = channels
            encoder = nn.Sequential(nn.Linear(d, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, dim))
            return encoder, nn.Sequential(nn.Linear(dim, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, d))
        return _convolutions(channels, sides, dim)


CONVOLUTIONS: dict[int, tuple[Any, Any, Any]] = {
    1: (nn.Conv1d, nn.ConvTranspose1d, nn.AdaptiveAvgPool1d),
    2: (nn.Conv2d, nn.ConvTranspose2d, nn.AdaptiveAvgPool2d),
    3: (nn.Conv3d, nn.ConvTranspose3d, nn.AdaptiveAvgPool3d),
}
"""By the number of axes beside the channels: down, up, and to the exact size."""


def _convolutions(channels: int, side: Sequence[int], dim: int) -> tuple[nn.Module, nn.Module]:
    conv, transposed, pool = CONVOLUTIONS[len(side)]
    halvings = max(1, min(4, int(math.log2(max(min(side), 4) / 4))))
    widths = [channels, *(WIDTH * 2**i for i in range(halvings))]
    small = [math.ceil(s / 2**halvings) for s in side]
    down: list[nn.Module] = []
    up: list[nn.Module] = []
    for before, after in pairwise(widths):
        down += [conv(before, after, 3, stride=2, padding=1), nn.ReLU()]
        up = [transposed(after, before, 4, stride=2, padding=1), nn.ReLU(), *up]
    size = widths[-1] * math.prod(small)
    encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(size, dim))
    decoder = nn.Sequential(nn.Linear(dim, size), nn.ReLU(), nn.Unflatten(1, (widths[-1], *small)), *up[:-1])
    return encoder, nn.Sequential(decoder, pool(tuple(side)))


class Reconstruction(JointEmbedding):
    """An encoder and the decoder that shall give its input back; targets are the input."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__(encoder, nn.Sequential(decoder, nn.Flatten()), _squared_error)

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """Reconstructions and what they should be, ``[V, B, D]`` each."""
        q, _ = super().forward(views)
        return q, torch.stack([view.flatten(1) for view in views])


def _squared_error(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
    del relation, queue
    assert k is not None
    return nn.functional.mse_loss(q, k)


def _settings(samples: Samples, epochs: int, batch_size: int, seed: int, device: torch.device) -> Settings:
    """One view of each sample as it is, at a constant learning rate, in float32."""
    return Settings(
        epochs=epochs,
        batch_size=max(2, min(batch_size, len(samples))),
        view_count=1,
        partners=0,
        seed=seed,
        schedule="constant",
        warmup=0,
        precision="float32",
        accelerator=device.type,
    )


def _train(method: Reconstruction, scale: Scale, samples: Samples, settings: Settings, learning_rate: float) -> float:
    """Train both nets in place; the mean squared error of the last epoch, 1 being the variance of the samples."""

    def view(x: Tensor, view: int = 0, generator: torch.Generator | None = None) -> Tensor:
        del view, generator
        scaled: Tensor = scale(x)
        return scaled

    plan, adam = Plan(SimilarityGraph.none(len(samples)), settings), partial(torch.optim.Adam, lr=learning_rate)
    total = settings.epochs * len(plan) * settings.batch_size
    with own_accelerator(settings) as accelerator, own_randomness(settings.seed):
        learner = make_learner(accelerator, method, samples, plan, view, statistics(samples), optimizer=adam)
        with progress(total, "training the autoencoder") as advance:
            watcher = EpochLosses("the autoencoder", advance)
            train(learner, accelerator, watcher)
    return watcher.losses[-1]
