"""The status of labelling, in the words and numbers that a person is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from likewise.labelling.answer_state import AnswerState
from likewise.labelling.engine import Engine

PACE = 20
"""Screens of which the pace is made."""
SLOW = 120_000
"""Milliseconds above which somebody was away."""


@dataclass(frozen=True)
class Tally:
    """What somebody has answered, wherever it is shown.

    Attributes:
        answers: valid judgements under this name; those of all people add up to what is spent.
        pace: median seconds for a screen, of the last ones; None before the first.
        wide: mean judgements on such a screen.
    """

    answers: int
    pace: float | None
    wide: float


def tally_of(state: AnswerState, who: str) -> Tally:
    """The valid answers under a name, and how fast they came; corrections, for which nobody was asked, have no pace."""
    answers = state.latest(who, len(state.by_annotator.get(who, [])))
    timed = [answer for answer in answers if answer.ms is not None and answer.ms < SLOW][:PACE]
    pace = median(answer.ms or 0 for answer in timed) / 1000 if timed else None
    wide = sum(len(answer.values) for answer in timed) / max(len(timed), 1)
    return Tally(sum(len(answer.values) for answer in answers), pace, wide)


@dataclass(frozen=True)
class Status:
    """The status of labelling, for one annotator.

    Attributes:
        state: "preparing" (the strategy is being made), "asking", "planning" (the next questions are on their way),
            "waiting" (others hold what is left), or why it ended: "spent" (the budget), "enough" (more would change
            next to nothing), "nothing" (no question is left), "failed".
        message: of a failure.
        spent: valid judgements.
        budget: judgements in all.
        mine: the annotator's own part of these.
        groups: groups of two samples and more, as the strategy sees them; None before it is ready.
        purity: the expected share of pairs within a group that are alike, None where the strategy gives no quality.
        coverage: the expected share of alike pairs that are within a group, the same.
        leverage: pairs known for each judgement given; None before the first.
        chance: that any of the next fifty answers changes a group.
        pace: this annotator's median seconds for a screen; None before the first.
        left: seconds until the budget is spent, at that pace and with the people who are here now.
        contradictions: how many are open.
        people: who is here now.
        screens: whether the strategy can ask about grids.
        history: (answers, purity, coverage, groups) as they grew.
    """

    state: str
    message: str
    spent: int
    budget: int
    mine: int
    groups: int | None
    purity: float | None
    coverage: float | None
    leverage: float | None
    chance: float | None
    pace: float | None
    left: float | None
    contradictions: int
    people: tuple[str, ...]
    screens: bool
    history: tuple[tuple[int, float | None, float | None, int], ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


def status_of(engine: Engine, who: str, holding: bool) -> Status:
    """The status for somebody who holds a question, or does not."""
    planner, state = engine.planner, engine.state
    snapshot = planner.snapshot
    progress, people = snapshot.progress, engine.dispatcher.active()
    mine = tally_of(state, who)
    screens = max(0, engine.budget - state.spent) / max(mine.wide, 1) / max(len(people), 1)
    return Status(
        _state(engine, holding),
        planner.failure or "",
        state.spent,
        engine.budget,
        mine.answers,
        None if progress is None else progress.groups,
        None if progress is None else progress.purity,
        None if progress is None else progress.coverage,
        snapshot.pairs_known / state.spent if state.spent else None,
        None if progress is None else progress.chance,
        mine.pace,
        None if mine.pace is None else screens * mine.pace,
        snapshot.contradictions,
        tuple(people),
        planner.has_screens,
        _thinned(planner.history),
    )


def _state(engine: Engine, holding: bool) -> str:
    planner = engine.planner
    if planner.failure is not None:
        return "failed"
    if planner.queue.number == 0:
        return "preparing"
    if holding:
        return "asking"
    if engine.state.spent >= engine.budget:
        return "spent"
    if not engine.open:
        return "enough"
    if engine.dispatcher.leases.held:
        return "waiting"
    return "nothing" if engine.dispatcher.exhausted() else "planning"


def _thinned(history: list[tuple[int, float | None, float | None, int]], most: int = 60) -> tuple[Any, ...]:
    """At most so many points of a history, the last one among them."""
    step = max(1, -(-len(history) // most))
    return tuple(history[::-1][::step][::-1])
