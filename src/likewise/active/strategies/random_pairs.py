"""Pairs at random: PAL's passive strategy."""

from __future__ import annotations

from likewise.active.strategies.deduction_strategy import DeductionStrategy
from likewise.answers import Question
from likewise.randomness import numpy_generator
from likewise.space import Space


class RandomPairs(DeductionStrategy):
    """Pairs uniformly at random, none twice: the passive strategy of PAL (arXiv 2303.15256), without deduction."""

    name = "random"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space.n, seed)
        self._asked: set[tuple[int, int]] = set()

    def next(self, n: int = 1) -> list[Question]:
        """N random pairs; fewer when all pairs are answered."""
        random = numpy_generator(self.seed, "random pairs", len(self._asked))
        left = self.n * (self.n - 1) // 2 - len(self._asked)
        found: dict[tuple[int, int], None] = {}
        while len(found) < min(n, left):
            a, b = sorted(random.integers(0, self.n, 2).tolist())
            if a != b and (a, b) not in self._asked:
                found[a, b] = None
        return [Question.pair(a, b, strategy=self.name) for a, b in found]

    def observe(self, a: int, b: int, value: str) -> None:
        """Remember what was asked."""
        del value
        self._asked.add((min(a, b), max(a, b)))
