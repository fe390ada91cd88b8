"""What strategies share that know no more than what follows from the answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import deepcopy
from typing import Self

from likewise.active.abilities import Abilities
from likewise.answers import Answer, Deduction, Question
from likewise.arrays import IntArray


class DeductionStrategy:
    """What strategies share that know no more than what follows from the answers.

    Args:
        n: the number of samples.
        seed: of their random choices.
    """

    name = ""

    def __init__(self, n: int, seed: int = 0) -> None:
        self.n, self.seed = n, seed
        self.deduction = Deduction(n)
        self.answered = 0

    @abstractmethod
    def next(self, n: int = 1) -> list[Question]:
        """At most n questions; an empty list when there are none left."""

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers and deduce what follows."""
        for answer in answers:
            self.answered += 1
            for a, b, value in answer.judgements:
                if value != "unsure":
                    self.deduction.add(a, b, value, self.answered)
                self.observe(a, b, value)

    def observe(self, a: int, b: int, value: str) -> None:
        """A hook for what else a strategy keeps of an answer."""

    def groups(self) -> IntArray:
        """int32 ``[n]``: the components of alike answers."""
        return self.deduction.codes

    def copy(self) -> Self:
        """An independent one in the same state."""
        return deepcopy(self)

    @property
    def abilities(self) -> Abilities:
        """It can be copied, and no more."""
        return Abilities(copy=self.copy)
