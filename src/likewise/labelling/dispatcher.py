"""The desk at which questions are handed out: who holds what, for how long, and what is put into their hands next."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Hashable
from dataclasses import replace

from likewise.answers import AnswerStore, Question, leases
from likewise.labelling.answer_state import Ledger, Pair, as_pair
from likewise.labelling.leases import Choice, Hand, Hands
from likewise.labelling.planner import Planner
from likewise.randomness import numpy_generator

ACTIVE = 300.0
"""Seconds after which somebody who asked for nothing is taken to have left."""
SETTLED = 20
"""One's own answers are asked again only after so many others."""


class Desk:
    """Hands planned questions to several people, none of them to two.

    Args:
        store: where leases are kept; those that stand there already count.
        ledger: what is answered.
        planner: what is to be asked.
        lease: seconds for which a question is held for somebody.
        repeats: share of questions that are asked again deliberately, to measure agreement.
        seed: of what is asked again.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: AnswerStore,
        ledger: Ledger,
        planner: Planner,
        *,
        lease: float = 120.0,
        repeats: float = 0.0,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.ledger, self.planner = store, ledger, planner
        self.lease, self.repeats, self.seed = lease, repeats, seed
        self.hands = Hands([Hand(question, who, until) for question, who, until in leases(store)])
        self._clock, self._lock = clock, threading.RLock()
        self._handed: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        self._passed: dict[str, set[Pair]] = {}
        self._barren: Hashable = None

    def hand_out(self, who: str, n: int, kind: str, showing: str, *, closed: bool) -> list[Question]:
        """At most n questions that somebody now holds; ``closed`` to hand out no new ones."""
        with self._lock:
            self._seen[who] = self._clock()
            self.planner.kinds = self.planner.kinds | {kind}
            self.planner.wanted = len(self.hands.held) + 3 * len(self.active())
            self.hands.drop([hand for hand in self.hands.held if hand.until <= self._clock()])
            mine = self.hands.of(who)
            first = next((hand for hand in mine if hand.question.id == showing), mine[0] if mine else None)
            kept = [hand for hand in mine if hand.again or (hand is first and hand.question.kind == kind)]
            rest = [hand for hand in mine if hand not in kept]
            wanted = [] if closed else self._wanted(who, kind, n - len(kept), kept, rest)
            self._exchange(who, kept, rest, wanted)
            held = self.hands.of(who)[:n]
            if len(held) < n and not closed:
                self.planner.wake(hungry=True)
            self._barren = None if self.hands.held or closed else self.planner.plan.made
            return [hand.question for hand in held]

    def question(self, id: str) -> Question:
        """The question of an id.

        Raises:
            LikewiseError: nobody was asked it.
        """
        with self._lock:
            hand = self.hands.find(id)
        return self.store.question(id) if hand is None else hand.question

    def settle(self, who: str, question: Question, *, passed: bool = False) -> None:
        """Somebody answered a question, or passed it over and is not to see its pairs again."""
        with self._lock:
            self.hands.drop([hand for hand in self.hands.of(who) if hand.question.id == question.id])
            if passed:
                self._passed.setdefault(who, set()).update(as_pair(*pair) for pair in question.pairs)

    def put_back(self, who: str, question: Question) -> Question:
        """A question whose answer was taken back is the next again, under a new id."""
        again = replace(question, id=uuid.uuid4().hex)
        with self._lock:
            if self.store.claim([again], who, seconds=self.lease):
                number = self.planner.plan.number
                self.hands.held.insert(0, Hand(again, who, self._clock() + self.lease, number, again=True))
        return again

    def leave(self, who: str) -> None:
        """Somebody goes: what they hold comes free for others."""
        with self._lock:
            self._exchange(who, [], self.hands.of(who), [])
            self._seen.pop(who, None)

    def active(self) -> list[str]:
        """Who asked for questions in the last minutes."""
        now = self._clock()
        return sorted(who for who, seen in dict(self._seen).items() if now - seen < ACTIVE)  # others may add to it

    def exhausted(self) -> bool:
        """Whether there was nothing for anybody in the newest plan, and nothing has changed since."""
        return self._barren is not None and self._barren == self.planner.situation()

    # -- inside ------------------------------------------------------------------------------------------------

    def _wanted(self, who: str, kind: str, count: int, kept: list[Hand], rest: list[Hand]) -> list[Hand]:
        """The best ``count`` questions beside those that are kept and those that others hold; new ones unclaimed."""
        plan = self.planner.plan
        held = [hand for hand in self.hands.held if hand.who != who] + kept
        left = self.planner.budget - self.ledger.spent - sum(len(hand.question.tiles) for hand in held)
        repeats = [hand for hand in rest if hand.question.repeat and hand.question.kind == kind][
            : max(0, min(count, left))
        ]
        left -= len(repeats)
        choice = Choice(self.ledger, plan, held + repeats, self._passed.get(who, set()))
        mine: dict[tuple[str, int, tuple[int, ...]], Hand] = {
            (hand.question.kind, hand.question.anchor, hand.question.tiles): hand for hand in rest
        }
        wanted = list(repeats)
        for question in choice.open(plan.questions.get(kind, []), left):
            if len(wanted) >= count:
                break
            known = mine.get((kind, question.anchor, question.tiles))
            wanted.append(known or self._new(who, question, plan.number))
        return wanted

    def _new(self, who: str, question: Question, plan: int) -> Hand:
        """A question about to be handed out, or in its place one that is asked again deliberately."""
        handed = self._handed[who] = self._handed.get(who, 0) + 1
        due = int(handed * self.repeats) > int((handed - 1) * self.repeats)
        again = self._repeated(who, handed) if due and question.kind == "pair" else None
        return Hand(again or question, who, 0.0, plan)

    def _repeated(self, who: str, handed: int) -> Question | None:
        """A pair to ask again: rather somebody else's than one's own from long ago."""
        mine = self.ledger.last(who, len(self.ledger.by.get(who, [])))
        done = {as_pair(*pair) for answer in mine for pair in answer.question.pairs}
        others = [answer for answer in self.ledger.answers() if answer.who != who and not answer.question.repeat]
        pairs = [pair for answer in others for pair in answer.question.pairs if as_pair(*pair) not in done]
        if not others:
            once = [answer for answer in mine[SETTLED:] if not answer.question.repeat]
            pairs = [pair for answer in once for pair in answer.question.pairs]
        if not pairs:
            return None
        a, b = pairs[int(numpy_generator(self.seed, who, handed).integers(len(pairs)))]
        return Question.pair(b, a, strategy="repeat", repeat=True)

    def _exchange(self, who: str, kept: list[Hand], rest: list[Hand], wanted: list[Hand]) -> None:
        """Give up what is no longer wanted for what is, in one step, and renew what is about to come free."""
        now = self._clock()
        due = [hand for hand in kept + wanted if hand.until - now < self.lease / 2]
        gone = [hand.question for hand in rest if hand not in wanted]
        if due or gone:
            asked = [hand.question for hand in due]
            claimed = {question.id for question in self.store.claim(asked, who, seconds=self.lease, instead=gone)}
            for hand in due:
                hand.until = now + self.lease if hand.question.id in claimed else 0.0
        mine = [hand for hand in kept + wanted if hand.until > now]
        self.hands.held = [hand for hand in self.hands.held if hand.who != who] + mine
