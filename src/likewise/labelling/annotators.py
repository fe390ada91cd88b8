"""Who answered, how much, how fast, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.answers import Agreement, Judgements, Rates, agreements, estimate_errors
from likewise.labelling.engine import Engine
from likewise.labelling.status import Tally, tally_of


@dataclass(frozen=True)
class Person:
    """One annotator.

    Attributes:
        name: of the person.
        tally: what stands under the name, as the asking screen counts it.
        skipped: questions passed over.
        undone: answers taken back or corrected.
        errors: the expected rates of errors.
        low: the lower ends of their central 90 % intervals.
        high: the upper ends.
    """

    name: str
    tally: Tally
    skipped: int
    undone: int
    errors: Rates
    low: Rates
    high: Rates


def people(engine: Engine) -> tuple[list[Person], list[Agreement]]:
    """Everybody who answered, most answers first, and how far they agree."""
    judgements = Judgements.of(engine.ledger.answers())
    model = estimate_errors(judgements)
    found = [
        Person(
            name, tally_of(engine.ledger, name), counts.skipped, counts.undone, model.rates(name), *model.interval(name)
        )
        for name, counts in engine.store.counts().by.items()
        if counts.screens
    ]
    return sorted(found, key=lambda person: (-person.tally.answers, person.name)), agreements(judgements)
