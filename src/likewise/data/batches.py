"""Which ids make up a batch: a pure function of (seed, epoch, step, rank, world), so that resuming needs no state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array
from likewise.data.pairs import Draws
from likewise.errors import LikewiseError, unknown_name
from likewise.randomness import torch_generator

BLOCK = 1 << 16  # anchors whose partners are drawn at a time, so that millions of samples need little memory


class Batches(ABC):
    """The batches of every epoch.

    An epoch is one list of entries, cut into global batches of ``world * batch_size``, and those into one batch a rank.
    ``len(batches)`` is the number of steps an epoch. A short last batch is dropped, or kept with ``drop_last=False``
    (one rank only: ranks must take the same number of steps).

    Args:
        length: entries an epoch.
        batch_size: entries a batch on each rank.
        seed: equal seeds, equal batches.
        drop_last: leave a short last batch out.
        rank: this process, of ``world``.
        world: number of processes.
    """

    def __init__(
        self, length: int, batch_size: int, *, seed: int = 0, drop_last: bool = True, rank: int = 0, world: int = 1
    ) -> None:
        if not 1 <= batch_size * world <= length:
            of = f" on each of {world} ranks" if world > 1 else ""
            raise LikewiseError(
                f"batch_size {batch_size}{of} must be at least 1 and fit into the {length} of an epoch."
            )
        if not drop_last and world > 1:
            raise LikewiseError("drop_last=False needs a single rank: ranks must take the same number of steps.")
        self.length, self.batch_size, self.seed, self.drop_last = length, batch_size, seed, drop_last
        self.rank, self.world = rank, world
        self._cached: tuple[int, Tensor] = (-1, torch.empty(0, dtype=torch.int64))

    @abstractmethod
    def entries(self, epoch: int) -> Tensor:
        """int64 ``[..., length]``: all entries of an epoch, in order."""

    def batch(self, epoch: int, step: int) -> Tensor:
        """int64 ``[B]`` anchors, or ``[2, B]`` pairs, of one step on this rank, on the CPU."""
        if not 0 <= step < len(self):
            raise LikewiseError(f"step {step} lies outside of an epoch of {len(self)} steps.")
        if self._cached[0] != epoch:
            self._cached = epoch, self.entries(epoch)
        start = (step * self.world + self.rank) * self.batch_size
        return self._cached[1][..., start : start + self.batch_size]

    def __len__(self) -> int:
        whole, rest = divmod(self.length, self.batch_size * self.world)
        return whole + bool(rest and not self.drop_last)


class AnchorBatches(Batches):
    """Every sample once an epoch: in a new random order ("uniform"), or as they stand ("sequential").

    >>> plan = AnchorBatches(10, 4, seed=0)
    >>> len(plan), plan.batch(epoch=0, step=1).tolist() == plan.batch(epoch=0, step=1).tolist()
    (2, True)
    """

    def __init__(
        self,
        n: int,
        batch_size: int,
        *,
        seed: int = 0,
        drop_last: bool = True,
        order: Literal["uniform", "sequential"] = "uniform",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if order not in ("uniform", "sequential"):
            raise unknown_name("order", order, ("uniform", "sequential"))
        super().__init__(n, batch_size, seed=seed, drop_last=drop_last, rank=rank, world=world)
        self.order = order

    def entries(self, epoch: int) -> Tensor:
        """``[n]`` ids."""
        if self.order == "sequential":
            return torch.arange(self.length)
        return torch.randperm(self.length, generator=torch_generator(self.seed, "anchors", epoch))


class PairBatches(Batches):
    """Unordered pairs in proportion to their weight, each in a random orientation (SPPS, arXiv 2306.16122).

    The entries are n pairs of a sample with itself and the P given pairs, so that an epoch is n + P. Equal weights: a
    shuffled pass over all. Unequal: drawn with replacement in proportion. Entries of weight 0 are left out.

    Args:
        pairs: ``[P, 2]`` ids, each unordered pair once.
        weights: ``[P]`` non-negative; default 1.
        n: number of samples.
        batch_size: pairs a batch.
        self_weights: ``[n]``, or one for all: the weight of a sample with itself.
        seed: equal seeds, equal batches.
        drop_last: as for all batches; so are rank and world.
        rank: this process.
        world: number of processes.
    """

    def __init__(
        self,
        pairs: Array,
        weights: Array | None = None,
        *,
        n: int,
        batch_size: int,
        self_weights: Array | float = 1.0,
        seed: int = 0,
        drop_last: bool = True,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        given = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)
        if given.shape != (len(pairs),):
            raise LikewiseError(f"{len(pairs)} pairs need as many weights, got the shape {list(given.shape)}.")
        if len(pairs) and not 0 <= pairs.min() <= pairs.max() < n:
            raise LikewiseError(f"ids of pairs must lie in [0, {n}), found {pairs.min()} to {pairs.max()}.")
        weight = np.concatenate([np.broadcast_to(np.asarray(self_weights, dtype=np.float64), (n,)), given])
        if not (np.isfinite(weight).all() and weight.min() >= 0):
            raise LikewiseError("weights of pairs must be finite and not negative.")
        alone = np.repeat(np.arange(n), 2).reshape(n, 2)
        self.pairs = torch.from_numpy(np.concatenate([alone, pairs])[weight > 0].T.copy())
        weight = weight[weight > 0]
        super().__init__(len(weight), batch_size, seed=seed, drop_last=drop_last, rank=rank, world=world)
        # In float64: a float32 running sum loses entries beyond 2^24.
        self._cumulative = None if weight.min() == weight.max() else torch.from_numpy(np.cumsum(weight))

    def entries(self, epoch: int) -> Tensor:
        """``[2, length]`` ids: the two of each pair."""
        generator = torch_generator(self.seed, "pairs", epoch)
        if self._cumulative is None:
            chosen = torch.randperm(self.length, generator=generator)
        else:
            at = torch.rand(self.length, generator=generator, dtype=torch.float64) * self._cumulative[-1]
            chosen = torch.searchsorted(self._cumulative, at, right=True).clamp_(max=self.length - 1)
        turned = torch.rand(self.length, generator=generator) < 0.5
        found = self.pairs[:, chosen]
        return torch.where(turned, found.flip(0), found)


class NeighborhoodBatches(Batches):
    """Every sample exactly once an epoch, in an order that puts neighbours into the same batch.

    Samples are visited in random order; one that is still free opens a group and takes up to ``group - 1`` free
    partners that the graph draws for it. The groups are shuffled and laid end to end. So anchors stay uniform (the
    effective number of anchors is n), and a batch holds no sample twice. A sample whose neighbours are all taken stands
    alone, the more often the sparser the graph.

    Args:
        graph: draws the partners.
        batch_size: anchors a batch; a multiple of ``group`` loses the fewest neighbours at its edges.
        seed: equal seeds, equal batches.
        group: largest number of samples in a neighbourhood.
        drop_last: as for all batches; so are rank and world.
        rank: this process.
        world: number of processes.
    """

    def __init__(
        self,
        graph: Draws,
        batch_size: int,
        *,
        seed: int = 0,
        group: int = 8,
        drop_last: bool = True,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if not 1 <= group <= batch_size:
            raise LikewiseError(f"group must lie between 1 and the batch size {batch_size}, got {group}.")
        super().__init__(graph.n, batch_size, seed=seed, drop_last=drop_last, rank=rank, world=world)
        self.graph, self.group = graph, group

    def entries(self, epoch: int) -> Tensor:
        """``[n]`` ids, a permutation."""
        generator = torch_generator(self.seed, "neighborhoods", epoch)
        free = [True] * self.length
        groups: list[list[int]] = []
        for block in torch.randperm(self.length, generator=generator).split(BLOCK):
            anchors = torch.tensor([anchor for anchor in block.tolist() if free[anchor]], dtype=torch.int64)
            if not len(anchors):
                continue
            # Twice as many draws as places: a draw with replacement from few neighbours often repeats.
            wanted = anchors[:, None].expand(-1, 2 * (self.group - 1)).contiguous()
            drawn = self.graph.draw(wanted, generator=generator)
            for anchor, partners in zip(anchors.tolist(), drawn.tolist(), strict=True):
                if free[anchor]:
                    groups.append(self._take([anchor, *partners], free))
        shuffled = torch.randperm(len(groups), generator=generator).tolist()
        return torch.tensor([member for place in shuffled for member in groups[place]])

    def _take(self, candidates: list[int], free: list[bool]) -> list[int]:
        """The first free candidates, up to a group of them, which are then no longer free."""
        members: list[int] = []
        for candidate in candidates:
            if free[candidate] and len(members) < self.group:
                free[candidate] = False
                members.append(candidate)
        return members


def effective_anchors(batches: Batches, n: int, epoch: int = 0) -> float:
    """Kish's effective number of anchors in an epoch, ``(sum c)^2 / sum c^2`` of how often each of n samples occurs.

    n where all occur equally often, fewer where some crowd others out.

    >>> effective_anchors(AnchorBatches(10, 5), n=10)
    10.0
    """
    counts = torch.bincount(batches.entries(epoch).flatten(), minlength=n).double()
    return float(counts.sum() ** 2 / (counts**2).sum())
