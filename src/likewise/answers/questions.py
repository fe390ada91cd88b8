"""What is asked and what is answered: one anchor beside one sample (a pair) or several (a grid)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError, unknown_name

Value = Literal["alike", "different", "unticked", "unsure"]
Kind = Literal["pair", "grid"]

ALIKE, UNSURE, DIFFERENT, UNTICKED = 1, 0, -1, -2
CODES: dict[Value, int] = {"alike": ALIKE, "unsure": UNSURE, "different": DIFFERENT, "unticked": UNTICKED}
"""Values as numbers: above 0 alike, below 0 different."""


def _new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Question:
    """One screen: is the anchor alike this one sample (a pair), or which of these is it alike (a grid)?

    Attributes:
        anchor: the id of a sample.
        tiles: the ids of the samples to compare it with.
        kind: "pair" (one tile) or "grid" (the captcha of PAL, arXiv 2303.15256: tick the alike ones).
        strategy: what chose the question.
        repeat: whether it is asked again deliberately, to measure agreement.
        id: made by whoever asks; the same person's second answer to it does not count.

    Raises:
        LikewiseError: no tile, two tiles of a pair, a tile that stands twice or is the anchor itself.

    >>> Question.grid(3, [5, 8]).ticked([8])
    ('unticked', 'alike')
    """

    anchor: int
    tiles: tuple[int, ...]
    kind: Kind = "pair"
    strategy: str = ""
    repeat: bool = False
    id: str = field(default_factory=_new_id)

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise unknown_name("kind of question", self.kind, get_args(Kind))
        if not self.tiles or (self.kind == "pair" and len(self.tiles) > 1):
            raise LikewiseError(f"a {self.kind} needs {'one other sample' if self.kind == 'pair' else 'tiles'}.")
        if self.anchor in self.tiles:
            raise LikewiseError(f"sample {self.anchor} cannot be compared with itself: ask about two samples.")
        if len(set(self.tiles)) < len(self.tiles):
            raise LikewiseError(f"a tile stands twice in the grid of sample {self.anchor}: show each sample once.")

    @classmethod
    def pair(cls, a: int, b: int, *, strategy: str = "", repeat: bool = False) -> Question:
        """Are these two alike?"""
        return cls(int(a), (int(b),), "pair", strategy, repeat)

    @classmethod
    def grid(cls, anchor: int, tiles: Iterable[int], *, strategy: str = "", repeat: bool = False) -> Question:
        """Which of these is the anchor alike?"""
        return cls(int(anchor), tuple(map(int, tiles)), "grid", strategy, repeat)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The anchor with each tile."""
        return tuple((self.anchor, tile) for tile in self.tiles)

    def ticked(self, chosen: Collection[int]) -> tuple[Value, ...]:
        """The values of a grid on which these samples were ticked: alike, the others unticked.

        Raises:
            LikewiseError: a sample was ticked that is not on the grid.
        """
        stranger = next((sample for sample in chosen if sample not in self.tiles), None)
        if stranger is not None:
            raise LikewiseError(f"sample {stranger} was ticked, but is not on the grid of sample {self.anchor}.")
        return tuple("alike" if tile in chosen else "unticked" for tile in self.tiles)


@dataclass(frozen=True)
class Answer:
    """What one person said to one question.

    Attributes:
        question: the question.
        values: one for each tile; an unticked tile is a weaker "different" than one that was said.
        who: the annotator.
        ms: how long it took, in milliseconds, where known.
        session: the sitting in which it was given.
        at: when, in seconds since 1970; None until it is recorded.
        number: the answer's number in its store; None until it is recorded.

    Raises:
        LikewiseError: a value that is none, as many values as tiles missing, an unticked pair.
    """

    question: Question
    values: tuple[Value, ...]
    who: str = "me"
    ms: int | None = None
    session: str = ""
    at: float | None = None
    number: int | None = None

    def __post_init__(self) -> None:
        allowed = [value for value in CODES if self.question.kind == "grid" or value != "unticked"]
        for value in self.values:
            if value not in allowed:
                raise unknown_name("answer", value, allowed)
        if len(self.values) != len(self.question.tiles):
            raise LikewiseError(f"the question has {len(self.question.tiles)} tiles, the answer {len(self.values)}.")
        if self.ms is not None and not 0 <= self.ms < 2**63:
            raise LikewiseError(f"an answer takes at least 0 milliseconds, got {self.ms}.")

    @property
    def judgements(self) -> Iterator[tuple[int, int, Value]]:
        """(anchor, tile, value) of each tile."""
        return ((a, b, value) for (a, b), value in zip(self.question.pairs, self.values, strict=True))


@dataclass(frozen=True, eq=False)
class Judgements:
    """Answers as columns, one row for each pair that was judged, in the order in which they were given.

    Attributes:
        a: int64 ``[m]``, the anchors.
        b: int64 ``[m]``, the samples compared with them.
        value: int8 ``[m]``: ``ALIKE``, ``UNSURE``, ``DIFFERENT`` or ``UNTICKED``.
        grid: bool ``[m]``, whether the pair was judged on a grid.
        who: int32 ``[m]``, into ``annotators``.
        answer: int64 ``[m]``, which of the answers each row belongs to.
        annotators: their names, sorted.
    """

    a: Array
    b: Array
    value: Array
    grid: Array
    who: Array
    answer: Array
    annotators: tuple[str, ...]

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Judgements:
        """The columns of answers."""
        given = list(answers)
        names = sorted({answer.who for answer in given})
        code = {name: row for row, name in enumerate(names)}
        rows = [
            (a, b, CODES[value], answer.question.kind == "grid", code[answer.who], at)
            for at, answer in enumerate(given)
            for a, b, value in answer.judgements
        ]
        a, b, value, grid, who, answer = np.array(rows, np.int64).reshape(-1, 6).T
        return cls(a, b, value.astype(np.int8), grid.astype(bool), who.astype(np.int32), answer, tuple(names))

    def followed_by(self, later: Judgements) -> Judgements:
        """These judgements and then others, as if their answers had come in one list."""
        names = sorted({*self.annotators, *later.annotators})
        first = int(self.answer[-1]) + 1 if len(self) else 0
        who = [np.array([names.index(name) for name in one.annotators], np.int32)[one.who] for one in (self, later)]
        return Judgements(
            np.concatenate([self.a, later.a]),
            np.concatenate([self.b, later.b]),
            np.concatenate([self.value, later.value]),
            np.concatenate([self.grid, later.grid]),
            np.concatenate(who),
            np.concatenate([self.answer, first + later.answer]),
            tuple(names),
        )

    def __len__(self) -> int:
        return len(self.a)
