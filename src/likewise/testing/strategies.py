"""What is demanded of every strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from likewise.active import LabelOracle, Strategy
from likewise.active.abilities import REQUIRED
from likewise.answers import Answer, Question, Value
from likewise.arrays import Array, IntArray
from likewise.randomness import numpy_generator
from likewise.space import Space

Make = Callable[[Space, IntArray, int], Strategy]
CLASSES, EACH, TILES = 4, 8, 3
UNSURE: Value = "unsure"


def check_strategy(make: Make, *, seed: int = 0) -> None:
    """Check that a strategy keeps every rule of ``likewise.active.Strategy``, on small spaces with a known truth.

    It asks at most n questions of its own name about samples that exist, never about a pair twice; equal seeds and
    answers give equal questions; answers to questions of others count; right answers to all its questions lead to the
    classes; unsure, wrong and contradicting answers and equal samples are survived; and it can do what its abilities
    state.

    Args:
        make: makes the strategy of a space, of the class of each sample (for strategies that are given one sample of
            each class; others leave them alone), and of a seed.
        seed: of the spaces and of the strategy.

    Raises:
        AssertionError: it breaks a rule; the sentence says which.
    """
    space, y = clusters(seed)

    def made() -> Strategy:
        return make(space, y, seed)

    for check in (
        _follows_the_protocol,
        _never_repeats_a_pair,
        _is_deterministic,
        _finds_the_classes,
        _takes_other_answers,
        _is_robust,
        *_ABILITIES,
    ):
        check(made, y, seed)
    equal = make(Space(np.ones((12, 2)), "euclidean"), np.arange(12, dtype=np.int32) % 3, seed)
    _play(equal, LabelOracle(np.arange(12) % 3), 30)
    _require_groups(equal, 12, "after answers about samples that are all equal")


def clusters(seed: int = 0) -> tuple[Space, IntArray]:
    """32 samples of four well separated classes, and the class of each."""
    random = numpy_generator(seed, "clusters")
    y = np.repeat(np.arange(CLASSES, dtype=np.int32), EACH)[random.permutation(CLASSES * EACH)]
    angle = np.arange(CLASSES)
    centers = 5 * np.stack([np.cos(angle), np.sin(angle), angle % 2], 1)
    return Space(centers[y] + 0.3 * random.standard_normal((len(y), 3)), "euclidean"), y


def _follows_the_protocol(made: Callable[[], Any], y: IntArray, seed: int) -> None:
    del seed
    strategy = made()
    for name in REQUIRED:
        _require(hasattr(strategy, name), f"the strategy has no {name}")
    _require_groups(strategy, len(y), "before any answer")
    for n in (1, 3):
        count = len(made().next(n))
        _require(1 <= count <= n, f"next({n}) of a new strategy gave {count} questions, not 1 to {n}")


def _never_repeats_a_pair(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    seen: set[frozenset[int]] = set()
    for question in _play(made(), LabelOracle(y), 60, batch=4):
        for pair in map(frozenset, question.pairs):
            _require(pair not in seen, f"the pair {sorted(pair)} was asked twice")
            seen.add(pair)


def _is_deterministic(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    one, other = (_pairs(_play(made(), LabelOracle(y), 25)) for _ in range(2))
    _require(one == other, "the same seed and the same answers gave different questions")


def _finds_the_classes(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    strategy = made()
    _play(strategy, LabelOracle(y), len(y) ** 2, batch=5)
    _require(_same_partition(strategy.groups(), y), "right answers to all its questions did not lead to the classes")


def _takes_other_answers(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    strategy, oracle = made(), LabelOracle(y)
    random = numpy_generator(seed, "foreign")
    drawn = (random.choice(len(y), 2, replace=False).tolist() for _ in range(30))
    foreign = {frozenset(pair): Question.pair(*pair, strategy="another") for pair in drawn}
    strategy.tell([oracle.ask(question) for question in foreign.values()])
    for question in _play(strategy, oracle, len(y) ** 2, batch=3):
        again = [pair for pair in question.pairs if frozenset(pair) in foreign]
        _require(not again, f"what others had asked about was asked again: {again}")
    right = _same_partition(strategy.groups(), y)
    _require(right, "after answers to questions of others, right answers did not lead to the classes")
    other = made()
    every = (Question.pair(a, b, strategy="another") for a, b in np.argwhere(np.triu(np.ones((len(y), len(y))), 1)))
    other.tell([oracle.ask(question) for question in every])
    _require(_same_partition(other.groups(), y), "answers to questions of others about all pairs did not count")


def _is_robust(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    strategy = made()
    seen: set[frozenset[int]] = set()
    for _ in range(15):
        found = strategy.next(1)
        for pair in (frozenset(pair) for question in found for pair in question.pairs):
            _require(pair not in seen, f"the pair {sorted(pair)} came again after an unsure answer")
            seen.add(pair)
        strategy.tell([Answer(question, tuple(UNSURE for _ in question.tiles)) for question in found])
    _require(bool(strategy.next(1)), "after 15 unsure answers there was no question left")
    _require_groups(strategy, len(y), "after unsure answers")
    wrong = made()
    _play(wrong, LabelOracle(y, error=0.3, abstain=0.1, seed=seed + 3), 80, batch=2)
    _require_groups(wrong, len(y), "after wrong answers")


def _gives_probabilities(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    strategy = made()
    for _ in range(3):
        if (membership := strategy.abilities.membership) is not None:
            found = np.asarray(membership(strategy.groups()))
            fits = found.shape == y.shape and found.dtype == np.float32 and _within(found)
            _require(fits, f"membership must be float32 [{len(y)}] in [0, 1], got {found.dtype} {list(found.shape)}")
        if (quality := strategy.abilities.quality) is not None:
            pair = quality(strategy.groups())
            fits = len(pair) == 2 and _within(np.asarray(pair))
            _require(fits, f"quality must be two numbers in [0, 1], purity and coverage, got {pair}")
        _play(strategy, LabelOracle(y), 5)


def _shows_screens(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    strategy = made()
    if (screens := strategy.abilities.screens) is None:
        return
    found = screens(2, TILES)
    _require(1 <= len(found) <= 2, f"screens(2, {TILES}) of a new strategy gave {len(found)} questions, not 1 or 2")
    fits = all(question.kind == "grid" and len(question.tiles) <= TILES for question in found)
    _require(fits, f"screens(2, {TILES}) gave a question that is no grid of at most {TILES} tiles")
    strategy.tell([LabelOracle(y).ask(question) for question in found])
    _require(all(question.kind == "pair" for question in screens(2, 0)), "screens(2, 0) gave what is no pair")


def _copies(made: Callable[[], Strategy], y: IntArray, seed: int) -> None:
    del seed
    strategy = made()
    if strategy.abilities.copy is None:
        return
    _play(strategy, LabelOracle(y), 5)
    one, other = strategy.abilities.copy(), strategy.abilities.copy()
    before = other.groups()
    asked = _pairs(_play(one, LabelOracle(y), 10))
    unmoved = np.array_equal(before, other.groups()) and np.array_equal(before, strategy.groups())
    _require(unmoved, "what a copy was told, another was told, too")
    for name, again in (("another copy", other), ("the strategy itself", strategy)):
        same = _pairs(_play(again, LabelOracle(y), 10)) == asked
        _require(same, f"a copy and {name} put different questions after the same answers")


_ABILITIES = (_gives_probabilities, _shows_screens, _copies)


def _play(strategy: Strategy, oracle: LabelOracle, most: int, batch: int = 1) -> list[Question]:
    """Ask and tell, at most so many questions; those asked."""
    asked: list[Question] = []
    while len(asked) < most:
        wanted = min(batch, most - len(asked))
        found = strategy.next(wanted)
        _require(len(found) <= wanted, f"next({wanted}) gave {len(found)} questions")
        if not found:
            break
        for question in found:
            _require_question(strategy, question, len(oracle.codes))
        strategy.tell([oracle.ask(question) for question in found])
        asked += found
    return asked


def _pairs(questions: Sequence[Question]) -> list[tuple[tuple[int, int], ...]]:
    return [question.pairs for question in questions]


def _require_question(strategy: Strategy, question: Question, n: int) -> None:
    name, ends = question.strategy, [question.anchor, *question.tiles]
    _require(name == strategy.name, f"the strategy {strategy.name!r} put a question under the name {name!r}")
    _require(all(0 <= end < n for end in ends), f"a question is about samples {ends}, but there are {n}")


def _require_groups(strategy: Strategy, n: int, when: str) -> None:
    groups: Any = strategy.groups()
    fits = isinstance(groups, np.ndarray) and groups.shape == (n,) and groups.dtype == np.int32 and groups.min() >= 0
    _require(fits, f"groups() must be int32 [{n}], none negative, {when}")


def _same_partition(one: Array, other: Array) -> bool:
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


def _within(values: Array) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(f"{sentence}.")
