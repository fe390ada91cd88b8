"""How far two annotators agree beyond chance, and one with themselves: Cohen's kappa."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from likewise.answers.questions import UNSURE, Judgements
from likewise.arrays import Array


@dataclass(frozen=True)
class Agreement:
    """Two annotators (or one, asked twice) on the pairs that both judged; unsure does not count.

    Attributes:
        one: an annotator.
        other: another one, or the same.
        pairs: how many pairs both judged.
        agreed: share of those on which they said the same, alike or different.
        kappa: Cohen's: 1 where they always agree, 0 where they agree as often as by chance; NaN where nothing can be
            said, because both always said the same one thing.
    """

    one: str
    other: str
    pairs: int
    agreed: float
    kappa: float


def cohen_kappa(one: Array, other: Array) -> float:
    """Cohen's kappa of two bool arrays ``[m]`` (Educational and Psychological Measurement 20, 1960).

    >>> cohen_kappa(np.array([True, True, False, False]), np.array([True, False, False, False]))
    0.5
    """
    if not len(one):
        return float("nan")
    a, b = float(np.mean(one)), float(np.mean(other))
    chance = a * b + (1 - a) * (1 - b)
    return float("nan") if chance == 1 else (float(np.mean(one == other)) - chance) / (1 - chance)


def agreements(judgements: Judgements) -> list[Agreement]:
    """The agreement of every two annotators who judged a pair in common, then of everyone asked one pair twice.

    A person's first judgement of a pair counts between people; the first two count for the person.
    """
    said: dict[int, dict[tuple[int, int], list[bool]]] = {}
    rows = zip(judgements.a.tolist(), judgements.b.tolist(), judgements.who.tolist(), judgements.value, strict=True)
    for a, b, who, value in rows:
        if value != UNSURE:
            said.setdefault(who, {}).setdefault((min(a, b), max(a, b)), []).append(bool(value > 0))
    names = judgements.annotators
    found = []
    for one, other in combinations(sorted(said), 2):
        both = sorted(said[one].keys() & said[other].keys())
        mine, theirs = ([said[who][pair][0] for pair in both] for who in (one, other))
        found.append(_agreement(names[one], names[other], mine, theirs))
    for who, pairs in sorted(said.items()):
        twice = [values for values in pairs.values() if len(values) > 1]
        found.append(_agreement(names[who], names[who], [v[0] for v in twice], [v[1] for v in twice]))
    return [agreement for agreement in found if agreement.pairs]


def _agreement(one: str, other: str, mine: list[bool], theirs: list[bool]) -> Agreement:
    a, b = np.array(mine, bool), np.array(theirs, bool)
    return Agreement(one, other, len(a), float(np.mean(a == b)) if len(a) else float("nan"), cohen_kappa(a, b))
