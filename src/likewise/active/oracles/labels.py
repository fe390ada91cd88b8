"""Answers from known labels, with simulated noise."""

from __future__ import annotations

from typing import Any

from likewise.answers import Answer, Question, Value
from likewise.arrays import as_ids
from likewise.errors import LikewiseError
from likewise.graph.diagnosis import class_codes
from likewise.randomness import numpy_generator


class LabelOracle:
    """Answers from known labels: alike where they are equal, unsure where one is missing.

    Args:
        labels: one for each sample; negative whole numbers, NaN and None are missing.
        error: share of answers that are wrong.
        abstain: share of answers that are unsure.
        persistent: whether the same pair gets the same answer again, as from a person who sees it so; otherwise each
            answer errs afresh.
        seed: equal seeds err on equal pairs.
        who: the annotator's name.

    Raises:
        LikewiseError: shares outside of [0, 1).
    """

    def __init__(
        self,
        labels: Any,
        *,
        error: float = 0.0,
        abstain: float = 0.0,
        persistent: bool = True,
        seed: int = 0,
        who: str = "labels",
    ) -> None:
        for name, share in (("error", error), ("abstain", abstain)):
            if not 0 <= share < 1:
                raise LikewiseError(f"{name} is a share of answers in [0, 1), got {share}.")
        self.codes = class_codes(labels, len(labels))[1]
        self.error, self.abstain, self.persistent, self.seed, self.who = error, abstain, persistent, seed, who
        self._asked = 0

    def ask(self, question: Question) -> Answer:
        """The answer to a pair or a grid; a wrong grid tile is ticked or left out wrongly."""
        self._asked += 1
        as_ids([question.anchor, *question.tiles], len(self.codes), "samples of a question")
        return Answer(question, tuple(self._judge(a, b, question.kind) for a, b in question.pairs), self.who)

    def _judge(self, a: int, b: int, kind: str) -> Value:
        again = 0 if self.persistent else self._asked
        error, abstain = numpy_generator(self.seed, self.who, min(a, b), max(a, b), again).random(2)
        if abstain < self.abstain or min(self.codes[a], self.codes[b]) < 0:
            return "unsure"
        alike = bool(self.codes[a] == self.codes[b]) != bool(error < self.error)
        return "alike" if alike else "unticked" if kind == "grid" else "different"


class ColumnOracle(LabelOracle):
    """Answers from metadata: two samples are alike where a column agrees (the same patient, place or hour).

    Args:
        samples: with ``samples[column]``.
        column: its name; what is missing there is answered unsure.
        options: those of ``LabelOracle``.
    """

    def __init__(self, samples: Any, column: str, **options: Any) -> None:
        super().__init__(samples[column], **({"who": f"column {column}"} | options))
