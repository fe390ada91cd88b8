"""The planner runs the strategy in a thread of its own, so that nobody waits for the next question."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from likewise.active import Progress, Strategy
from likewise.active.abilities import require_strategy_protocol
from likewise.active.progress import expected_groups
from likewise.active.session import Session
from likewise.answers import Answer, Question
from likewise.arrays import Array, IntArray
from likewise.errors import LikewiseError
from likewise.labelling.answer_state import AnswerState, Pair, as_pair

IDLE = 1.0
"""Seconds between two checks for what other processes wrote into the store."""
PAUSE = 0.25
"""Seconds at most between two plans, half as long as a plan took: who answers needs the processor, too."""
HISTORY_POINTS = 30
"""Points of the history that are replayed from a store."""
EXTRA = 6
"""Questions that are planned beyond those that annotators hold."""


@dataclass(frozen=True)
class QuestionQueue:
    """The questions that the strategy chose, for the dispatcher to hand out.

    Attributes:
        number: rising.
        questions: by kind, the best first.
        known: the pairs whose answer followed from others when it was made: the strategy asks about them all the same.
        situation: of which situation it was made.
    """

    number: int = 0
    questions: dict[str, list[Question]] = field(default_factory=dict)
    known: frozenset[Pair] = frozenset()
    situation: Hashable = None


@dataclass(frozen=True)
class Snapshot:
    """How far labelling has come, as of the last queue.

    Attributes:
        progress: of the strategy; None before it is ready.
        groups: int32 ``[n]``, the strategy's group of each sample.
        membership: ``[n]``, how probably it belongs there; None where the strategy gives no membership probabilities.
        pairs_known: what follows from the answers.
        contradictions: how many there are (at most 100 are counted).
        converged: whether the stopping rule is satisfied.
    """

    progress: Progress | None = None
    groups: IntArray | None = None
    membership: Array | None = None
    pairs_known: int = 0
    contradictions: int = 0
    converged: bool = False


class Planner:
    """Runs a strategy: tells it the answers, and keeps questions ready.

    Args:
        state: what is answered.
        make: makes the strategy, the same whenever it is called, in the thread; again after answers were taken back,
            unless the strategy can be copied.
        budget: judgements in all; may change.
        tiles: samples on a screen, for strategies that can ask about screens.

    Attributes:
        queue: the questions; replaced, never changed.
        snapshot: how far labelling has come; the same.
        history: (answers, purity, coverage, groups) as they grew; replaced, never changed.
        has_screens: whether the strategy can ask about screens; False before it is made.
        has_membership: whether it knows how probably samples belong to their groups; the same.
        failure: the sentence with which the strategy gave up; None while it works.
    """

    def __init__(self, state: AnswerState, make: Callable[[], Strategy], budget: int, tiles: int = 12) -> None:
        self.state, self.budget, self.tiles = state, budget, tiles
        self.queue, self.snapshot = QuestionQueue(), Snapshot()
        self.history: list[tuple[int, float | None, float | None, int]] = []
        self.failure: str | None = None
        self.kinds: set[str] = {"pair"}
        self.has_screens, self.has_membership, self.wanted = False, False, 0
        self._make, self._session = make, Session(self._fresh_strategy)
        self._initial: Strategy | None = None
        self._skipped: list[Answer] = []
        self._skips = 0
        self._wake, self._stop, self._needs_questions = threading.Event(), threading.Event(), True
        self._planned, self._planning = threading.Condition(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="likewise-planner", daemon=True)

    def start(self) -> None:
        """Begin to plan."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the plan that is under way."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def wake(self, *, needs_questions: bool = False) -> None:
        """There are new answers or, ``needs_questions``, too few questions."""
        self._needs_questions = self._needs_questions or needs_questions
        self._wake.set()

    def catch_up(self, timeout: float = 60.0) -> bool:
        """Wait for a queue that takes all answers into account; False where it takes longer."""
        self.wake(needs_questions=True)
        with self._planned:
            return self._planned.wait_for(lambda: self.queue.situation == self.situation(), timeout)

    def expected(self, at_least: float) -> IntArray | None:
        """int32 ``[n]``: the group where the strategy expects each sample with this probability, -1 elsewhere.

        Waits for the plan that is under way; None before the strategy is ready.

        Raises:
            LikewiseError: the strategy gives no membership probabilities.
        """
        with self._planning:
            return expected_groups(self._session.strategy, at_least) if self.queue.number else None

    @property
    def strategy(self) -> str:
        """The name of the strategy; empty before it is ready."""
        return self._session.strategy.name if self.queue.number else ""

    def situation(self, version: int | None = None) -> Hashable:
        """On what a queue depends: as long as it is that of the last queue, planning again gives nothing new.

        Args:
            version: of the state; None: the one that it has now.
        """
        version = self.state.version if version is None else version
        return version, self._skips, frozenset(self.kinds), self.wanted, self.budget

    def skipped(self, unsure: Answer) -> None:
        """A question was skipped: it must not come again at once."""
        self._skipped.append(unsure)
        self._skips += 1
        self.wake()

    def wait(self, after: int = 0, timeout: float = 60.0) -> bool:
        """Wait for a queue that is newer than the one of this number; False where none comes in time."""
        with self._planned:
            return self._planned.wait_for(lambda: self.queue.number > after or self.failure is not None, timeout)

    def _run(self) -> None:
        try:
            self._initial = require_strategy_protocol(self._make())
            self.has_screens = self._initial.abilities.screens is not None
            self.has_membership = self._initial.abilities.membership is not None
            while not self._stop.is_set():
                self.state.sync()
                began = time.monotonic()
                with self._planning:
                    self._step()
                self._stop.wait(min(PAUSE, (time.monotonic() - began) / 2))
                self._wake.wait(IDLE)
                self._wake.clear()
        except LikewiseError as error:
            self._fail(str(error))
        except Exception:
            traceback.print_exc()
            self._fail("the strategy failed; see the terminal.")

    def _fail(self, sentence: str) -> None:
        self.failure = sentence
        with self._planned:
            self._planned.notify_all()

    def _fresh_strategy(self) -> Strategy:
        """A strategy without answers: a copy of one that is kept for this, or made again.

        A copy of another class is none: a wrapper may hand on the abilities of what it wraps.
        """
        made, self._initial = self._initial or require_strategy_protocol(self._make()), None
        copied = None if made.abilities.copy is None else made.abilities.copy()
        if copied is None or type(copied) is not type(made):
            return made
        self._initial = made
        return copied

    def _step(self) -> None:
        answers, reset, version = self.state.updates()
        skipped, self._skipped = self._skipped, []
        if reset:
            self._replay(answers)
        self._session.skip(skipped)
        self._session.update([] if reset else answers)
        if self.queue.situation != self.situation() and (reset or answers or skipped or self._needs_questions):
            self._needs_questions = False
            self._plan(self.situation(version))  # not of what comes meanwhile, which the strategy was not told

    def _replay(self, answers: list[Answer]) -> None:
        """Begin again with the valid answers, and the history with points among them."""
        session, every = self._session, max(1, len(answers) // HISTORY_POINTS)
        self.history = []

        def after(start: int, step: int) -> None:
            if start % every < step:
                session.groups = session.strategy.groups()
                self._add_to_history(session.progress(session.spent, self.budget))

        session.replay(answers, after)

    def _plan(self, situation: Hashable) -> None:
        """Choose the next questions and take a snapshot."""
        session, spent = self._session, self.state.spent
        progress, groups = session.progress(spent, self.budget), session.groups
        conflicts = len(self.state.contradictions(100))
        probabilities = self._session.strategy.abilities.membership
        membership = None if probabilities is None else probabilities(groups)
        known = self.state.pairs_known()
        self.snapshot = Snapshot(progress, groups, membership, known, conflicts, session.stopping.satisfied)
        self._add_to_history(progress)
        questions = {kind: self._questions(kind) for kind in sorted(self.kinds)}
        pairs = [as_pair(*pair) for group in questions.values() for question in group for pair in question.pairs]
        verdicts = zip(pairs, self.state.known(pairs), strict=True)
        settled = frozenset(pair for pair, verdict in verdicts if verdict != "unknown")
        with self._planned:
            self.queue = QuestionQueue(self.queue.number + 1, questions, settled, situation)
            self._planned.notify_all()

    def _add_to_history(self, progress: Progress) -> None:
        """Progress for the history, which ends before the first answer that was taken back."""
        now = (progress.spent, progress.purity, progress.coverage, progress.groups)
        self.history = [*(point for point in self.history if point[0] < progress.spent), now]

    def _questions(self, kind: str) -> list[Question]:
        count, screens = self.wanted + EXTRA, self._session.strategy.abilities.screens
        if screens is not None:
            return screens(count, self.tiles if kind == "grid" else 0)
        return self._session.strategy.next(count) if kind == "pair" else []
