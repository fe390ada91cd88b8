"""Answers from a function: of a person, a model or a web service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from likewise.active.protocol import as_values
from likewise.answers import Answer, Question


class CallableOracle:
    """Answers from a function ``(a, b) -> answer`` of two ids, or ``(anchor, tiles) -> answers`` for grids.

    An answer is True or False, "alike", "different" or "unsure", or None for unsure; what a human, a model or a web
    service says.

    Args:
        judge: asked once for each pair, unless ``grids``.
        grids: the function takes the anchor and a tuple of tiles, and gives one answer for each tile.
        who: the annotator's name.
    """

    def __init__(self, judge: Callable[[int, Any], Any], *, grids: bool = False, who: str = "function") -> None:
        self.judge, self.grids, self.who = judge, grids, who

    def ask(self, question: Question) -> Answer:
        """What the function says, and how long it took.

        Raises:
            LikewiseError: it says something that is no answer.
        """
        started = time.monotonic()
        if self.grids:
            said = self.judge(question.anchor, question.tiles)
        else:
            said = [self.judge(a, b) for a, b in question.pairs]
        return Answer(question, as_values(question, said), self.who, round(1000 * (time.monotonic() - started)))
