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
    return strategy.chances(groups) if isinstance(strategy, Guided) else None


def expected_quality(strategy: Guided) -> tuple[float, float]:
    """The purity and the coverage of pairs within groups, as the strategy expects them.

    Who is in the wrong group is taken to belong to any other, and groups are one as surely as is believed.
    """
    groups, ties = strategy.groups(), strategy.knowledge.beliefs.ties
    chance = strategy.chances(groups)
    size = np.bincount(groups, minlength=int(ties.group.max()) + 1).astype(np.float64)
    right = np.bincount(groups, chance, len(size))
    leaves = (size - right) / np.maximum(len(groups) - size, 1)
    whole = right + size * (leaves.sum() - leaves)
    first = np.unique(ties.group, return_index=True)[1]
    one = ties.joined[np.ix_(first, first)]
    np.fill_diagonal(one, 0)
    alike = (whole**2).sum() + whole @ one @ whole
    return float((right**2).sum() / (size**2).sum()), float((right**2).sum() / max(alike, 1e-12))
