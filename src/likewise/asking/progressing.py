"""What a person is told while asking goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.arrays import Array, IntArray
from likewise.asking.guided import Guided
from likewise.asking.protocol import Strategy
from likewise.asking.stopping import Returns

NEXT = 50


@dataclass(frozen=True)
class Progress:
    """How far asking has come.

    Attributes:
        spent: judgements so far.
        budget: judgements at most.
        groups: groups of two samples and more.
        purity: the expected share of pairs within a group that are alike; None where the strategy does not know.
        coverage: the expected share of alike pairs that are within a group; None the same.
        chance: that any of the next fifty answers changes a group.
        moved: samples that the next fifty answers will move, if they do as the last ones did.
    """

    spent: int
    budget: int
    groups: int
    purity: float | None
    coverage: float | None
    chance: float
    moved: float

    @classmethod
    def of(cls, strategy: Strategy, groups: IntArray, spent: int, budget: int, returns: Returns) -> Progress:
        """The progress of a strategy."""
        purity, coverage = expected_quality(strategy) if isinstance(strategy, Guided) else (None, None)
        count = int((np.bincount(groups - groups.min()) > 1).sum())
        moved = min(NEXT * (returns.moved or 0.0), float(len(groups)))
        return cls(spent, budget, count, purity, coverage, returns.chance(NEXT), moved)

    def __str__(self) -> str:
        quality = (
            ""
            if self.purity is None or self.coverage is None
            else f", expected purity {self.purity:.0%} and coverage {self.coverage:.0%}"
        )
        moved = f"about {self.moved:,.0f} samples" if self.moved >= 1 else "less than one sample"
        return (
            f"{self.spent:,} of {self.budget:,} answers, {self.groups:,} groups{quality}; the next {NEXT} would move "
            f"{moved} (chance that they change anything: {self.chance:.0%})"
        )


def expected_groups(strategy: Strategy, at_least: float) -> IntArray:
    """int32 ``[n]``: the group of each sample that belongs there with this probability or a higher one; else -1.

    A strategy that has no probabilities is taken at its word.
    """
    groups = strategy.groups()
    belonging = expected_belonging(strategy, groups)
    return groups if belonging is None else np.where(belonging >= at_least, groups, -1).astype(np.int32)


def expected_belonging(strategy: Strategy, groups: IntArray) -> Array | None:
    """``[n]``: how probably each sample belongs to its group of the strategy's; None of one without probabilities."""
    if not isinstance(strategy, Guided):
        return None
    knowledge = strategy.knowledge
    belonging: Array = knowledge.beliefs.table[knowledge.affinities.node, groups]
    return belonging


def expected_quality(strategy: Guided) -> tuple[float, float]:
    """The purity and the coverage of pairs within groups, as the strategy's own beliefs expect them."""
    knowledge = strategy.knowledge
    table, weight = knowledge.beliefs.table[:, :-1].astype(np.float64), knowledge.affinities.weight
    group = table.argmax(1)
    own = np.bincount(group, weight * table.max(1), table.shape[1])
    within = np.bincount(group, weight, table.shape[1])
    every = weight @ table
    return float((own**2).sum() / (within**2).sum()), float((own**2).sum() / max((every**2).sum(), 1e-12))
