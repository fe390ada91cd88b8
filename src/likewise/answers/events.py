"""The events of a store's log, and their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Event:
    """One line of the store's log.

    Attributes:
        number: rising; an answer's number is that of its event.
        event: what happened.
        question: the id of the question.
        who: the annotator.
        at: when, in seconds since 1970.
        ms: how long it took, in milliseconds, where known.
        target: of "undone", the number of the answer taken back.
    """

    number: int
    event: Literal["asked", "answered", "undone", "skipped"]
    question: str
    who: str
    at: float
    ms: int | None = None
    target: int | None = None


@dataclass(frozen=True)
class Counts:
    """What asking has cost; answers that were taken back were work, too, and count.

    Attributes:
        judgements: pairs judged: one for a pair, one a tile for a grid.
        screens: questions answered or skipped.
        seconds: time spent on them, as far as it is known.
        undone: answers taken back.
        skipped: questions skipped.
        by: the same for each annotator.
    """

    judgements: int = 0
    screens: int = 0
    seconds: float = 0.0
    undone: int = 0
    skipped: int = 0
    by: dict[str, Counts] = field(default_factory=dict)

    @classmethod
    def total(cls, by: Mapping[str, Counts]) -> Counts:
        """The sum over annotators."""
        each = list(by.values())
        return cls(
            sum(counts.judgements for counts in each),
            sum(counts.screens for counts in each),
            sum(counts.seconds for counts in each),
            sum(counts.undone for counts in each),
            sum(counts.skipped for counts in each),
            dict(by),
        )
