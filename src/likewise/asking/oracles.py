"""Oracles that need no person: known labels, a function, metadata; and several annotators as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from likewise.answers import Answer, Question, Value
from likewise.arrays import Array, as_ids
from likewise.asking.protocol import Oracle, as_values, checked
from likewise.errors import LikewiseError
from likewise.graph.diagnosis import class_codes
from likewise.randomness import numpy_generator, seed_of


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


class CallableOracle:
    """Answers from a function ``(a, b) -> answer`` of two ids, or ``(anchor, tiles) -> answers`` for grids.

    An answer is True or False, "alike", "different" or "unsure", or None for unsure; what a human, a model or a web
    service says.

    Args:
        judge: asked once for each pair, unless ``grids``.
        grids: the function takes the anchor and a tuple of tiles, and gives one answer for each tile.
        who: the annotator's name.
    """

    def __init__(self, judge: Callable[[int, Any], Any], *, grids: bool = False, who: str = "function") -> None:
        self.judge, self.grids, self.who = judge, grids, who

    def ask(self, question: Question) -> Answer:
        """What the function says, and how long it took.

        Raises:
            LikewiseError: it says something that is no answer.
        """
        started = time.monotonic()
        if self.grids:
            said = self.judge(question.anchor, question.tiles)
        else:
            said = [self.judge(a, b) for a, b in question.pairs]
        return Answer(question, as_values(question, said), self.who, round(1000 * (time.monotonic() - started)))


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
