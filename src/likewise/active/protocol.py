"""Who asks and who answers: the protocols of strategies and of oracles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from likewise.active.abilities import Abilities
from likewise.answers import CODES, Answer, Question, Value
from likewise.arrays import IntArray
from likewise.errors import LikewiseError, unknown_name


class Strategy(Protocol):
    """What to ask next: all that the loop, the page and the commands use of a strategy.

    A strategy is used by one thread at a time. It is a function of its arguments and of the answers that it was told.
    """

    @property
    def name(self) -> str:
        """How tables and stores call it."""
        ...

    def next(self, n: int = 1) -> list[Question]:
        """At most n questions worth asking now, of its own name; an empty list when there are none left."""
        ...

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers: to its own questions, or to others' (a resumed store); skipped ones are "unsure"."""
        ...

    def groups(self) -> IntArray:
        """int32 ``[n]``, none negative: the group of each sample as far as can be told now."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can do beyond this; ``Abilities()`` for nothing."""
        ...


class Oracle(Protocol):
    """Who answers."""

    def ask(self, question: Question) -> Answer | None:
        """The answer to a question; None to pass it over."""
        ...


class Stop(Exception):
    """Raised by an oracle that wants to answer no more."""


class Undo(Exception):
    """Raised by an oracle that takes its last answer back; the question comes again."""


def checked(question: Question, answer: Any) -> Answer | None:
    """An oracle's answer, if it is one to this question.

    Raises:
        LikewiseError: it is something else.
    """
    if answer is None:
        return None
    if not isinstance(answer, Answer):
        raise LikewiseError(
            f"the oracle returned {answer!r:.80}: it must return an Answer to the question, or None to pass it over."
        )
    if answer.question != question:
        raise LikewiseError(f"the oracle answered another question than that of sample {question.anchor}.")
    return answer


def as_values(question: Question, said: Any) -> tuple[Value, ...]:
    """Values of a question from what a callable said: one value, or one a tile; True and False, or words.

    Raises:
        LikewiseError: a value that is none, or not one for each tile.

    >>> as_values(Question.pair(0, 1), True)
    ('alike',)
    """
    several = isinstance(said, Sequence | set | frozenset) and not isinstance(said, str)
    values = list(said) if several else [said]
    if hasattr(said, "tolist"):
        values = said.tolist() if getattr(said, "ndim", 0) else [said.tolist()]
    if len(values) != len(question.tiles):
        raise LikewiseError(
            f"the oracle gave {len(values)} values for the {len(question.tiles)} samples shown beside "
            f"sample {question.anchor}: give one for each."
        )
    return tuple(_value(value, question.kind) for value in values)


def _value(value: Any, kind: str) -> Value:
    if value is None:
        return "unsure"
    if isinstance(value, bool) or value in (0, 1):
        no: Value = "unticked" if kind == "grid" else "different"
        return "alike" if value else no
    for known in CODES:
        if value == known:
            return known
    raise unknown_name("answer", value, CODES)
