"""Who answered, how much, how fast, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from likewise.answers import Agreement, Judgements, Rates, agreements, estimate_errors
from likewise.page.engine import Engine
from likewise.page.standing import SLOW


@dataclass(frozen=True)
class Person:
    """One annotator.

    Attributes:
        name: of the person.
        judgements: pairs judged, those taken back included.
        screens: questions answered or passed over.
        skipped: questions passed over.
        undone: answers taken back.
        pace: median seconds for an answer, None where it is not known.
        errors: the expected rates of errors.
        low: the lower ends of their central 90 % intervals.
        high: the upper ends.
    """

    name: str
    judgements: int
    screens: int
    skipped: int
    undone: int
    pace: float | None
    errors: Rates
    low: Rates
    high: Rates


def people(engine: Engine) -> tuple[list[Person], list[Agreement]]:
    """Everybody who answered, most judgements first, and how far they agree."""
    told = engine.ledger.answers()
    judgements = Judgements.of(told)
    model = estimate_errors(judgements)
    found = []
    for name, counts in engine.store.counts().by.items():
        paces = [answer.ms for answer in told if answer.who == name and answer.ms is not None and answer.ms < SLOW]
        if counts.screens:
            pace = median(paces) / 1000 if paces else None
            low, high = model.interval(name)
            row = (counts.judgements, counts.screens, counts.skipped, counts.undone)
            found.append(Person(name, *row, pace, model.rates(name), low, high))
    return sorted(found, key=lambda person: (-person.judgements, person.name)), agreements(judgements)
