"""Which samples meet in which step: batches of anchors and the partners that the graph draws for them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from likewise.arrays import Array
from likewise.data import AnchorBatches, Batches, NeighborhoodBatches, PairBatches, Samples
from likewise.graph import SimilarityGraph
from likewise.randomness import torch_generator
from likewise.settings import Settings
from likewise.space import Space

Remine = Callable[[Space, int], SimilarityGraph]
"""Builds a graph from the space of the network in training and the epoch: ``build(space, epoch) -> graph``."""

BLOCK = 64
"""For how many steps partners are drawn at once."""

GROUP = 8
"""How many neighbours at most sample="neighborhoods" puts beside each other."""


class Plan:
    """The ids ``[V, B]`` of every step, a pure function of (seed, epoch, step, rank).

    Args:
        graph: draws the partners.
        settings: of the run.
        rank: this process.
        world: of how many.

    Raises:
        LikewiseError: a batch is larger than an epoch.
    """

    def __init__(self, graph: SimilarityGraph, settings: Settings, rank: int = 0, world: int = 1):
        self.settings, self.rank, self.world = settings, rank, world
        self.use(graph)

    def use(self, graph: SimilarityGraph) -> None:
        """Draw from this graph from now on."""
        self.graph, self.batches = graph, self._batches(graph)
        self._drawn: tuple[tuple[int, int], Tensor] = (-1, -1), torch.empty(0)

    def _batches(self, graph: SimilarityGraph) -> Batches:
        chosen = self.settings
        where: dict[str, Any] = {"seed": chosen.seed, "rank": self.rank, "world": self.world}
        if chosen.sample == "neighborhoods":
            return NeighborhoodBatches(graph, chosen.batch_size, group=min(GROUP, chosen.batch_size), **where)
        if chosen.sample == "pairs":
            pairs, weights, own = unordered_pairs(graph)
            return PairBatches(pairs, weights, n=graph.n, batch_size=chosen.batch_size, self_weights=own, **where)
        return AnchorBatches(graph.n, chosen.batch_size, **where)

    def ids(self, epoch: int, step: int) -> Tensor:
        """int64 ``[V, B]``: anchors, then the drawn partners, then the anchors again."""
        block, place = divmod(step, BLOCK)
        if self._drawn[0] != (epoch, block):
            self._drawn = (epoch, block), self._draw(epoch, block)
        return self._drawn[1][place]

    def _draw(self, epoch: int, block: int) -> Tensor:
        """int64 ``[steps, V, B]``: the ids of a block of steps, drawn at once because each draw costs the same."""
        steps = range(block * BLOCK, min(len(self), (block + 1) * BLOCK))
        batches = torch.stack([self.batches.batch(epoch, step) for step in steps])
        if batches.ndim == 3:
            return batches
        chosen = self.settings
        rows = batches[:, None].repeat(1, chosen.view_count, 1)
        generator = torch_generator(chosen.seed, "partners", epoch, block, self.rank)
        for row in range(1, 1 + chosen.partners):
            rows[:, row] = self.graph.draw(batches, generator)
        return rows

    def __len__(self) -> int:
        return len(self.batches)


def unordered_pairs(graph: SimilarityGraph) -> tuple[Array, Array, Array]:
    """The pairs i < j that are alike in either direction ``[P, 2]``, their larger weight ``[P]``, and self weights.

    Weights are attraction; of a mix, which has none of its own, the probabilities of its draws.
    """
    from scipy.sparse import triu

    mixed = len(graph.parts) > 1
    matrix = graph.transition() if mixed else graph.to_scipy()
    upper = triu(matrix.maximum(matrix.T), 1).tocoo()
    return np.c_[upper.row, upper.col], upper.data, matrix.diagonal() if mixed else graph.self_weight


class PlanSampler(Sampler[Tensor]):
    """Yields the ids of an epoch's steps, from a step on."""

    def __init__(self, plan: Plan):
        self.plan, self.epoch, self.first = plan, 0, 0

    def __iter__(self) -> Iterator[Tensor]:
        return (self.plan.ids(self.epoch, step) for step in range(self.first, len(self.plan)))

    def __len__(self) -> int:
        return len(self.plan) - self.first


class Reader(Dataset[tuple[Tensor, Tensor]]):
    """Reads the samples of ids ``[V, B]``: (ids, samples), the latter empty where training has them on its device."""

    def __init__(self, samples: Samples, *, on_device: bool):
        self.samples, self.on_device = samples, on_device

    def __getitem__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        return ids, torch.empty(0) if self.on_device else self.samples.read(ids)


class Loader:
    """Loads the batches of a plan, and adds up in ``waited`` the seconds that training waited for them.

    Args:
        plan: which ids meet in which step.
        samples: read by id, unless they live on the device.
        on_device: whether they do; a batch is then only its ids.
        workers: processes that read.
    """

    def __init__(self, plan: Plan, samples: Samples, *, on_device: bool, workers: int):
        self.waited = 0.0
        self.sampler = PlanSampler(plan)
        workers = 0 if on_device else workers
        self.data = DataLoader(
            Reader(samples, on_device=on_device),
            batch_size=None,
            sampler=self.sampler,
            num_workers=workers,
            persistent_workers=workers > 0,
            worker_init_fn=ignore_signals,
            pin_memory=not on_device and torch.cuda.is_available(),
        )

    def epoch(self, epoch: int, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of an epoch, from a step on."""
        self.sampler.epoch, self.sampler.first = epoch, first
        batches = iter(self.data)
        while True:
            began = time.perf_counter()
            batch = next(batches, None)
            self.waited += time.perf_counter() - began
            if batch is None:
                return
            yield batch

    def close(self) -> None:
        """End the workers, which do not hear when this process asks them to as it exits (``ignore_signals``)."""
        iterator = getattr(self.data, "_iterator", None)
        if iterator is not None and self.data.num_workers:
            iterator._shutdown_workers()


def ignore_signals(worker: int) -> None:
    """Leave signals to the process that trains: it finishes its step, for which it still needs its workers.

    They end when the loader is closed, and with that process where it is killed.
    """
    del worker
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
