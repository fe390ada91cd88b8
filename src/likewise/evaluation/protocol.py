"""Tune on a validation part, and touch the test part once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from likewise.arrays import Array
from likewise.data import Samples
from likewise.errors import LikewiseError

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, eq=False, repr=False)
class Protocol:
    """Disjoint parts of samples; the test part comes out once.

    Attributes:
        train: to fit on while choosing.
        validation: to choose on.
        development: both, to fit the final model on.
    """

    train: Samples
    validation: Samples
    development: Samples
    _test: Samples
    _used: list[str] = field(default_factory=list)

    @classmethod
    def split(
        cls,
        samples: Samples,
        *,
        validation: float = 0.2,
        test: float = 0.2,
        group: str | Array | None = None,
        stratify: bool = True,
        seed: int = 0,
    ) -> Protocol:
        """Random parts, with the labels spread evenly where there are any.

        Args:
            samples: all that there are.
            validation: share to choose on.
            test: share to report on.
            group: a column, or an array [n], of which no value may fall into two parts (a patient, a place).
            stratify: False to spread no labels.
            seed: equal seeds, equal parts.

        Raises:
            LikewiseError: shares that leave a part empty, or fewer groups than parts.
        """
        if not (validation > 0 and test > 0 and validation + test < 1):
            raise LikewiseError(f"validation and test are shares with a rest to train on, got {validation}, {test}.")
        sizes = (1 - validation - test, validation, test)
        parts = samples.split(sizes, group=group, stratify=stratify, seed=seed)
        development = samples.subset(~np.isin(samples.ids, parts[2].ids))
        return cls(parts[0], parts[1], development, parts[2])

    def tune(
        self, candidates: Mapping[str, T], score: Callable[[T, Samples, Samples], float]
    ) -> tuple[str, dict[str, float]]:
        """The name of the candidate with the highest ``score(candidate, train, validation)``, and all scores.

        Raises:
            LikewiseError: there is no candidate, or a score is NaN.
        """
        scores = {name: float(score(value, self.train, self.validation)) for name, value in candidates.items()}
        broken = [name for name, value in scores.items() if np.isnan(value)]
        if not scores or broken:
            raise LikewiseError(f"cannot choose: {f'{broken[0]!r} scored NaN' if broken else 'no candidates'}.")
        return max(scores, key=lambda name: scores[name]), scores

    def final(self, evaluate: Callable[[Samples, Samples], R], *, note: str = "final") -> R:
        """``evaluate(development, test)``, once: do in it everything that is to be reported, all seeds and controls.

        It reminds, it does not lock: a new Protocol of the same seed holds the same test samples.

        Raises:
            LikewiseError: the test part was used before.
        """
        if self._used:
            raise LikewiseError(
                f"the test part was already used ({self._used[0]}): what is chosen after that is chosen on it."
            )
        found = evaluate(self.development, self._test)
        self._used.append(note)
        return found

    def __repr__(self) -> str:
        state = f"used: {self._used[0]}" if self._used else "not used yet"
        sizes = f"{len(self.train):,} train, {len(self.validation):,} validation, {len(self._test):,} test"
        return f"Protocol({sizes}; test {state})"
