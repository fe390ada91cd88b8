"""Several seeds: means, 95 % confidence intervals, and differences between methods paired by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.errors import LikewiseError, unknown_name
from likewise.evaluation.results import Evaluation, aligned, markdown, number

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and the half width of its 95 % confidence interval (Student's t); NaN for one seed."""

    mean: float
    half: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Interval:
        """The interval of independent values.

        >>> Interval.of([1.0, 2.0, 3.0])
        Interval(mean=2.0, half=2.484..., n=3)
        """
        from scipy.special import stdtrit

        n = len(values)
        if not n:
            raise LikewiseError("an interval needs at least one value.")
        error = float(np.std(values, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        return cls(float(np.mean(values)), float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * error if n > 1 else error, n)

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the interval."""
        return self.mean - self.half, self.mean + self.half

    def text(self, *, signed: bool = False) -> str:
        """Mean and half width as tables show them."""
        mean = number(self.mean, signed=signed)
        return mean if math.isnan(self.half) else f"{mean} ± {number(self.half, beside=self.mean)}"

    def as_json(self) -> dict[str, float | int | None]:
        """Mean, half width (null for one seed) and number of seeds."""
        return {"mean": self.mean, "half": None if math.isnan(self.half) else self.half, "n": self.n}


@dataclass(frozen=True)
class Summary:
    """A table of intervals: one row a method, one column a metric; ``print`` it to read it.

    Attributes:
        rows: by row and metric; a row need not have every metric.
        evaluations: what the rows were made from.
        notes: sentences that belong under the table.
        signed: whether the figures are differences.
    """

    rows: Mapping[str, Mapping[str, Interval]]
    evaluations: Mapping[str, tuple[Evaluation, ...]]
    notes: tuple[str, ...] = ()
    signed: bool = False

    def __getitem__(self, row: str) -> Mapping[str, Interval]:
        if row not in self.rows:
            raise unknown_name("row", row, self.rows)
        return self.rows[row]

    def __str__(self) -> str:
        return "\n".join([aligned(self.cells()), *self.notes])

    def markdown(self) -> str:
        """The table and its notes as Markdown."""
        return "\n\n".join([markdown(self.cells()), *self.notes])

    def cells(self) -> list[list[str]]:
        """The table as text, the header first; a figure that a row lacks is a dash."""
        columns = list(dict.fromkeys(metric for row in self.rows.values() for metric in row))
        body = [
            [name, *(row[c].text(signed=self.signed) if c in row else "–" for c in columns)]
            for name, row in self.rows.items()
        ]
        return [["", *columns], *body]

    def compare(self, a: str, b: str) -> Summary:
        """Row ``a`` minus row ``b``, paired by seed."""
        for row in (a, b):
            self[row]
        return compare(self.evaluations[a], self.evaluations[b], names=(a, b))

    def as_json(self) -> dict[str, Any]:
        """Intervals, the evaluations behind them and notes, as JSON holds them."""
        return {
            "confidence": CONFIDENCE,
            "rows": {name: {m: i.as_json() for m, i in row.items()} for name, row in self.rows.items()},
            "evaluations": {name: [one.as_json() for one in found] for name, found in self.evaluations.items()},
            "notes": list(self.notes),
        }


def summarise(
    evaluations: Sequence[Evaluation] | Mapping[str, Sequence[Evaluation]], *, notes: Sequence[str] = ()
) -> Summary:
    """Means and 95 % confidence intervals over seeds, of one method or of several by name.

    The interval speaks of the seeds alone (training and supports); the test samples are the same throughout.

    Raises:
        LikewiseError: a row is empty, repeats a seed, or its evaluations have different metrics.
    """
    given = evaluations if isinstance(evaluations, Mapping) else {"mean": evaluations}
    rows = {}
    for name, found in given.items():
        if not found or any(one.values.keys() != found[0].values.keys() for one in found):
            raise LikewiseError(f"row {name!r} needs evaluations that all have the same metrics, at least one.")
        _by_seed(found, name)
        rows[name] = {metric: Interval.of([one[metric] for one in found]) for metric in found[0].values}
    return Summary(rows, {name: tuple(found) for name, found in given.items()}, tuple(notes))


def compare(a: Sequence[Evaluation], b: Sequence[Evaluation], *, names: tuple[str, str] = ("a", "b")) -> Summary:
    """One row: a minus b in every metric that both have, paired by seed, with 95 % confidence intervals.

    An interval that leaves out 0 is a difference beyond the seeds' noise.

    Raises:
        LikewiseError: the two were not evaluated with the same seeds, each once, or share no metric.
    """
    first, second = _by_seed(a, names[0]), _by_seed(b, names[1])
    if first.keys() != second.keys() or not first:
        raise LikewiseError(f"pairs need the same seeds on both sides, got {sorted(first)} and {sorted(second)}.")
    shared = [m for m in a[0].values if all(m in one.values for one in (*a, *b))]
    if not shared:
        raise LikewiseError(f"{names[0]} and {names[1]} share no metric.")
    differences = {m: Interval.of([first[seed][m] - second[seed][m] for seed in sorted(first)]) for m in shared}
    both = {names[0]: tuple(a), names[1]: tuple(b)}
    return Summary({f"{names[0]} - {names[1]}": differences}, both, signed=True)


def _by_seed(evaluations: Sequence[Evaluation], name: str) -> dict[int, Evaluation]:
    """Evaluations by their seed, each once; those without a seed count as their position."""
    found = {one.facts.get("seed", place): one for place, one in enumerate(evaluations)}
    if len(found) < len(evaluations):
        raise LikewiseError(f"{name!r} holds a seed twice: an interval over seeds needs different ones.")
    return found
