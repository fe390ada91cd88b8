"""Pairs of samples that a graph calls alike, for a training loop that the user owns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import fingerprint
from likewise.data.samples import Samples
from likewise.errors import LikewiseError
from likewise.randomness import torch_generator

Pair = tuple[Tensor, Tensor, int, int]


class Draws(Protocol):
    """Anything that draws a partner for each id; a ``SimilarityGraph`` does."""

    @property
    def n(self) -> int:
        """Number of samples."""

    def draw(self, ids: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Partners of ids, of the same shape and device."""


class PairDataset(torch.utils.data.Dataset[Pair]):
    """Items ``(x_i, x_j, i, j)`` with j drawn from the graph, for a plain PyTorch ``DataLoader``.

    The partner of i is a function of (seed, epoch, i), whatever the batch or the worker. Call ``set_epoch`` before each
    epoch, as with a ``DistributedSampler``; workers see it, persistent ones too.

    Args:
        samples: read by id.
        graph: draws the partners.
        views: called as ``views(x, view, generator)`` on a batch; x_i is view 0 and x_j view 1. None: as stored.
        seed: equal seeds, equal pairs.

    >>> from likewise.data.opening import open_samples
    >>> class Next:  # a graph that calls each sample alike the next one
    ...     n = 3
    ...     def draw(self, ids, generator=None):
    ...         return (ids + 1) % 3
    >>> x_i, x_j, i, j = PairDataset(open_samples(np.eye(3)), Next())[2]
    >>> x_i.tolist(), x_j.tolist(), i, j
    ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0], 2, 0)
    """

    def __init__(
        self,
        samples: Samples,
        graph: Draws,
        views: Callable[[Tensor, int, torch.Generator], Tensor] | None = None,
        seed: int = 0,
    ) -> None:
        if graph.n != len(samples):
            raise LikewiseError(f"the graph has {graph.n} samples, but there are {len(samples)}: graph.align(samples).")
        self.samples, self.graph, self.views, self.seed = samples, graph, views, seed
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # so that running workers see set_epoch
        self._drawn: tuple[int, Tensor] = (-1, torch.empty(0, dtype=torch.int64))

    def set_epoch(self, epoch: int) -> None:
        """Draw new partners from now on."""
        self._epoch.fill_(epoch)

    def partners(self) -> Tensor:
        """int64 ``[n]``: the partner of every sample in this epoch."""
        epoch = int(self._epoch)
        if self._drawn[0] != epoch:
            generator = torch_generator(self.seed, "pairs", epoch)
            self._drawn = epoch, self.graph.draw(torch.arange(len(self)), generator=generator)
        return self._drawn[1]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Pair:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Pair]:
        ids = torch.as_tensor(indices, dtype=torch.int64)
        both = torch.stack([ids, self.partners()[ids]])
        x_i, x_j = self.samples.read(both)
        if self.views is not None:
            generator = torch_generator(self.seed, "views", int(self._epoch), fingerprint(np.asarray(ids)))
            x_i, x_j = self.views(x_i, 0, generator), self.views(x_j, 1, generator)
        return list(zip(x_i, x_j, *both.tolist(), strict=True))
