"""Positive Active Learning as a loop: ask, keep, learn, until the budget is spent or asking pays no more."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.active.abilities import require_membership, require_strategy_protocol
from likewise.active.answer_graph import answer_graph, expected_graph
from likewise.active.oracles.terminal import TerminalOracle
from likewise.active.progress import Progress, expected_groups
from likewise.active.protocol import Oracle, Stop, Strategy, Undo, checked
from likewise.active.session import Session, judgements_in, unsure
from likewise.active.strategies.registry import make_strategy
from likewise.answers import Answer, AnswerStore, Question
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.keys import Keys
from likewise.progress import progress as bar
from likewise.sources import answered
from likewise.space import Space

Report = Callable[[Progress], None]


def ask(
    samples: Any,
    space: Any,
    budget: int = 300,
    *,
    oracle: Oracle | None = None,
    strategy: str | Callable[[], Strategy] = "ours",
    store: AnswerStore | str | os.PathLike[str] | None = None,
    resume: bool = True,
    tiles: int = 0,
    batch: int = 1,
    neighbors: int = 0,
    expected: float | None = None,
    patient: bool = False,
    seed: int = 0,
    who: str = "me",
    report: Report | None = None,
) -> SimilarityGraph:
    """The graph of what an oracle answers: Positive Active Learning (PAL, arXiv 2303.15256).

    Every answer is kept before the next question is asked. The same call on the same store goes on where it stopped:
    the budget counts what the store holds already.

    Args:
        samples: the samples, or their Keys; None where they are known by position alone.
        space: the prior space [n, d] (a Space, an array or a tensor): near means perhaps alike.
        budget: how many judgements to spend; each tile of a screen is one.
        oracle: who answers; a person at this terminal by default.
        strategy: what to ask (see ``make_strategy``), or a function that makes a strategy.
        store: an AnswerStore, or the file of one; a temporary one by default.
        resume: False to refuse a store that holds answers already.
        tiles: samples on a screen beside the anchor; 0 asks about pairs.
        batch: questions chosen at a time, for oracles that are slow to wake.
        neighbors: also join each sample with so many near ones, weighted by the probability that they are alike, as
            the answers calibrate it; known differences veto.
        expected: also join each sample that nobody was asked about to the group where the strategy expects it with at
            least this probability, the weight of its edges; known differences veto. The strategy must give membership
            probabilities (``Abilities``).
        patient: True to go on until the budget is spent even when answers change nothing any more (``StoppingRule``).
        seed: of the strategy.
        who: the annotator, where the oracle does not say.
        report: is told the progress after each batch.

    Returns:
        what follows from the answers: alike within groups, different between them, with their source.

    Raises:
        LikewiseError: no budget, no question left to ask, an oracle that fails or answers nonsense (what was answered
            before is kept), a store of other samples, a strategy that cannot do what is wanted of it.
    """
    space = Space.of(space)
    keys = _keys(samples, space)
    if expected is not None and not 0 < expected <= 1:
        raise LikewiseError(f"expected is a probability in (0, 1], got {expected}.")
    if not isinstance(budget, int) or budget < 1:
        raise LikewiseError(f"the budget is a number of judgements, at least 1, got {budget!r}.")
    given = strategy if callable(strategy) else lambda: make_strategy(strategy, space, tiles=tiles, seed=seed)

    def make() -> Strategy:
        made = require_strategy_protocol(given())
        if expected is not None:
            require_membership(made)
        return made

    with ExitStack() as stack:
        kept = _opened(stack, store, keys)
        if len(kept.answers()) and not resume:
            raise LikewiseError(f"{kept.path} holds answers already: choose another file, or resume.")
        answering = oracle or TerminalOracle(None if samples is keys else samples, keys=keys, who=who)
        session = Session(make)
        _Loop(session, kept, answering, budget, batch, who, patient, report).run()
        likely = None
        if expected is not None:
            codes = expected_groups(session.strategy, expected)
            likely = expected_graph(session.strategy.name, codes, expected, keys)
        graph = answered(kept, keys)
        graph = answer_graph(graph, kept.answers(), kept.keys, space, neighbors=neighbors, expected=likely)
        return graph if samples is not None else graph.with_keys(None)


def _keys(samples: Any, space: Space) -> Keys:
    keys = getattr(samples, "keys", samples) if samples is not None else space.keys
    keys = Keys.of(range(space.n)) if keys is None else keys
    if not isinstance(keys, Keys):
        raise LikewiseError("samples must be opened samples, their Keys, or None.")
    if len(keys) != space.n:
        raise LikewiseError(f"there are {len(keys)} samples, but the space has {space.n} rows: they must agree.")
    if space.keys is not None:
        keys.require_same(space.keys, "the space")
    return keys


def _opened(stack: ExitStack, store: AnswerStore | str | os.PathLike[str] | None, keys: Keys) -> AnswerStore:
    if not (store is None or isinstance(store, str | os.PathLike)):
        return store
    if store is None:  # the graph will say it all; the folder goes after the store is closed
        folder = tempfile.TemporaryDirectory(prefix="likewise-", ignore_cleanup_errors=True)
        store = Path(stack.enter_context(folder)) / "answers.sqlite"
    return stack.enter_context(AnswerStore(Path(store), keys))


@dataclass
class _Loop:
    """One oracle that answers one session, and a store that keeps.

    Attributes:
        session: the strategy and the answers that it was told.
        store: where answers are kept.
        oracle: who answers.
        budget: judgements in all, those in the store included.
        batch: questions chosen at a time.
        who: the annotator, where the oracle does not say.
        patient: whether to go on when answers change nothing.
        report: is told the progress.
    """

    session: Session
    store: AnswerStore
    oracle: Oracle
    budget: int
    batch: int
    who: str
    patient: bool
    report: Report | None

    def run(self) -> None:
        """Ask until the budget is spent, nothing is left to ask, or answers change nothing any more."""
        session = self.session
        session.replay(self.store.answers())
        began = session.spent
        with bar(self.budget, "answers") as advance:
            advance(began)
            while session.spent < self.budget and (self.patient or not session.stopping.satisfied):
                questions = session.strategy.next(max(1, self.batch))
                if not questions and session.spent == began:
                    raise LikewiseError(
                        f"{began} judgements leave nothing worth asking: every pair that matters is known already."
                    )
                before = session.spent
                if not questions or not self._ask(questions):
                    break
                advance(session.spent - before)

    def _ask(self, questions: list[Question]) -> bool:
        """Put questions to the oracle; whether it wants more of them."""
        answers: list[Answer] = []
        more = True
        for chosen in questions:
            left = self.budget - self.session.spent - judgements_in(answers)
            if left < 1:
                break
            question = _within_budget(chosen, left)
            try:
                answer = checked(question, self._query(question, answers))
            except Stop:
                more = False
                break
            except Undo:
                self._update(answers)
                self.store.undo(self.who)
                self.session.replay(self.store.answers())
                return True
            if answer is None:
                self.store.skip(question, self.who)
                self.session.skip([unsure(question, self.who)])
            else:
                answers += self.store.record([answer])
        self._update(answers)
        return more

    def _query(self, question: Question, answers: list[Answer]) -> Any:
        try:
            return checked(question, self.oracle.ask(question))
        except (Stop, Undo):
            raise
        except Exception as error:
            kept = self.session.spent + judgements_in(answers)
            raise LikewiseError(
                f"the oracle failed at the question about sample {question.anchor}: {error or type(error).__name__} "
                f"The {kept} judgements before it are kept in {self.store.path}; give it as store= to go on."
            ) from error

    def _update(self, answers: list[Answer]) -> None:
        self.session.update(answers)
        if answers and self.report is not None:
            self.report(self.session.progress(self.session.spent, self.budget))


def _within_budget(question: Question, left: int) -> Question:
    """The question, without the tiles that the budget does not pay for."""
    if len(question.tiles) <= left:
        return question
    return Question.grid(question.anchor, question.tiles[:left], strategy=question.strategy)
