"""The dispatcher hands out planned questions: who holds which, for how long, and who gets which next."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Hashable
from dataclasses import replace

from likewise.answers import AnswerStore, Question, current_leases
from likewise.labelling.answer_state import AnswerState, Pair, as_pair
from likewise.labelling.leases import AvailableQuestions, Lease, LeaseTable
from likewise.labelling.planner import Planner
from likewise.randomness import numpy_generator

ACTIVE = 300.0
"""Seconds after which somebody who asked for nothing is taken to have left."""
REPEAT_AFTER = 20
"""One's own answers are asked again only after so many others."""


class Dispatcher:
    """Hands out planned questions to several annotators, none of them to two.

    Args:
        store: where leases are kept; those that it holds already count.
        state: what is answered.
        planner: what is to be asked.
        seconds: how long a question is leased to somebody.
        repeats: share of questions that are asked again deliberately, to measure agreement.
        seed: of what is asked again.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: AnswerStore,
        state: AnswerState,
        planner: Planner,
        *,
        seconds: float = 120.0,
        repeats: float = 0.0,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.state, self.planner = store, state, planner
        self.seconds, self.repeats, self.seed = seconds, repeats, seed
        self.leases = LeaseTable([Lease(question, who, until) for question, who, until in current_leases(store)])
        self._clock, self._lock = clock, threading.RLock()
        self._dispatched: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        self._skipped: dict[str, set[Pair]] = {}
        self._exhausted_in: Hashable = None

    def dispatch(self, who: str, n: int, kind: str, showing: str, *, closed: bool) -> list[Question]:
        """At most n questions that somebody now holds; ``closed`` to hand out no new ones."""
        with self._lock:
            self._seen[who] = self._clock()
            self.planner.kinds = self.planner.kinds | {kind}
            self.planner.wanted = len(self.leases.held) + 3 * len(self.active())
            self.leases.drop([lease for lease in self.leases.held if lease.until <= self._clock()])
            mine = self.leases.of(who)
            first = next((lease for lease in mine if lease.question.id == showing), mine[0] if mine else None)
            kept = [lease for lease in mine if lease.returned or (lease is first and lease.question.kind == kind)]
            rest = [lease for lease in mine if lease not in kept]
            wanted = [] if closed else self._selected(who, kind, n - len(kept), kept, rest)
            self._renew(who, kept, rest, wanted)
            held = self.leases.of(who)[:n]
            if len(held) < n and not closed:
                self.planner.wake(needs_questions=True)
            self._exhausted_in = None if self.leases.held or closed else self.planner.queue.situation
            return [lease.question for lease in held]

    def question(self, id: str) -> Question:
        """The question of an id.

        Raises:
            LikewiseError: nobody was asked it.
        """
        with self._lock:
            lease = self.leases.find(id)
        return self.store.question(id) if lease is None else lease.question

    def complete(self, who: str, question: Question, *, skipped: bool = False) -> None:
        """Somebody answered a question, or skipped it and is not to see its pairs again."""
        with self._lock:
            self.leases.drop([lease for lease in self.leases.of(who) if lease.question.id == question.id])
            if skipped:
                self._skipped.setdefault(who, set()).update(as_pair(*pair) for pair in question.pairs)

    def reissue(self, who: str, question: Question) -> Question:
        """A question whose answer was taken back is the next again, under a new id."""
        again = replace(question, id=uuid.uuid4().hex)
        with self._lock:
            if self.store.claim([again], who, seconds=self.seconds):
                number = self.planner.queue.number
                self.leases.held.insert(0, Lease(again, who, self._clock() + self.seconds, number, returned=True))
        return again

    def release(self, who: str) -> None:
        """Somebody leaves: their questions come free for others."""
        with self._lock:
            self._renew(who, [], self.leases.of(who), [])
            self._seen.pop(who, None)

    def active(self) -> list[str]:
        """Who asked for questions in the last minutes."""
        now = self._clock()
        return sorted(who for who, seen in dict(self._seen).items() if now - seen < ACTIVE)  # others may add to it

    def exhausted(self) -> bool:
        """Whether there was nothing for anybody in the newest queue, and nothing has changed since."""
        return self._exhausted_in is not None and self._exhausted_in == self.planner.situation()

    # -- inside ------------------------------------------------------------------------------------------------

    def _selected(self, who: str, kind: str, count: int, kept: list[Lease], rest: list[Lease]) -> list[Lease]:
        """The best ``count`` questions beside those that are kept and those that others hold; new ones unclaimed."""
        queue = self.planner.queue
        held = [lease for lease in self.leases.held if lease.who != who] + kept
        left = self.planner.budget - self.state.spent - sum(len(lease.question.tiles) for lease in held)
        repeats = [lease for lease in rest if lease.question.repeat and lease.question.kind == kind][
            : max(0, min(count, left))
        ]
        left -= len(repeats)
        available = AvailableQuestions(self.state, queue, held + repeats, self._skipped.get(who, set()))
        mine: dict[tuple[str, int, tuple[int, ...]], Lease] = {
            (lease.question.kind, lease.question.anchor, lease.question.tiles): lease for lease in rest
        }
        wanted = list(repeats)
        for question in available.select(queue.questions.get(kind, []), left):
            if len(wanted) >= count:
                break
            known = mine.get((kind, question.anchor, question.tiles))
            wanted.append(known or self._new(who, question, queue.number))
        return wanted

    def _new(self, who: str, question: Question, number: int) -> Lease:
        """A question about to be handed out, or in its place one that is asked again deliberately."""
        dispatched = self._dispatched[who] = self._dispatched.get(who, 0) + 1
        due = int(dispatched * self.repeats) > int((dispatched - 1) * self.repeats)
        again = self._repeated(who, dispatched) if due and question.kind == "pair" else None
        return Lease(again or question, who, 0.0, number)

    def _repeated(self, who: str, dispatched: int) -> Question | None:
        """A pair to ask again: rather somebody else's than one's own from long ago."""
        mine = self.state.latest(who, len(self.state.by_annotator.get(who, [])))
        done = {as_pair(*pair) for answer in mine for pair in answer.question.pairs}
        others = [answer for answer in self.state.answers() if answer.who != who and not answer.question.repeat]
        pairs = [pair for answer in others for pair in answer.question.pairs if as_pair(*pair) not in done]
        if not others:
            once = [answer for answer in mine[REPEAT_AFTER:] if not answer.question.repeat]
            pairs = [pair for answer in once for pair in answer.question.pairs]
        if not pairs:
            return None
        a, b = pairs[int(numpy_generator(self.seed, who, dispatched).integers(len(pairs)))]
        return Question.pair(b, a, strategy="repeat", repeat=True)

    def _renew(self, who: str, kept: list[Lease], rest: list[Lease], wanted: list[Lease]) -> None:
        """Exchange leases that are no longer wanted, in one step, and renew those that are about to expire."""
        now = self._clock()
        due = [lease for lease in kept + wanted if lease.until - now < self.seconds / 2]
        gone = [lease.question for lease in rest if lease not in wanted]
        if due or gone:
            asked = [lease.question for lease in due]
            claimed = {question.id for question in self.store.claim(asked, who, seconds=self.seconds, instead=gone)}
            for lease in due:
                lease.until = now + self.seconds if lease.question.id in claimed else 0.0
        mine = [lease for lease in kept + wanted if lease.until > now]
        self.leases.held = [lease for lease in self.leases.held if lease.who != who] + mine
