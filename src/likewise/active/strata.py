"""Edges by stratum: how pure they are, and how sure that is, where some strata were judged more densely than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.arrays import Array

LEVEL = 0.95


@dataclass(frozen=True)
class Stratum:
    """Edges of one kind: how many there are, how many were judged, and how many of those were alike.

    Attributes:
        name: "rank 1", "distance 0.52 to 0.61".
        edges: how many there are.
        judged: how many were judged; unsure ones are not counted.
        alike: how many of those were alike.
        purity: the share that is alike, each judged edge weighted by how many it represents; NaN if none was judged.
        effective: the effective sample size (Kish 1965): judgements of evenly drawn edges that are worth as much.
    """

    name: str
    edges: int
    judged: int
    alike: int
    purity: float
    effective: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the purity (Clopper and Pearson 1934); exact where edges were drawn evenly."""
        return clopper_pearson(self.purity * self.effective, self.effective)

    def __str__(self) -> str:
        low, high = self.interval
        found = f"{self.purity:6.1%} ({low:.1%} to {high:.1%})" if self.judged else "     –"
        return f"{self.name:<26}{self.edges:>10,}{self.judged:>8,}   {found}"


def clopper_pearson(alike: float, judged: float, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a share (Clopper and Pearson 1934); nothing judged, nothing known.

    >>> [round(end, 3) for end in clopper_pearson(9, 10)]
    [0.555, 0.997]
    """
    from scipy.stats import beta

    tail = (1 - level) / 2
    wrong = max(judged - alike, 0.0)
    low = float(beta.ppf(tail, alike, wrong + 1)) if alike > 0 else 0.0
    high = float(beta.ppf(1 - tail, alike + 1, wrong)) if wrong > 1e-9 else 1.0
    return low, high


def sampling_weights(stratum: Array, chosen: Array) -> Array:
    """How many edges each judged one represents: the inverse of the sampling fraction of its stratum."""
    share = np.bincount(stratum) / np.maximum(np.bincount(stratum[chosen], minlength=int(stratum.max()) + 1), 1)
    return np.asarray(share[stratum[chosen]])


def effective_size(counts: Array) -> float:
    """The effective sample size of weighted judgements (Kish 1965)."""
    return float(counts.sum() ** 2 / (counts**2).sum()) if len(counts) else 0.0


def strata_of(
    stratum: Array, chosen: Array, value: Array, names: list[str], counts: Array | None = None
) -> tuple[Stratum, ...]:
    """Judged edges by stratum; ``counts`` where they do not all count the same."""
    counts = np.ones(len(chosen)) if counts is None else counts
    found = []
    for i, name in enumerate(names):
        mine = stratum[chosen] == i
        weight, alike = counts[mine], value[mine]
        purity = float(weight @ alike / weight.sum()) if mine.any() else float("nan")
        edges = int((stratum == i).sum())
        found.append(Stratum(name, edges, int(mine.sum()), int(alike.sum()), purity, effective_size(weight)))
    return tuple(found)


def stratified(strata: tuple[Stratum, ...]) -> tuple[float, tuple[float, float]]:
    """The purity of all edges from that of the strata, each by its share of the edges, and its interval."""
    used = [stratum for stratum in strata if stratum.judged]
    share = np.array([stratum.edges for stratum in used], float)
    share /= share.sum()
    judged, alike = (np.array([getattr(part, name) for part in used], float) for name in ("judged", "alike"))
    mean = float(share @ (alike / judged))
    if len(used) == 1:
        return mean, used[0].interval
    smoothed = (alike + 1) / (judged + 2)
    half = 1.96 * float(np.sqrt((share**2 * smoothed * (1 - smoothed) / (judged + 2)).sum()))
    return mean, (max(0.0, mean - half), min(1.0, mean + half))
