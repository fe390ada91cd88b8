"""A session of asking and telling: a strategy, the answers that it was told, and the stopping rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from likewise.active.progress import Progress
from likewise.active.protocol import Strategy
from likewise.active.stopping import StoppingRule, moved_samples
from likewise.answers import Answer, Question, Value
from likewise.arrays import IntArray

REPLAY_STEPS = 500
"""Earlier answers are told in at most so many steps."""
UNSURE: Value = "unsure"


class Session:
    """What the loop and the page's planner share: replay, updates, skipped questions, stopping.

    Args:
        make: makes a strategy without answers; again whenever answers are replayed.

    Attributes:
        strategy: the one at work.
        groups: int32 ``[n]``, its groups now.
        spent: the judgements that it was told.
        stopping: the rule that says when more answers change nothing.
    """

    strategy: Strategy
    groups: IntArray

    def __init__(self, make: Callable[[], Strategy]) -> None:
        self._make, self.stopping, self.spent = make, StoppingRule(), 0

    def replay(self, answers: Sequence[Answer], after: Callable[[int, int], None] | None = None) -> None:
        """Tell a new strategy all valid answers, one by one; in blocks where that would take long.

        Args:
            answers: in the order in which they were given.
            after: called after each block with its first answer's place and the length of blocks.
        """
        self.strategy, self.spent = self._make(), 0
        step = 1 + len(answers) // REPLAY_STEPS
        for start in range(0, len(answers), step):
            block = answers[start : start + step]
            self.strategy.tell(block)
            self.spent += judgements_in(block)
            if after is not None:
                after(start, step)
        self.groups = self.strategy.groups()

    def update(self, answers: Sequence[Answer]) -> None:
        """Tell new answers, and the stopping rule how many samples they moved."""
        if not answers:
            return
        self.strategy.tell(answers)
        groups, judgements = self.strategy.groups(), judgements_in(answers)
        self.stopping.update(moved_samples(self.groups, groups), judgements)
        self.groups, self.spent = groups, self.spent + judgements

    def skip(self, skipped: Sequence[Answer]) -> None:
        """Tell that questions were skipped, as ``unsure`` has it, so that they do not come again at once."""
        if skipped:
            self.strategy.tell(skipped)
            self.groups = self.strategy.groups()

    def progress(self, spent: int, budget: int) -> Progress:
        """How far it has come."""
        return Progress.of(self.strategy, self.groups, spent, budget, self.stopping)


def unsure(question: Question, who: str) -> Answer:
    """What a strategy is told of a skipped question."""
    return Answer(question, tuple(UNSURE for _ in question.tiles), who)


def judgements_in(answers: Iterable[Answer]) -> int:
    """How many pairs answers judge."""
    return sum(len(answer.values) for answer in answers)
