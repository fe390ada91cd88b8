"""Who holds which question, and which of the planned ones may be handed out beside those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from likewise.answers import Question
from likewise.arrays import Array
from likewise.labelling.answer_state import Ledger, Pair, as_pair
from likewise.labelling.planner import Plan


@dataclass
class Hand:
    """A question that somebody holds.

    Attributes:
        question: which.
        who: the annotator.
        until: when it comes free, in seconds since 1970.
        plan: the number of the plan that wanted it last.
        again: it comes back because an answer to it was taken back; it is not given up for a better one.
    """

    question: Question
    who: str
    until: float
    plan: int = 0
    again: bool = False


@dataclass
class Hands:
    """The questions that are held, in the order in which they were handed out."""

    held: list[Hand] = field(default_factory=list)

    def of(self, who: str) -> list[Hand]:
        """Those of one annotator."""
        return [hand for hand in self.held if hand.who == who]

    def find(self, id: str) -> Hand | None:
        """The one of this id."""
        return next((hand for hand in self.held if hand.question.id == id), None)

    def drop(self, gone: Iterable[Hand]) -> None:
        """Let go of some."""
        ids = {id(hand) for hand in gone}
        self.held = [hand for hand in self.held if id(hand) not in ids]

    def judgements(self) -> int:
        """How many judgements they will cost."""
        return sum(len(hand.question.tiles) for hand in self.held)


class Choice:
    """Which planned questions are still worth handing out, one by one.

    A question loses the tiles that somebody holds, whose answer would follow from what somebody holds (they lie between
    the same two components), that were answered since the plan was made, or whose answer follows since then.
    """

    def __init__(self, ledger: Ledger, plan: Plan, held: Iterable[Hand], passed: set[Pair]) -> None:
        self._ledger, self._plan, self._passed = ledger, plan, passed
        self._codes: Array = ledger.codes()
        self._busy = {cut for hand in held for pair in hand.question.pairs for cut in self._cuts(pair)}

    def open(self, questions: Iterable[Question], left: int) -> Iterator[Question]:
        """Those of the questions, trimmed, that ``left`` judgements pay for; what lost half of its tiles comes last."""
        late: list[Question] = []
        for question in questions:
            pairs = self._open(question, left)
            if 2 * len(pairs) >= len(question.pairs):
                left -= len(pairs)
                yield self._taken(question, pairs)
            elif pairs:
                late.append(question)
        for question in late:
            pairs = self._open(question, left)
            left -= len(pairs)
            if pairs:
                yield self._taken(question, pairs)

    def _open(self, question: Question, left: int) -> list[Pair]:
        return [pair for pair in question.pairs if self._worth(pair)][:left]

    def _taken(self, question: Question, pairs: list[Pair]) -> Question:
        """The question, trimmed; what it asks is not to be asked beside it."""
        self._busy.update(cut for pair in pairs for cut in self._cuts(pair))
        if len(pairs) == len(question.pairs):
            return question
        return Question.grid(question.anchor, [b for _, b in pairs], strategy=question.strategy)

    def _worth(self, pair: Pair) -> bool:
        pair = as_pair(*pair)
        if pair in self._passed or self._ledger.judged(*pair) or not self._busy.isdisjoint(self._cuts(pair)):
            return False
        return pair in self._plan.known or self._ledger.known([pair]) == ["unknown"]

    def _cuts(self, pair: Pair) -> tuple[Pair, ...]:
        """The pair, told apart from components by a minus, and the two components that it lies between."""
        a, b = as_pair(*pair)
        one, other = as_pair(int(self._codes[a]), int(self._codes[b]))
        return ((-a - 1, -b - 1),) if one == other else ((-a - 1, -b - 1), (one, other))
