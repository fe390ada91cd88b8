"""What to ask next, thought about in a thread of its own, so that nobody waits for it."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from likewise.active import Progress, StoppingRule, Strategy
from likewise.active.abilities import require_strategy_protocol
from likewise.active.loop import REPLAY_STEPS
from likewise.active.progress import expected_groups
from likewise.active.stopping import moved_samples
from likewise.answers import Answer, Question
from likewise.arrays import Array, IntArray
from likewise.errors import LikewiseError
from likewise.labelling.answer_state import Ledger, Pair, as_pair

IDLE = 1.0
"""Seconds between two looks at what other processes wrote into the store."""
REST = 0.25
"""Seconds at most between two thoughts, half as long as a thought: who answers needs the processor, too."""
POINTS = 30
"""Points of the history that are made anew of a store."""
SPARE = 6
"""Questions that are planned beyond those that people hold."""


@dataclass(frozen=True)
class Plan:
    """What the strategy wants to ask.

    Attributes:
        number: rising.
        questions: by kind, the best first.
        known: the pairs of which something was known when it was made: the strategy asks about them all the same.
        made: for which situation it was made.
    """

    number: int = 0
    questions: dict[str, list[Question]] = field(default_factory=dict)
    known: frozenset[Pair] = frozenset()
    made: Hashable = None


@dataclass(frozen=True)
class Outlook:
    """How far asking has come, as of the last plan.

    Attributes:
        progress: of the strategy; None before it is ready.
        groups: int32 ``[n]``, the strategy's group of each sample.
        membership: ``[n]``, how probably it belongs there; None where the strategy gives no membership probabilities.
        pairs_known: what follows from the answers.
        contradictions: how many there are (at most 100 are counted).
        over: whether asking pays no more.
    """

    progress: Progress | None = None
    groups: IntArray | None = None
    membership: Array | None = None
    pairs_known: int = 0
    contradictions: int = 0
    over: bool = False


class Planner:
    """Runs a strategy: hears what the ledger hears, and keeps questions ready.

    Args:
        ledger: what is answered.
        make: makes the strategy, the same whenever it is called, in the thread: again after answers were taken back,
            unless the strategy can be copied.
        budget: judgements in all; may change.
        tiles: samples on a screen, for strategies that can ask about screens.

    Attributes:
        plan: the questions; replaced, never changed.
        outlook: how far asking has come; the same.
        history: (answers, purity, coverage, groups) as they grew; replaced, never changed.
        screens: whether the strategy can ask about screens; False before it is made.
        membership: whether it knows how probably samples belong to their groups; the same.
        failure: the sentence with which the strategy gave up; None while it works.
    """

    def __init__(self, ledger: Ledger, make: Callable[[], Strategy], budget: int, tiles: int = 12) -> None:
        self.ledger, self.budget, self.tiles = ledger, budget, tiles
        self.plan, self.outlook = Plan(), Outlook()
        self.history: list[tuple[int, float | None, float | None, int]] = []
        self.failure: str | None = None
        self.kinds: set[str] = {"pair"}
        self.screens, self.membership, self.wanted = False, False, 0
        self._make, self._stopping = make, StoppingRule()
        self._unheard: Strategy | None = None
        self._passed: list[Answer] = []
        self._passes = 0
        self._wake, self._stop, self._hungry = threading.Event(), threading.Event(), True
        self._planned, self._thought = threading.Condition(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="likewise-planner", daemon=True)

    def start(self) -> None:
        """Begin to think."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the thought that is under way."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def wake(self, *, hungry: bool = False) -> None:
        """There are new answers or, ``hungry``, too few questions."""
        self._hungry = self._hungry or hungry
        self._wake.set()

    def catch_up(self, timeout: float = 60.0) -> bool:
        """Wait for a plan that has heard all that was answered; False where it takes longer."""
        self.wake(hungry=True)
        with self._planned:
            return self._planned.wait_for(lambda: self.plan.made == self.situation(), timeout)

    def expected(self, at_least: float) -> IntArray | None:
        """int32 ``[n]``: the group where the strategy expects each sample with this probability, -1 elsewhere.

        Waits for the thought that is under way; None before the strategy is ready.

        Raises:
            LikewiseError: the strategy gives no membership probabilities.
        """
        with self._thought:
            return expected_groups(self._strategy, at_least) if self.plan.number else None

    def situation(self, version: int | None = None) -> Hashable:
        """On what a plan depends: as long as it is that of the last plan, thinking again gives nothing new.

        Args:
            version: of the ledger; None: the one that it has now.
        """
        version = self.ledger.version if version is None else version
        return version, self._passes, frozenset(self.kinds), self.wanted, self.budget

    def passed(self, unsure: Answer) -> None:
        """A question was passed over: it must not come again at once."""
        self._passed.append(unsure)
        self._passes += 1
        self.wake()

    def wait(self, after: int = 0, timeout: float = 60.0) -> bool:
        """Wait for a plan that is newer than the one of this number; False where none comes in time."""
        with self._planned:
            return self._planned.wait_for(lambda: self.plan.number > after or self.failure is not None, timeout)

    def _run(self) -> None:
        try:
            self._unheard = require_strategy_protocol(self._make())
            self.screens = self._unheard.abilities.screens is not None
            self.membership = self._unheard.abilities.membership is not None
            while not self._stop.is_set():
                self.ledger.sync()
                began = time.monotonic()
                with self._thought:
                    self._step()
                self._stop.wait(min(REST, (time.monotonic() - began) / 2))
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

    def _anew(self) -> Strategy:
        """A strategy that has heard nothing: a copy of one that is kept for this, or made again.

        A copy of another class is none: a wrapper may hand on the abilities of what it wraps.
        """
        made, self._unheard = self._unheard or require_strategy_protocol(self._make()), None
        copied = None if made.abilities.copy is None else made.abilities.copy()
        if copied is None or type(copied) is not type(made):
            return made
        self._unheard = made
        return copied

    def _step(self) -> None:
        told, again, version = self.ledger.fresh()
        if again:
            self._begin(told)
        heard = self._hear([] if again else told)
        if self.plan.made != self.situation() and (again or told or heard or self._hungry):
            self._hungry = False
            self._think(self.situation(version))  # not of what comes meanwhile, which the strategy has not heard

    def _begin(self, told: list[Answer]) -> None:
        """A strategy that has heard all answers that stand."""
        self._strategy = self._anew()
        step, seldom = 1 + len(told) // REPLAY_STEPS, max(1, len(told) // POINTS)
        self.history, spent = [], 0
        for start in range(0, len(told), step):
            block = told[start : start + step]
            self._strategy.tell(block)
            spent += sum(len(answer.values) for answer in block)
            if start % seldom < step:
                self._note(Progress.of(self._strategy, self._strategy.groups(), spent, self.budget, self._stopping))
        self._groups = self._strategy.groups()

    def _hear(self, told: list[Answer]) -> bool:
        unsure, self._passed = self._passed, []
        if unsure:
            self._strategy.tell(unsure)
        if told:
            self._strategy.tell(told)
            moved = moved_samples(self._groups, self._strategy.groups())
            self._stopping.update(moved, sum(len(answer.values) for answer in told))
        self._groups = self._strategy.groups()
        return bool(unsure)

    def _think(self, made: Hashable) -> None:
        """Plan anew and say how far we are."""
        spent = self.ledger.spent
        progress = Progress.of(self._strategy, self._groups, spent, self.budget, self._stopping)
        conflicts = len(self.ledger.contradictions(100))
        probabilities = self._strategy.abilities.membership
        membership = None if probabilities is None else probabilities(self._groups)
        known = self.ledger.pairs_known()
        self.outlook = Outlook(progress, self._groups, membership, known, conflicts, self._stopping.satisfied)
        self._note(progress)
        questions = {kind: self._questions(kind) for kind in sorted(self.kinds)}
        pairs = [as_pair(*pair) for group in questions.values() for question in group for pair in question.pairs]
        verdicts = zip(pairs, self.ledger.known(pairs), strict=True)
        told = frozenset(pair for pair, verdict in verdicts if verdict != "unknown")
        with self._planned:
            self.plan = Plan(self.plan.number + 1, questions, told, made)
            self._planned.notify_all()

    def _note(self, progress: Progress) -> None:
        """Progress for the history, which ends before answers that were taken back."""
        now = (progress.spent, progress.purity, progress.coverage, progress.groups)
        self.history = [*(point for point in self.history if point[0] < progress.spent), now]

    def _questions(self, kind: str) -> list[Question]:
        count, screens = self.wanted + SPARE, self._strategy.abilities.screens
        if screens is not None:
            return screens(count, self.tiles if kind == "grid" else 0)
        return self._strategy.next(count) if kind == "pair" else []
