"""The valid answers in memory: what follows from them, and which of them a strategy was not told yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

from likewise.answers import Answer, AnswerStore, Conflict, Deduction
from likewise.arrays import Array
from likewise.graph import SimilarityGraph
from likewise.sources.asked import deduced

Pair = tuple[int, int]


def as_pair(a: int, b: int) -> Pair:
    """Two samples, the lower one first."""
    return (a, b) if a < b else (b, a)


class AnswerState:
    """What a store holds, kept in memory while answers come and go, by this process or another.

    Args:
        store: the store.
        transitive: False where likeness is not transitive.

    Attributes:
        valid: the answers that were not taken back, by number.
        spent: their judgements.
        by_annotator: the numbers of each annotator's, in order.
        version: rises with every change.
    """

    def __init__(self, store: AnswerStore, *, transitive: bool = True) -> None:
        self.store = store
        self.valid: dict[int, Answer] = {}
        self.spent = 0
        self.version = 0
        self.by_annotator: dict[str, list[int]] = {}
        self._deduction = Deduction(len(store), transitive=transitive)
        self._judged: dict[Pair, int] = {}
        self._questions: set[str] = set()
        self._new: list[Answer] = []
        self._reset, self._last_event, self._newest = True, 0, 0
        self._retracted: set[int] = set()
        self._lock = threading.RLock()
        self.sync()

    @property
    def n(self) -> int:
        """The number of samples."""
        return self._deduction.n

    def sync(self) -> bool:
        """Take in what was recorded and taken back since, by whomever; whether there was anything."""
        events = self.store.events(self._last_event)
        if not events:
            return False
        self._last_event = events[-1].number
        if any(event.event == "answered" for event in events):
            self.add(self.store.answers(since=self._newest))
            self._newest = max(event.number for event in events if event.event == "answered")
        for event in events:
            if event.target is not None:
                self.retract(event.target)
        return True

    def add(self, answers: Iterable[Answer]) -> None:
        """Take in recorded answers; those that are here already, or were taken back, change nothing."""
        with self._lock:
            for answer in answers:
                if answer.number is None or answer.number in self.valid or answer.number in self._retracted:
                    continue
                self.valid[answer.number] = answer
                self.spent += len(answer.values)
                self.version += 1
                self._questions.add(answer.question.id)
                self.by_annotator.setdefault(answer.who, []).append(answer.number)
                self._deduction.tell(answer)
                self._new.append(answer)
                for a, b in answer.question.pairs:
                    self._judged[as_pair(a, b)] = self._judged.get(as_pair(a, b), 0) + 1

    def retract(self, number: int) -> None:
        """Forget an answer that was taken back."""
        with self._lock:
            self._retracted.add(number)
            answer = self.valid.pop(number, None)
            if answer is None:
                return
            self.spent -= len(answer.values)
            self.version += 1
            self.by_annotator[answer.who].remove(number)
            if any(value != "unsure" for value in answer.values):
                self._deduction.retract(number)
            self._reset = True
            for a, b in answer.question.pairs:
                self._judged[as_pair(a, b)] -= 1

    def updates(self) -> tuple[list[Answer], bool, int]:
        """The answers that came since the last call, False, and the version they make up.

        Where one was taken back: all valid ones, and True.
        """
        with self._lock:
            reset, self._reset = self._reset, False
            new, self._new = self._new, []
            return (sorted(self.valid.values(), key=_number) if reset else new), reset, self.version

    def latest(self, who: str, count: int = 1) -> list[Answer]:
        """The newest valid answers of an annotator, the newest first."""
        with self._lock:
            return [self.valid[number] for number in self.by_annotator.get(who, [])[: -count - 1 : -1]]

    def recorded(self, question: str) -> bool:
        """Whether an answer to the question of this id was recorded, even if it was taken back since."""
        return question in self._questions

    def judged(self, a: int, b: int) -> bool:
        """Whether there is a valid answer about this very pair."""
        return self._judged.get(as_pair(a, b), 0) > 0

    def known(self, pairs: Iterable[Pair]) -> list[str]:
        """What is known of each pair: "alike", "different" or "unknown"."""
        with self._lock:
            return [self._deduction.known(a, b) for a, b in pairs]

    def codes(self) -> Array:
        """int32 ``[n]``: the component of each sample."""
        with self._lock:
            return self._deduction.codes

    def component(self, sample: int) -> list[int]:
        """The samples known to belong with this one, itself among them."""
        with self._lock:
            members: list[int] = self._deduction.component(sample).tolist()
            return members

    def components(self) -> list[list[int]]:
        """The components of two samples and more, the largest first."""
        with self._lock:
            return [members.tolist() for members in self._deduction.components()]

    def contradictions(self, limit: int = 100) -> list[Conflict]:
        """Differences that a chain of alike answers contradicts."""
        with self._lock:
            return self._deduction.contradictions(limit)

    def answers(self) -> list[Answer]:
        """The valid answers, in order."""
        with self._lock:
            return sorted(self.valid.values(), key=_number)

    def graph(self) -> SimilarityGraph:
        """The graph of what follows from the valid answers."""
        with self._lock:
            return deduced(self._deduction, self.store.keys)

    def pairs_known(self) -> int:
        """How many pairs of samples the answers settle: alike within components, different between them."""
        with self._lock:
            codes, (a, b, _, different, unticked) = self._deduction.codes, self._deduction.answered_pairs()
        sizes = np.bincount(codes, minlength=len(codes)).astype(np.int64)
        apart = different | unticked
        links = np.sort(np.stack([codes[a[apart]], codes[b[apart]]], 1).astype(np.int64), axis=1)
        links = np.unique(links[links[:, 0] != links[:, 1]], axis=0)
        return int((sizes * (sizes - 1) // 2).sum() + (sizes[links[:, 0]] * sizes[links[:, 1]]).sum())


def _number(answer: Answer) -> int:
    return answer.number or 0
