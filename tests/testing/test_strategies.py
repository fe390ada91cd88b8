"""A right strategy passes; for each rule a strategy that breaks it alone fails with the sentence of that rule."""

from dataclasses import replace

import numpy as np
import pytest

from likewise.active import Abilities, Guided, RandomPairs
from likewise.answers import Question
from likewise.testing import check_strategy


class Right(RandomPairs):
    """Random pairs, to be broken in one way each."""


class Nameless(Right):
    name = property(lambda self: (_ for _ in ()).throw(AttributeError))


class NoInts(Right):
    def groups(self):
        return super().groups().astype(np.int64)


class Negative(Right):
    def groups(self):
        return super().groups() - 1


class Greedy(Right):
    def next(self, n=1):
        return super().next(n + 1)


class Silent(Right):
    def next(self, n=1):
        return []


class Misnamed(Right):
    def next(self, n=1):
        return [replace(question, strategy="") for question in super().next(n)]


class Beyond(Right):
    def next(self, n=1):
        return [Question.pair(0, self.n, strategy=self.name)]


class Forgetful(Right):
    """Asks about the first pair twice, once after eight answers and once after 29."""

    def next(self, n=1):
        return [Question.pair(0, 1, strategy=self.name)] if self.answered in (8, 29) else super().next(n)


class Unseeded(Right):
    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=int(np.random.default_rng().integers(2**60)))


class Learnless(Right):
    def groups(self):
        return np.zeros(self.n, np.int32)


class Selfish(Right):
    """Takes note of answers to its own questions alone; yet it does not ask what others asked."""

    def tell(self, answers):
        super().tell([answer for answer in answers if answer.question.strategy == self.name])
        for answer in answers:
            for a, b, value in answer.judgements:
                self.observe(a, b, value)


class Deaf(Right):
    """Does not take note of what others asked."""

    def tell(self, answers):
        super().tell([answer for answer in answers if answer.question.strategy == self.name])


class Confused(Right):
    """Has no groups once it was told one answer too many of others."""

    foreign = 0

    def tell(self, answers):
        super().tell(answers)
        self.foreign += sum(answer.question.strategy != self.name for answer in answers)

    def groups(self):
        return super().groups() * (not 0 < self.foreign < 100)


class Brittle(Right):
    """Has no groups of samples that are all equal."""

    def __init__(self, space, *, seed=0):
        super().__init__(space, seed=seed)
        self.equal = bool((space.array == space.array[0]).all())

    def groups(self):
        return None if self.equal else super().groups()


class Insistent(Right):
    """Asks an unsure pair again."""

    def observe(self, a, b, value):
        if value != "unsure":
            super().observe(a, b, value)


class Offended(Right):
    """Has no more to ask after ten unsure answers."""

    unsure = 0

    def observe(self, a, b, value):
        super().observe(a, b, value)
        self.unsure += value == "unsure"

    def next(self, n=1):
        return [] if self.unsure > 10 else super().next(n)


class Overconfident(Right):
    abilities = property(lambda self: Abilities(membership=lambda groups: np.full(len(groups), 1.5, np.float32)))


class Shapeless(Right):
    abilities = property(lambda self: Abilities(membership=lambda groups: np.ones(3, np.float32)))


class Boasting(Right):
    abilities = property(lambda self: Abilities(quality=lambda groups: (1.0, 7.0)))


class Wide(Right):
    """Puts more tiles on a screen than it was told to."""

    def screens(self, n, tiles):
        return [Question.grid(0, range(1, tiles + 2), strategy=self.name)]

    @property
    def abilities(self):
        return Abilities(screens=self.screens)


class Gridded(Guided):
    """Puts grids where pairs are asked for."""

    abilities = property(lambda self: Abilities(screens=lambda n, tiles: Guided.screens(self, n, tiles or 2)))


class Shared(Right):
    """Its copy is itself."""

    def copy(self):
        return self


class Reseeded(Right):
    def copy(self):
        copied = super().copy()
        copied.seed = int(np.random.default_rng().integers(2**60))
        return copied


def test_a_right_one_passes():
    check_strategy(lambda space, y, seed: Right(space, seed=seed))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (Nameless, "the strategy has no name"),
        (NoInts, r"groups\(\) must be int32 \[32\], none negative, before any answer"),
        (Negative, r"groups\(\) must be int32 \[32\], none negative"),
        (Greedy, r"next\(1\) of a new strategy gave 2 questions, not 1 to 1"),
        (Silent, r"next\(1\) of a new strategy gave 0 questions"),
        (Misnamed, "'random' put a question under the name ''"),
        (Beyond, r"a question is about samples \[0, 32\], but there are 32"),
        (Forgetful, r"the pair \[0, 1\] was asked twice"),
        (Unseeded, "the same seed and the same answers gave different questions"),
        (Learnless, "right answers to all its questions did not lead to the classes"),
        (Selfish, "answers to questions of others about all pairs did not count"),
        (Deaf, "what others had asked about was asked again"),
        (Confused, "after answers to questions of others, right answers did not lead to the classes"),
        (Brittle, r"groups\(\) must be int32 \[12\], none negative, after answers about samples that are all equal"),
        (Insistent, r"came again after an unsure answer"),
        (Offended, "after 15 unsure answers there was no question left"),
        (Overconfident, r"membership must be float32 \[32\] in \[0, 1\]"),
        (Shapeless, r"membership must be float32 \[32\] in \[0, 1\], got float32 \[3\]"),
        (Boasting, r"quality must be two numbers in \[0, 1\], purity and coverage, got \(1.0, 7.0\)"),
        (Wide, r"screens\(2, 3\) gave a question that is no grid of at most 3 tiles"),
        (Gridded, r"screens\(2, 0\) gave what is no pair"),
        (Shared, "what a copy was told, another was told, too"),
        (Reseeded, "put different questions after the same answers"),
    ],
)
def test_who_breaks_a_rule_is_told_which(wrong, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_strategy(lambda space, y, seed: wrong(space, seed=seed))
