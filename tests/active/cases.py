from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from likewise.active import (
    Abilities,
    Cobras,
    Guided,
    LabelOracle,
    NearestEdges,
    Pal,
    RandomPairs,
    Strategy,
    UncertainEdges,
    WardMerging,
)
from likewise.active.strategies.guided.affinity_graph import AffinityGraph
from likewise.space import Space


def blobs(seed: int = 0, classes: int = 4, each: int = 8, spread: float = 0.3) -> tuple[Space, np.ndarray]:
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), each)
    centers = 5 * np.stack([np.cos(np.arange(classes)), np.sin(np.arange(classes)), np.arange(classes) % 2], 1)
    order = random.permutation(len(y))
    x = centers[y] + spread * random.standard_normal((len(y), 3))
    return Space(x[order], "euclidean"), y[order]


def mixed(seed: int = 0, classes: int = 5, each: int = 60, d: int = 30) -> tuple[Space, np.ndarray]:
    """Classes that mix: neighbours are often of another one, but directions tell them apart."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(classes), each))
    x = 0.55 * random.standard_normal((classes, d))[y] + random.standard_normal((len(y), d))
    return Space(x.astype(np.float32), "euclidean"), y


def dense(affinities: AffinityGraph) -> np.ndarray:
    """The normalised affinities of nodes ``[m, m]``."""
    return affinities.root[:, None] * affinities.sums.toarray() * affinities.root


def seeds_of(y: np.ndarray) -> list[int]:
    return [int(np.flatnonzero(y == c)[0]) for c in np.unique(y)]


STRATEGIES = {
    "random": lambda space, y, seed: RandomPairs(space, seed=seed),
    "nearest": lambda space, y, seed: NearestEdges(space, seed=seed),
    "uncertain": lambda space, y, seed: UncertainEdges(space, seed=seed),
    "ward": lambda space, y, seed: WardMerging(space, seed=seed, size=space.n),
    "cobras": lambda space, y, seed: Cobras(space, seed=seed),
    "pal": lambda space, y, seed: Pal(space, seeds=seeds_of(y), seed=seed, replacement=False),
    "ours": lambda space, y, seed: Guided(space, seed=seed),
    "ours, on grids": lambda space, y, seed: Guided(space, seed=seed, tiles=5),
}


def play(strategy: Strategy, oracle: LabelOracle, questions: int, batch: int = 1) -> list:
    """Ask and tell; the questions asked."""
    asked: list = []
    while len(asked) < questions:
        found = strategy.next(min(batch, questions - len(asked)))
        if not found:
            break
        strategy.tell([oracle.ask(question) for question in found])
        asked += found
    return asked


def same_partition(a: Sequence[int] | np.ndarray, b: Sequence[int] | np.ndarray) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return bool(((a[:, None] == a) == (b[:, None] == b)).all())


class Delegating:
    """Wraps a strategy and hands everything on."""

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Forwarding:
    """Wraps a strategy and hands on what the protocol declares, nothing else."""

    def __init__(self, inner: Strategy) -> None:
        self._inner = inner
        self.name = inner.name

    def next(self, n: int = 1) -> list:
        return self._inner.next(n)

    def tell(self, answers: Sequence) -> None:
        self._inner.tell(answers)

    def groups(self) -> np.ndarray:
        return self._inner.groups()

    @property
    def abilities(self) -> Abilities:
        copy = self._inner.abilities.copy
        return replace(self._inner.abilities, copy=None if copy is None else lambda: Forwarding(copy()))


WRAPPERS = (Delegating, Forwarding)
