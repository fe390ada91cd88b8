"""Strategies written as generators that ask for one answer at a time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Sequence

import numpy as np

from likewise.active.abilities import Abilities
from likewise.active.strategies.deduction_strategy import DeductionStrategy
from likewise.answers import Answer, Question
from likewise.arrays import Array, IntArray
from likewise.space import Space

Queries = Generator[tuple[int, int], bool, None]
"""Yields two samples and is sent whether they are alike."""


class SequentialStrategy(DeductionStrategy):
    """Runs a script; what the answers imply already, its own or a resumed store's, is never asked."""

    def __init__(self, space: Space, seed: int = 0) -> None:
        super().__init__(space.n, seed)
        self.x = space.compared
        self.code: IntArray = np.zeros(space.n, np.int32)
        self._unsure: dict[tuple[int, int], bool] = {}
        self._queries = self.queries()
        self._pending: tuple[int, int] | None = next(self._queries, None)

    @abstractmethod
    def queries(self) -> Queries:
        """The questions; keeps ``self.code`` at what is known."""

    def next(self, n: int = 1) -> list[Question]:
        """The script's next question: one, whatever n is, for the one after it depends on the answer."""
        self._advance()
        if self._pending is None or n < 1:
            return []
        return [Question.pair(*self._pending, strategy=self.name)]

    def _advance(self) -> None:
        while self._pending is not None:
            a, b = sorted(self._pending)
            known = self.deduction.known(a, b)
            if known == "unknown" and (a, b) not in self._unsure:
                return
            alike = known == "alike" if known != "unknown" else self._unsure[a, b]
            try:
                self._pending = self._queries.send(alike)
            except StopIteration:
                self._pending = None

    def observe(self, a: int, b: int, value: str) -> None:
        """An unsure or contradicted answer counts as it was given, else as different."""
        self._unsure[min(a, b), max(a, b)] = value == "alike"

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers and advance to the next unknown pair."""
        super().tell(answers)
        self._advance()

    def groups(self) -> IntArray:
        """int32 ``[n]``: what the script made of the answers."""
        return self.code.copy()

    @property
    def abilities(self) -> Abilities:
        """None: a script that runs cannot be copied."""
        return Abilities()


def medoid(x: Array, samples: Array) -> int:
    """The sample nearest to the mean of samples."""
    rows = x[samples]
    return int(samples[((rows - rows.mean(0)) ** 2).sum(1).argmin()])
