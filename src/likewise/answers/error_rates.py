"""How often people are wrong, and what their answers are worth.

An annotator errs in three ways, each with its own rate: an alike pair is called different (a miss), a different pair
is called alike or ticked (a false alarm), an alike tile is left unticked (an oversight). Rates are Beta posteriors,
fed by checks: sets of answers that had to agree, because they are about one pair or because one of them was already
deduced from the others (a cycle). Where a check fails one of its answers is wrong. First an answer that by itself
explains several failed checks is taken to be wrong, the one that explains most first (fewest errors, greedily: the true
minimum is NP-hard); the responsibility for a check that is then left is shared among its answers in proportion to the
rates, which alternates with estimating them, as in Dawid and Skene (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from likewise.answers.deduction import Deduction
from likewise.answers.questions import ALIKE, DIFFERENT, UNSURE, UNTICKED, Judgements, Value
from likewise.arrays import Array
from likewise.errors import LikewiseError

MISS, FALSE_ALARM, OVERSIGHT = range(3)
VALUES: dict[int, Value] = {ALIKE: "alike", DIFFERENT: "different", UNTICKED: "unticked"}
ROUNDS = 10


@dataclass(frozen=True)
class Rates:
    """How often somebody is wrong, each in (0, 1).

    Attributes:
        miss: an alike pair is called different.
        false_alarm: a different pair is called alike, or a different tile ticked.
        oversight: an alike tile is left unticked.
    """

    miss: float = 0.05
    false_alarm: float = 0.05
    oversight: float = 0.1

    def __post_init__(self) -> None:
        for name, rate in vars(self).items():
            if not 0 < rate < 1:
                raise LikewiseError(
                    f"the rate of {name.replace('_', ' ')} must lie strictly within (0, 1), got {rate}."
                )


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """Beta posteriors of the error rates of each annotator.

    Attributes:
        annotators: their names.
        wrong: float64 ``[annotators + 1, 3]``, first parameter: misses, false alarms, oversights; the last row is for
            somebody unknown.
        right: the same, second parameter.
    """

    annotators: tuple[str, ...]
    wrong: Array
    right: Array

    def rates(self, who: str | None = None) -> Rates:
        """The expected rates of an annotator; None, or somebody unknown: of people in general."""
        return Rates(*self._means()[self._row(who)].tolist())

    def interval(self, who: str | None = None, level: float = 0.9) -> tuple[Rates, Rates]:
        """The central interval of each rate at this level: (low, high)."""
        from scipy.stats import beta

        row = self._row(who)
        ends = (beta.ppf(share, self.wrong[row], self.right[row]) for share in ((1 - level) / 2, (1 + level) / 2))
        low, high = (Rates(*np.clip(end, 1e-12, 1 - 1e-12).tolist()) for end in ends)
        return low, high

    def log_odds(self, judgements: Judgements) -> Array:
        """float64 ``[m]``: by how much each judgement raises the log-odds of its pair being alike; unsure: 0."""
        rows = np.array([self._row(name) for name in judgements.annotators], int)[judgements.who]
        miss, false_alarm, oversight = self._means()[rows].T
        alike = np.where(judgements.grid, 1 - oversight, 1 - miss) / false_alarm
        ratio = {ALIKE: alike, DIFFERENT: miss / (1 - false_alarm), UNTICKED: oversight / (1 - false_alarm)}
        log_ratios = np.zeros(len(judgements))
        for value, likelihood in ratio.items():
            log_ratios = np.where(judgements.value == value, np.log(likelihood), log_ratios)
        return log_ratios

    def _means(self) -> Array:
        means: Array = self.wrong / (self.wrong + self.right)
        return means

    def _row(self, who: str | None) -> int:
        return self.annotators.index(who) if who in self.annotators else len(self.annotators)


def estimate_errors(judgements: Judgements, *, prior: Rates | None = None, strength: float = 20.0) -> ErrorModel:
    """The error model of judgements, from repeats, agreement and cycles.

    Args:
        judgements: in the order in which they were given.
        prior: what rates are expected before anything is known.
        strength: how many checked answers the prior is worth; a person is first taken for one of all people.

    Raises:
        LikewiseError: a strength that is not positive.
    """
    if not strength > 0:
        raise LikewiseError(f"the strength of a prior must be positive, got {strength}.")
    start = np.array(list(vars(prior or Rates()).values()))
    people = len(judgements.annotators)
    checks = _Checks.of(judgements)
    wrong, right = np.tile(start * strength, (people + 1, 1)), np.tile((1 - start) * strength, (people + 1, 1))
    checks = checks.repaired()
    for _ in range(ROUNDS if len(checks.member) else 0):
        bad, good = checks.counts(
            judgements, checks.responsibility((wrong / (wrong + right))[judgements.who, checks.error])
        )
        everybody = start * strength + bad.sum(0), (1 - start) * strength + good.sum(0)
        mean = everybody[0] / (everybody[0] + everybody[1])
        wrong = np.vstack([mean * strength + bad, everybody[0]])
        right = np.vstack([(1 - mean) * strength + good, everybody[1]])
    return ErrorModel(judgements.annotators, wrong, right)


@dataclass(frozen=True, eq=False)
class _Checks:
    """Sets of judgements that had to agree.

    Attributes:
        check: int ``[e]``, which check each entry belongs to.
        member: int ``[e]``, which judgement it is.
        failed: bool ``[checks]``.
        wrong: bool ``[m]``, judgements already found to be wrong.
        weight: float ``[m]``, of each judgement: 0 unchecked, 1 checked, 1/2 if only by its own repetition.
        error: int ``[m]``, which error each judgement would be.
    """

    check: Array
    member: Array
    failed: Array
    wrong: Array
    weight: Array
    error: Array

    @classmethod
    def of(cls, judgements: Judgements) -> _Checks:
        """What the judgements check of each other: each against what those before it imply.

        A person who repeats an answer may repeat an error. Half of all errors are taken to persist, so that a repeat
        that agrees is one trial and not two. A judgement that fails its check does not join the deduction: the next is
        checked against what was consistent.
        """
        ends = np.concatenate([judgements.a, judgements.b])
        deduction = Deduction(int(ends.max(initial=0)) + 1)
        last: dict[tuple[int, int, int], int] = {}
        found: list[tuple[list[int], bool]] = []
        weight = np.zeros(len(judgements))
        for at in np.flatnonzero(judgements.value != UNSURE).tolist():
            a, b, value = int(judgements.a[at]), int(judgements.b[at]), int(judgements.value[at])
            mine = (min(a, b), max(a, b), int(judgements.who[at]))
            if mine in last:
                before = last[mine]
                failed = (value > 0) != (judgements.value[before] > 0)
                found.append(([at, before], failed))
                weight[[at, before]] = np.maximum(weight[[at, before]], 1.0 if failed else 0.5)
                continue
            last[mine] = at
            verdict, because = deduction.known(a, b), [row for row in deduction.explain(a, b) if isinstance(row, int)]
            failed = verdict != "unknown" and (verdict == "alike") != (value > 0)
            if verdict != "unknown":  # that two answers both say different does not check the chains between them
                confirmed = because if failed or verdict == "alike" else because[:1]
                found.append(([at, *confirmed], failed))
                weight[[at, *confirmed]] = 1.0
            if not failed:
                deduction.add(a, b, VALUES[value], at)
        sizes = [len(members) for members, _ in found]
        return cls(
            np.repeat(np.arange(len(found)), sizes),
            np.array([at for members, _ in found for at in members], int),
            np.array([failed for _, failed in found], bool),
            np.zeros(len(judgements), bool),
            weight,
            np.select([judgements.value > 0, judgements.value == UNTICKED], [FALSE_ALARM, OVERSIGHT], MISS),
        )

    def gain(self) -> Array:
        """By how many fewer checks would fail if this one judgement had been the opposite, int ``[m]``."""
        step = np.where(self.failed[self.check], 1, -1)
        return np.bincount(self.member, step, len(self.wrong)).astype(int)

    def repaired(self) -> _Checks:
        """The checks after every judgement that alone explains several failures is turned round, the best first."""
        checks = self
        while len(checks.member):
            gain = checks.gain()
            best = int(np.argmax(gain))
            if gain[best] < 2:
                break
            wrong, failed = checks.wrong.copy(), checks.failed.copy()
            wrong[best] ^= True
            failed[checks.check[checks.member == best]] ^= True
            checks = replace(checks, wrong=wrong, failed=failed)
        return checks

    def responsibility(self, rates: Array) -> Array:
        """P(wrong) of each judgement ``[m]``, given how often its kind of answer is: what failed is shared out."""
        left = self.failed[self.check]
        possible = np.where(self.gain()[self.member] > 0, 1.0, 1e-6)  # whose error would not fail another check instead
        odds = possible * (rates / (1 - rates))[self.member]
        share = np.where(left, odds / np.bincount(self.check, odds, len(self.failed))[self.check], 0)
        return np.minimum(self.wrong + np.bincount(self.member, share, len(self.wrong)), 1.0)

    def counts(self, judgements: Judgements, responsibility: Array) -> tuple[Array, Array]:
        """How often each annotator was wrong and right, ``[annotators, 3]`` each, as far as it was checked."""
        # who was right to say alike did not miss (or overlook) it; who was right to say different raised no alarm
        avoided = np.where(judgements.value > 0, np.where(judgements.grid, OVERSIGHT, MISS), FALSE_ALARM)
        wrong, right = np.zeros((2, len(judgements.annotators), 3))
        np.add.at(wrong, (judgements.who, self.error), self.weight * responsibility)
        np.add.at(right, (judgements.who, avoided), self.weight * (1 - responsibility))
        return wrong, right


def evidence(pairs: Array, judgements: Judgements, errors: ErrorModel, codes: Array | None = None) -> Array:
    """float64 ``[m]``: the log-odds that answers add to each of the pairs ``[m, 2]``.

    A person's repeated answers on one pair count once, as their mean: asking again does not cure a persistent error.

    Args:
        pairs: int ``[m, 2]``, ids of samples.
        judgements: the answers.
        errors: what they are worth.
        codes: int ``[n]``: samples of equal code are taken for one, so that answers on other pairs across the same
            cut count, too.
    """
    log_ratios = errors.log_odds(judgements)
    a, b = np.minimum(judgements.a, judgements.b), np.maximum(judgements.a, judgements.b)
    said = judgements.value != UNSURE
    each, inverse = np.unique(np.stack([a, b, judgements.who])[:, said], axis=1, return_inverse=True)
    once = np.bincount(inverse.reshape(-1), log_ratios[said], each.shape[1]) / np.bincount(inverse.reshape(-1))
    keys, where = np.unique(_coded(each[0], each[1], codes), return_inverse=True)
    sums = np.append(np.bincount(where, once, len(keys)), 0.0)
    asked = np.asarray(pairs, np.int64).reshape(-1, 2)
    wanted = _coded(asked[:, 0], asked[:, 1], codes)
    at = np.searchsorted(keys, wanted)
    hit = np.append(keys, -1)[at] == wanted
    return np.where(hit, sums[at], 0.0)


def posterior(
    pairs: Array,
    prior: Array | Sequence[float] | float,
    judgements: Judgements,
    errors: ErrorModel,
    codes: Array | None = None,
) -> Array:
    """P(alike) of each pair, float64 ``[m]``: its prior probability (a calibration's) and ``evidence``.

    Raises:
        LikewiseError: a prior probability outside of [0, 1].
    """
    from scipy.special import expit, logit

    start = np.asarray(prior, np.float64)
    if not ((start >= 0) & (start <= 1)).all():
        raise LikewiseError("prior probabilities must lie in [0, 1].")
    odds = logit(np.clip(start, 1e-6, 1 - 1e-6)) + evidence(pairs, judgements, errors, codes)
    return np.asarray(expit(odds))


def _coded(a: Array, b: Array, codes: Array | None) -> Array:
    if codes is not None:
        a, b = np.asarray(codes, np.int64)[a], np.asarray(codes, np.int64)[b]
    return np.minimum(a, b) << 32 | np.maximum(a, b)
