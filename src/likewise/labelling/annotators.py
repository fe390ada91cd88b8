"""Who answered, how much, how fast, and at which error rates."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.answers import Agreement, Judgements, Rates, agreements, estimate_errors
from likewise.labelling.engine import Engine
from likewise.labelling.status import Tally, tally_of


@dataclass(frozen=True)
class AnnotatorSummary:
    """One annotator.

    Attributes:
        name: of the annotator.
        tally: the valid answers under this name, as the asking screen counts them.
        skipped: questions skipped.
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


def annotators(engine: Engine) -> tuple[list[AnnotatorSummary], list[Agreement]]:
    """Everybody who answered, most answers first, and how far they agree."""
    judgements = Judgements.of(engine.state.answers())
    model = estimate_errors(judgements)
    found = [
        AnnotatorSummary(
            name, tally_of(engine.state, name), counts.skipped, counts.undone, model.rates(name), *model.interval(name)
        )
        for name, counts in engine.store.counts().by.items()
        if counts.screens
    ]
    return sorted(found, key=lambda one: (-one.tally.answers, one.name)), agreements(judgements)
