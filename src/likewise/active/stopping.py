"""When asking pays no more: Crall's Poisson rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from likewise.arrays import IntArray

SPAN = 20
AHEAD = 72
ENOUGH = 0.052


@dataclass
class StoppingRule:
    """What answers have brought lately, as a moving average that forgets.

    Answers that change the grouping come like a Poisson process; the chance that any of the next a answers changes
    anything is ``1 - exp(-rate a)``, and asking stops when that is small for a = 72 (Crall, Identifying Individual
    Animals using Ranking, Verification, and Connectivity, 2017; his values).

    Attributes:
        rate: share of answers that change the grouping; begins at 1.
        moved: samples that an answer moves on average; None before the first.
    """

    rate: float = 1.0
    moved: float | None = None

    def update(self, moved: int, answers: int = 1) -> None:
        """So many samples moved with so many answers."""
        for _ in range(answers):
            share = 2 / (SPAN + 1)
            self.rate = share * float(moved > 0) + (1 - share) * self.rate
            each = moved / answers
            self.moved = each if self.moved is None else share * each + (1 - share) * self.moved

    def chance(self, ahead: int = AHEAD) -> float:
        """The chance that any of the next answers changes the grouping.

        >>> stopping = StoppingRule()
        >>> for _ in range(100):
        ...     stopping.update(0)
        >>> round(stopping.chance(), 3), stopping.satisfied
        (0.003, True)
        """
        return 1 - math.exp(-self.rate * ahead)

    @property
    def satisfied(self) -> bool:
        """Whether more answers pay no more."""
        return self.chance() < ENOUGH


def moved_samples(before: IntArray, after: IntArray) -> int:
    """How many samples changed their group, groups being matched by their largest overlap; 0 if none did.

    Two groups that become one move the smaller of them.

    >>> moved_samples(np.array([0, 0, 0, 1]), np.array([5, 5, 5, 5]))
    1
    """
    pairs, counts = np.unique(before.astype(np.int64) << 32 | after, return_counts=True)
    overlap = []
    for side in (pairs >> 32, pairs & 0xFFFFFFFF):
        largest = np.zeros(int(side.max()) + 1, np.int64)
        np.maximum.at(largest, side, counts)
        overlap.append(int(largest.sum()))
    return len(before) - min(overlap)
