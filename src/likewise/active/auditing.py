"""What a graph is worth before anyone trains on it: purity by rank and distance, from a few answers or from labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np

from likewise.active.protocol import Oracle, Stop, Undo, checked
from likewise.active.strata import Stratum, effective_size, sampling_weights, strata_of, stratified
from likewise.answers import Question
from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, class_codes
from likewise.randomness import numpy_generator
from likewise.space import Space, SpaceLike

RANKS = (1, 2, 3, 5, 10, 20, 50)
"""Where one stratum ends and the next begins."""
DEFAULT_SIZE = 200


@dataclass(frozen=True)
class Audit:
    """What an audit found; ``print`` it to read it.

    Attributes:
        purity: of all edges, each stratum weighted by its edges.
        interval: its 95 % interval (stratified, normal approximation of Agresti and Coull's counts).
        ranks: by rank: the nearest edge of a row, or without a space the heaviest, is of rank 1; all edges as one
            where nothing ranks them.
        quarters: by distance, or weight, in quarters; empty where nothing ranks the edges.
        wanted: the purity that was wanted.
        largest: the largest k of which the first k edges of every row keep the wanted purity, 0 if none does. Where
            nothing ranks the edges, all of a row or none.
        sure: how sure it is that they do: P(purity >= wanted) under a uniform prior.
        judged: how many answers it took; 0 where labels answered.
    """

    purity: float
    interval: tuple[float, float]
    ranks: tuple[Stratum, ...]
    quarters: tuple[Stratum, ...]
    wanted: float
    largest: int
    sure: float
    judged: int

    def __str__(self) -> str:
        low, high = self.interval
        edges = sum(stratum.judged for stratum in self.ranks)
        lines = [f"purity {self.purity:.1%} ({low:.1%} to {high:.1%}), from {edges:,} judged edges"]
        lines += [f"{'':<26}{'edges':>10}{'judged':>8}   purity (95 % interval)"]
        lines += [str(stratum) for stratum in (*self.ranks, *self.quarters)]
        keep = f"{self.wanted:.0%} purity ({self.sure:.0%} sure)"
        if not self.quarters:
            verb = "keep" if self.largest else "do not keep"
            lines.append(f"the edges {verb} {keep}; give the space that they come from to know it by rank and distance")
        elif self.largest:
            lines.append(f"the first {self.largest} edges of a row keep {keep}")
        else:
            lines.append(f"no number of edges a row keeps {self.wanted:.0%} purity ({self.sure:.0%} sure of the first)")
        return "\n".join(lines)


def audit(
    graph: SimilarityGraph,
    oracle: Oracle | Sequence[Any] | Array,
    n: int | None = None,
    *,
    space: SpaceLike | None = None,
    purity: float = 0.9,
    limit: int = 50_000_000,
    seed: int = 0,
) -> Audit:
    """How pure the edges of a graph are, by their rank and distance, and how many each row can afford.

    Edges are drawn evenly from every rank, so that rare ranks are known as well as common ones, and each stratum counts
    by how many edges it has. Groups are spelled out.

    Args:
        graph: the graph, such as ``neighbors`` makes it.
        oracle: who answers; or labels ``[n]``, which answer at once.
        n: how many edges to judge; 200 for an oracle, all for labels.
        space: the prior [n, d] that ranks the edges of a row; without one their weights do, where these differ.
        purity: the purity that every number of edges a row should keep.
        limit: the most pairs that groups may be spelled out to.
        seed: of the sample.

    Raises:
        LikewiseError: a graph without edges, nothing judged, a purity outside of (0, 1), labels or a
            space that do not fit.
    """
    if not 0 < purity < 1:
        raise LikewiseError(f"the wanted purity must lie in (0, 1), got {purity}.")
    if n is not None and n < 1:
        raise LikewiseError(f"an audit judges at least one edge, got n = {n}.")
    rows, cols, weight = _edges(graph, limit)
    nearness, what = _nearness(rows, cols, weight, None if space is None else Space.of(space), graph.n)
    rank = _ranks(rows, nearness) if what else np.full(len(rows), np.bincount(rows).max())
    stratum = np.searchsorted(RANKS, rank) if what else np.zeros(len(rows), int)
    asks = callable(getattr(oracle, "ask", None))  # else these are labels
    if asks:
        chosen = _sample(stratum, min(n or DEFAULT_SIZE, len(rows)), seed)
        value = _judged_by_oracle(cast(Oracle, oracle), rows[chosen], cols[chosen])
    else:
        chosen = _sample(stratum, min(n or len(rows), len(rows)), seed)
        codes = class_codes(cast(Array, oracle), graph.n)[1]
        value = _judged_by_labels(codes, rows[chosen], cols[chosen])
    chosen, value = chosen[value != 0], value[value != 0] > 0
    if not len(chosen):
        raise LikewiseError("no edge was judged: an audit needs answers that are not all unsure.")
    ranks = strata_of(stratum, chosen, value, _rank_names(int(rank.max())) if what else ["all edges"])
    quarter, names = _quarters(nearness, what) if what else (stratum, [])
    quarters = strata_of(quarter, chosen, value, names, sampling_weights(stratum, chosen)) if what else ()
    largest, sure = _largest(rank, chosen, value, purity)
    mean, interval = stratified(ranks)
    return Audit(mean, interval, ranks, quarters, purity, largest, sure, len(chosen) if asks else 0)


def _edges(graph: SimilarityGraph, limit: int) -> tuple[Array, Array, Array]:
    matrix = graph.to_scipy(limit).tocoo()
    if not matrix.nnz:
        raise LikewiseError("the graph has no edges: there is nothing to audit.")
    return matrix.row, matrix.col, matrix.data


def _nearness(rows: Array, cols: Array, weight: Array, space: Space | None, n: int) -> tuple[Array, str]:
    """What ranks the edges, the nearest highest, and what it is: minus the distance, the weight, or "" for nothing."""
    if space is None:
        return weight, "weight" if len(weight) and weight.min() < weight.max() else ""
    if space.n != n:
        raise LikewiseError(f"the graph has {n} samples, but the space has {space.n} rows: they must agree.")
    x = space.compared
    distance = np.empty(len(rows))
    for start in range(0, len(rows), 1 << 16):
        part = slice(start, start + (1 << 16))
        distance[part] = np.linalg.norm(x[rows[part]] - x[cols[part]], axis=1)
    return -distance, "distance"


def _ranks(rows: Array, nearness: Array) -> Array:
    """From 1 in each row, the nearest first; equal ones in the order in which they stand."""
    order = np.lexsort((-nearness, rows))
    sorted_rows = rows[order]
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.searchsorted(sorted_rows, sorted_rows) + 1
    return rank


def _sample(stratum: Array, count: int, seed: int) -> Array:
    """Edges drawn without replacement, evenly from the strata as far as they go."""
    if count == len(stratum):
        return np.arange(count)
    order = numpy_generator(seed, "audit").permutation(len(stratum))
    order = order[np.argsort(stratum[order], kind="stable")]
    place = np.arange(len(order)) - np.searchsorted(stratum[order], stratum[order])
    return order[np.lexsort((stratum[order], place))[:count]]


def _judged_by_labels(codes: Array, rows: Array, cols: Array) -> Array:
    """1 alike, -1 different, 0 where a label is missing."""
    known = (codes[rows] >= 0) & (codes[cols] >= 0)
    return np.where(known, np.where(codes[rows] == codes[cols], 1, -1), 0)


def _judged_by_oracle(oracle: Oracle, rows: Array, cols: Array) -> Array:
    """1 alike, -1 different, 0 unsure, skipped or not reached; an undo asks the question before once more."""
    value = np.zeros(len(rows), np.int64)
    at = 0
    while at < len(rows):
        try:
            question = Question.pair(int(rows[at]), int(cols[at]), strategy="audit")
            answer = checked(question, oracle.ask(question))
        except Stop:
            break
        except Undo:
            at = max(at - 1, 0)
            continue
        said = None if answer is None else answer.values[0]
        value[at] = {"alike": 1, "different": -1}.get(said or "", 0)
        at += 1
    return value


def _rank_names(most: int) -> list[str]:
    ends = [0, *(rank for rank in RANKS if rank < most), most]
    return [f"rank {b}" if b == a + 1 else f"ranks {a + 1} to {b}" for a, b in pairwise(ends)]


def _quarters(nearness: Array, what: str) -> tuple[Array, list[str]]:
    """In which quarter of the weights, or of the distances, each edge lies, and their names."""
    measure = -nearness if what == "distance" else nearness
    cuts = np.unique(np.quantile(measure, [0, 0.25, 0.5, 0.75, 1]))
    names = [f"{what} {low:.3g} to {high:.3g}" for low, high in pairwise(cuts)] or [f"{what} {cuts[0]:.3g}"]
    return np.clip(np.searchsorted(cuts, measure, side="right") - 1, 0, len(names) - 1), names


def _largest(rank: Array, chosen: Array, value: Array, wanted: float) -> tuple[int, float]:
    """The largest k whose first k edges a row are at least so pure, by the mean of their strata, and how sure it is."""
    from scipy.stats import beta

    best, sure = 0, float("nan")
    stratum_of = np.searchsorted(RANKS, rank)
    ends = RANKS if rank.min() == 1 else ()
    for k in sorted({*(k for k in ends if k <= rank.max()), int(rank.max())}):
        inside = rank <= k
        judged = inside[chosen]
        if not judged.any():
            break
        places = np.cumsum(inside)[chosen[judged]] - 1
        parts = strata_of(stratum_of[inside], places, value[judged], [""] * (stratum_of.max() + 1))
        mean, _ = stratified(parts)
        effective = effective_size(sampling_weights(stratum_of[inside], places))
        p = float(beta.sf(wanted, mean * effective + 1, (1 - mean) * effective + 1))
        if mean < wanted:
            return best, p if best == 0 else sure
        best, sure = k, p
    return best, sure
