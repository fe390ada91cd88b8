"""Several annotators as one oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from likewise.active.protocol import Oracle, checked
from likewise.answers import Answer, Question
from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.randomness import seed_of


class Annotators:
    """Several oracles who share the questions: each goes to one of them, evenly and reproducibly.

    Args:
        oracles: by name, or a list; their answers carry their names, so that each gets an error rate of their own.
        seed: who gets which question.

    Raises:
        LikewiseError: there is nobody.
    """

    def __init__(self, oracles: Mapping[str, Oracle] | Sequence[Oracle], *, seed: int = 0) -> None:
        named = oracles if isinstance(oracles, Mapping) else {f"annotator {i}": o for i, o in enumerate(oracles, 1)}
        if not named:
            raise LikewiseError("annotators need at least one oracle.")
        self.oracles, self.seed, self._asked = dict(named), seed, 0

    def ask(self, question: Question) -> Answer | None:
        """The answer of whose turn it is, in their name."""
        names: Array = np.array(list(self.oracles))
        turn = seed_of(self.seed, self._asked // len(names))
        who = str(np.random.default_rng(turn).permutation(names)[self._asked % len(names)])
        self._asked += 1
        answer = checked(question, self.oracles[who].ask(question))
        return None if answer is None else Answer(question, answer.values, who, answer.ms, answer.session)
