"""Progress of active learning: what it has cost, what it is expected to have brought, and what is to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.active.abilities import require_membership
from likewise.active.protocol import Strategy
from likewise.active.stopping import StoppingRule
from likewise.arrays import IntArray

NEXT = 50


@dataclass(frozen=True)
class Progress:
    """How far asking has come.

    Attributes:
        spent: judgements so far.
        budget: judgements at most.
        groups: groups of two samples and more.
        purity: the expected share of pairs within a group that are alike; None where the strategy gives no quality.
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
    def of(cls, strategy: Strategy, groups: IntArray, spent: int, budget: int, stopping: StoppingRule) -> Progress:
        """The progress of a strategy whose groups are these now."""
        quality = strategy.abilities.quality
        purity, coverage = (None, None) if quality is None else quality(groups)
        count = int((np.bincount(groups - groups.min()) > 1).sum())
        moved = min(NEXT * (stopping.moved or 0.0), float(len(groups)))
        return cls(spent, budget, count, purity, coverage, stopping.chance(NEXT), moved)

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

    Raises:
        LikewiseError: the strategy gives no membership probabilities.
    """
    membership, groups = require_membership(strategy), strategy.groups()
    return np.where(membership(groups) >= at_least, groups, -1).astype(np.int32)
