"""A prior learned without labels or outside knowledge: an autoencoder (one of the priors of arXiv 2401.01990)."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.priors.cache import Folder, cached
from likewise.priors.encoding import encode
from likewise.progress import progress
from likewise.randomness import seed_of, torch_generator
from likewise.space import Space

WIDTH = 32  # channels after the first halving of an image; doubled by each further one
HIDDEN = 256


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

    Images pass strided convolutions down to a side of about 4, vectors one hidden layer of 256.

    Args:
        samples: images or vectors.
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
        loss = _train(encoder.to(device), decoder.to(device), scale, samples, epochs, batch_size, learning_rate, seed)
        rows = encode(encoder, samples, prepare=scale, batch_size=batch_size, device=device)
        info = {"prior": "autoencoder", "epochs": epochs, "seed": seed, "reconstruction_error": loss}
        return Space(rows, "euclidean", "autoencoder", info=info)

    what = ("autoencoder", f"{dim} {epochs} {batch_size} {learning_rate} {seed} {device.type}")
    return cached(samples, what, make, cache)


class Scale(nn.Module):
    """Shift and scale channels, or the columns of vectors, to mean 0 and variance 1."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    @classmethod
    def of(cls, samples: Samples, seed: int) -> Scale:
        """The scale of up to 4,096 random samples."""
        order = torch.randperm(len(samples), generator=torch_generator(seed, "scale"))[:4096]
        values = samples.read(order).double()
        over = (0, 2, 3) if values.ndim == 4 else (0,)
        mean, std = (part.float() for part in (values.mean(over, keepdim=True), values.std(over, False, keepdim=True)))
        return cls(mean, std.where(std > 0, 1.0))

    def forward(self, batch: Tensor) -> Tensor:
        """Scaled float32 values."""
        return (batch.float() - self.mean) / self.std


def _networks(shape: tuple[int, ...], dim: int, seed: int) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng():
        torch.manual_seed(seed_of(seed, "autoencoder"))
        if len(shape) == 1:
            d = shape[0]
            encoder = nn.Sequential(nn.Linear(d, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, dim))
            return encoder, nn.Sequential(nn.Linear(dim, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, d))
        return _convolutions(shape, dim)


def _convolutions(shape: tuple[int, ...], dim: int) -> tuple[nn.Module, nn.Module]:
    channels, *side = shape
    halvings = max(1, min(4, int(math.log2(max(min(side), 4) / 4))))
    widths = [channels, *(WIDTH * 2**i for i in range(halvings))]
    small = [math.ceil(s / 2**halvings) for s in side]
    down: list[nn.Module] = []
    up: list[nn.Module] = []
    for before, after in pairwise(widths):
        down += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
        up = [nn.ConvTranspose2d(after, before, 4, stride=2, padding=1), nn.ReLU(), *up]
    size = widths[-1] * math.prod(small)
    encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(size, dim))
    decoder = nn.Sequential(nn.Linear(dim, size), nn.ReLU(), nn.Unflatten(1, (widths[-1], *small)), *up[:-1])
    return encoder, nn.Sequential(decoder, nn.AdaptiveAvgPool2d(tuple(side)))


def _train(
    encoder: nn.Module,
    decoder: nn.Module,
    scale: Scale,
    samples: Samples,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
) -> float:
    """Train both in place; the mean squared error of the last epoch, 1 being the variance of the samples."""
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    total = torch.zeros((), device=scale.mean.device)
    with progress(epochs * len(samples), "training the autoencoder") as advance:
        for epoch in range(epochs):
            total.zero_()
            for ids in torch.randperm(len(samples), generator=torch_generator(seed, epoch)).split(batch_size):
                batch = scale(samples.read(ids).to(total.device))
                loss = nn.functional.mse_loss(decoder(encoder(batch)), batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(ids)
                advance(len(ids))
    return float(total) / len(samples)
