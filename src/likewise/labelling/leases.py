"""Leases: who holds which question, and which of the planned ones may be handed out beside those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from likewise.answers import Question
from likewise.arrays import Array
from likewise.labelling.answer_state import AnswerState, Pair, as_pair
from likewise.labelling.planner import QuestionQueue


@dataclass
class Lease:
    """A question that an annotator holds.

    Attributes:
        question: which.
        who: the annotator.
        until: when it comes free, in seconds since 1970.
        queue: the number of the queue that held it last.
        returned: it comes back because an answer to it was taken back; it is not given up for a better one.
    """

    question: Question
    who: str
    until: float
    queue: int = 0
    returned: bool = False


@dataclass
class LeaseTable:
    """The questions that are held, in the order in which they were handed out."""

    held: list[Lease] = field(default_factory=list)

    def of(self, who: str) -> list[Lease]:
        """Those of one annotator."""
        return [lease for lease in self.held if lease.who == who]

    def find(self, id: str) -> Lease | None:
        """The one of this id."""
        return next((lease for lease in self.held if lease.question.id == id), None)

    def drop(self, gone: Iterable[Lease]) -> None:
        """Remove some."""
        ids = {id(lease) for lease in gone}
        self.held = [lease for lease in self.held if id(lease) not in ids]

    def judgements(self) -> int:
        """How many judgements they will cost."""
        return sum(len(lease.question.tiles) for lease in self.held)


class AvailableQuestions:
    """Which planned questions are still worth handing out, one by one.

    A question loses the tiles that somebody holds, whose answer would follow from what somebody holds (they lie between
    the same two components), that were answered since the queue was made, or whose answer follows since then.
    """

    def __init__(self, state: AnswerState, queue: QuestionQueue, held: Iterable[Lease], skipped: set[Pair]) -> None:
        self._state, self._queue, self._skipped = state, queue, skipped
        self._codes: Array = state.codes()
        self._blocked = {key for lease in held for pair in lease.question.pairs for key in self._keys(pair)}

    def select(self, questions: Iterable[Question], left: int) -> Iterator[Question]:
        """Those of the questions, trimmed, that ``left`` judgements pay for; what lost half of its tiles comes last."""
        late: list[Question] = []
        for question in questions:
            pairs = self._open_pairs(question, left)
            if 2 * len(pairs) >= len(question.pairs):
                left -= len(pairs)
                yield self._reserve(question, pairs)
            elif pairs:
                late.append(question)
        for question in late:
            pairs = self._open_pairs(question, left)
            left -= len(pairs)
            if pairs:
                yield self._reserve(question, pairs)

    def _open_pairs(self, question: Question, left: int) -> list[Pair]:
        return [pair for pair in question.pairs if self._is_open(pair)][:left]

    def _reserve(self, question: Question, pairs: list[Pair]) -> Question:
        """The question, trimmed; what it asks is not to be asked beside it."""
        self._blocked.update(key for pair in pairs for key in self._keys(pair))
        if len(pairs) == len(question.pairs):
            return question
        return Question.grid(question.anchor, [b for _, b in pairs], strategy=question.strategy)

    def _is_open(self, pair: Pair) -> bool:
        pair = as_pair(*pair)
        if pair in self._skipped or self._state.judged(*pair) or not self._blocked.isdisjoint(self._keys(pair)):
            return False
        return pair in self._queue.known or self._state.known([pair]) == ["unknown"]

    def _keys(self, pair: Pair) -> tuple[Pair, ...]:
        """What a lease of this pair blocks: the pair (negated) and the two components that it lies between."""
        a, b = as_pair(*pair)
        one, other = as_pair(int(self._codes[a]), int(self._codes[b]))
        return ((-a - 1, -b - 1),) if one == other else ((-a - 1, -b - 1), (one, other))
