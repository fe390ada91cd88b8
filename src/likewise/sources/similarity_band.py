"""Semantic positive pairs: similarity under a pretrained encoder falls in a band, SPPS (arXiv 2306.16122)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError, unknown_name
from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import edges_from_arrays
from likewise.randomness import random_rows
from likewise.search import nearest, within
from likewise.space import Space, SpaceLike

PAIRS = 20_000_000
"""A band that holds more pairs than this is refused: it says nothing."""

DUPLICATE = float(np.nextafter(np.float32(1), np.float32(0)))
"""The largest cosine similarity of two samples that are not duplicates, in float32."""


def band(
    space: SpaceLike,
    low: float | Literal["auto"] = 0.97,
    high: float | None = None,
    *,
    among: int | Array | None = None,
    degree: float = 5.0,
    seed: int = 0,
    limit: int = PAIRS,
) -> SimilarityGraph:
    """The graph of pairs whose cosine similarity lies within [low, high]: SPPS (arXiv 2306.16122).

    The upper end leaves out near-duplicates, the lower one false matches. .97 and .99 are the paper's values as
    recollected, not confirmed; they give pairs only on spaces as narrow as its encoder's. ``low="auto"`` chooses the
    band from the similarities themselves: the top per cent of first-neighbour similarities counts as near-duplicates,
    and below it the band holds about ``degree`` neighbours a sample. What it chose stands in the graph's source.

    Join it with the instance pairs as the paper does with ``fit(..., sample="pairs")``, or at equal steps with
    ``mix(none(n), band(...), share)``.

    Args:
        space: a Space, an array or a tensor [n, d]; the metric is always cosine.
        low: the lower end, or "auto".
        high: the upper end; .99 unless low is "auto".
        among: a number K: only pairs among K random samples (the paper's way); an array of ids; None: all.
        degree: with "auto", how many neighbours a sample has on average.
        seed: of the random samples.
        limit: refuse a band with more pairs.

    Raises:
        LikewiseError: an empty or reversed band, K > n, NaN in the space, more pairs than the limit.
    """
    place = Space.of(space, "cosine")
    rows = _chosen(among, place.n, seed)
    arguments: dict[str, Any] = {}
    if rows is not None:
        arguments = {"among": len(rows)} | ({"seed": seed} if isinstance(among, int | np.integer) else {})
    if isinstance(low, str):
        if low != "auto":
            raise unknown_name("band", low, ["auto"])
        low, top = auto_band(place if rows is None else place.array[rows], degree)
        high = top if high is None else high
        arguments["chosen"] = f"auto, degree {degree:g}"
    high = 0.99 if high is None else high
    if not -1 <= low < high <= 1:
        raise LikewiseError(f"a band needs -1 <= low < high <= 1, got [{low}, {high}].")
    pairs = within(place, low, high, rows=rows, limit=limit)
    a, b = pairs[:, 0], pairs[:, 1]
    source = Source("band", {"low": round(low, 6), "high": round(high, 6), **arguments}, place.fingerprint)
    edges = edges_from_arrays(place.n, np.r_[a, b], np.r_[b, a], source=source)
    return SimilarityGraph.of_term(edges, keys=place.keys)


def _chosen(among: int | Array | None, n: int, seed: int) -> Array | None:
    """The ids among which pairs are looked for, sorted; None for all."""
    if among is None:
        return None
    if not isinstance(among, int | np.integer):
        return np.unique(as_ids(among, n, "among"))
    if not 1 <= among <= n:
        raise LikewiseError(f"among must lie in [1, {n}], the number of samples, got {among}.")
    return random_rows(n, int(among), seed, "band")


def auto_band(space: SpaceLike, degree: float = 5.0) -> tuple[float, float]:
    """(low, high): about ``degree`` neighbours a sample, above them the top per cent of first-neighbour similarities.

    Raises:
        LikewiseError: fewer than three samples, or a degree that is not positive.
    """
    place = Space.of(space, "cosine")
    if place.n < 3 or not degree > 0:
        raise LikewiseError(f"an automatic band needs 3 samples and a positive degree, got {place.n} and {degree}.")
    found = nearest(place, k=min(place.n - 1, max(50, int(np.ceil(8 * degree)))), metric="cosine").scores
    high = min(float(np.quantile(found[:, 0], 0.99)), DUPLICATE)
    below = np.sort(found[found <= high])[::-1]
    if not len(below):
        raise LikewiseError("all samples are duplicates in this space: no band can be chosen.")
    low = float(below[min(len(below) - 1, int(degree * place.n))])
    just_below: float = np.nextafter(np.float32(high), np.float32(-1)).item()
    return min(low, just_below), high
