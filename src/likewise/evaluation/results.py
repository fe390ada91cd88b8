"""What an evaluation found, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from likewise.errors import unknown_name


@dataclass(frozen=True)
class Evaluation:
    """Figures of one representation on one test set; ``print`` it to read it.

    Attributes:
        values: by metric: shares in [0, 1] (adjusted Rand may be negative); "rank" is a number of directions.
        spread: standard deviation over the draws of a support, of the metrics that average draws.
        facts: how they were measured, as JSON holds them: sizes, seed, how the probe was chosen, what was capped.
    """

    values: Mapping[str, float]
    spread: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, metric: str) -> float:
        if metric not in self.values:
            raise unknown_name("metric", metric, self.values)
        return self.values[metric]

    def __or__(self, other: Evaluation) -> Evaluation:
        """Both evaluations' figures."""
        merged = ({**a, **b} for a, b in zip(self._parts(), other._parts(), strict=True))
        return Evaluation(*merged)

    def __str__(self) -> str:
        rows = [[name, number(value), self._deviation(name)] for name, value in self.values.items()]
        plain = {name: value for name, value in self.facts.items() if not isinstance(value, Mapping)}
        nested = [f"{name}: {_listed(value)}" for name, value in self.facts.items() if isinstance(value, Mapping)]
        return "\n".join([aligned(rows), *filter(None, [_listed(plain), *nested])])

    def as_json(self) -> dict[str, Any]:
        """Values, spread and facts, as JSON holds them."""
        return dict(zip(("values", "spread", "facts"), map(dict, self._parts()), strict=True))

    def _parts(self) -> tuple[Mapping[str, Any], ...]:
        return self.values, self.spread, self.facts

    def _deviation(self, metric: str) -> str:
        return f"± {self.spread[metric]:.3f} over draws" if metric in self.spread else ""


def _listed(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())


def number(value: float, *, signed: bool = False, beside: float = 0.0) -> str:
    """A figure as tables show it: three decimals of a share, one of a number of directions or beside one.

    >>> number(0.98765), number(17.34), number(0.012, signed=True)
    ('0.988', '17.3', '+0.012')
    """
    return f"{value:{'+' if signed else ''}.{3 if max(abs(value), abs(beside)) < 2 else 1}f}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text: the first column to the left, the others to the right.

    >>> print(aligned([["a", "1.0"], ["long", "12.0"]]))
    a      1.0
    long  12.0
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, the header first, as a Markdown table.

    >>> print(markdown([["", "knn"], ["space", "0.9"]]))
    |  | knn |
    | :--- | ---: |
    | space | 0.9 |
    """
    rule = [":---", *["---:"] * (len(rows[0]) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])
