"""All pairs in a range of similarities, and the furthest point within a radius."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import FloatArray, Ids, IntArray, as_ids, as_numpy
from likewise.errors import LikewiseError
from likewise.progress import progress
from likewise.randomness import numpy_generator
from likewise.search.exact import norms_of, pair_scores
from likewise.search.inputs import as_rows, home_of, metric_of
from likewise.search.rounding import Frame, frame, honest_products
from likewise.space import SpaceLike

BLOCK = 1024  # rows and columns of one float64 product


def within(
    space: SpaceLike,
    low: float,
    high: float,
    *,
    rows: Ids | None = None,
    limit: int = 50_000_000,
    metric: str | None = None,
    device: torch.device | str | None = None,
) -> IntArray:
    """All pairs i < j whose score lies in [low, high]: ids int32 [p, 2], sorted.

    The score is the cosine similarity, or the squared Euclidean distance (SPPS, arXiv 2306.16122, takes a band of
    cosine similarities). Memory: the pairs, and one block of products.

    Args:
        space: a Space, array or tensor [n, d].
        low: the smallest score.
        high: the largest score.
        rows: only pairs among these ids; None takes all.
        limit: refuse to list more pairs than this.
        metric: "cosine" or "euclidean"; None takes that of the space, cosine for a bare array.
        device: where to compute; None is where a tensor is, and for arrays a GPU if there is one.

    Raises:
        LikewiseError: more than ``limit`` pairs (the sentence holds the count), low above high, NaN in a row.
    """
    if not low <= high:
        raise LikewiseError(f"low must not exceed high, got [{low}, {high}].")
    vectors, metric = as_rows(space, "space", device or home_of(space)), metric_of(space, metric)
    ids = np.arange(len(vectors)) if rows is None else np.unique(as_ids(rows, len(vectors), "rows"))
    chosen = vectors if rows is None else vectors[torch.from_numpy(ids).to(vectors.device)]
    found, count = [], 0
    with progress(len(chosen) ** 2 // 2, "pairs in the band") as advance:
        for i, j, scores in _blocks(chosen, metric, upper=True):
            inside = (scores >= low) & (scores <= high) & (i[:, None] < j)
            count += int(inside.sum())
            if count <= limit:
                r, c = inside.nonzero().unbind(1)
                found.append(torch.stack([i[r], j[c]], 1).cpu())
            advance(scores.numel())
    if count > limit:
        raise LikewiseError(f"{count:,} pairs lie in [{low}, {high}], more than limit = {limit:,}: narrow the band.")
    pairs = as_numpy(torch.cat(found))
    return ids[pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]].astype(np.int32)


def furthest_within(
    space: SpaceLike, radius: float, *, metric: str | None = None, device: torch.device | str | None = None
) -> IntArray:
    """For each row the furthest other row whose SQUARED Euclidean distance is below ``radius``: ids int32 [n].

    The argmax of GPS-SSL (arXiv 2401.01990), the lower id first among equals; -1 where there is none. Under cosine
    (the default for a bare array) the rows are normalised first, and the squared distance is then 2 - 2 cos; a row of
    zeros, which has no direction, is within no radius.

    Raises:
        LikewiseError: the radius is not positive, NaN in a row.
    """
    if not radius > 0:
        raise LikewiseError(f"radius must be positive (it is a squared distance), got {radius}.")
    vectors, metric = as_rows(space, "space", device or home_of(space)), metric_of(space, metric)
    nowhere = ~vectors.any(1) & (metric == "cosine")
    best = torch.full((len(vectors),), -torch.inf, device=vectors.device)
    ids = torch.full((len(vectors),), -1, dtype=torch.int64, device=vectors.device)
    with progress(len(vectors) ** 2, "furthest within the radius") as advance:
        for i, j, scores in _blocks(vectors, metric, upper=False):
            distance = 2 - 2 * scores if metric == "cosine" else scores
            beyond = (distance >= radius) | nowhere[i][:, None] | nowhere[j]
            distance.masked_fill_(beyond | (i[:, None] == j), -torch.inf)
            value = distance.amax(1)
            first = j.where(distance == value[:, None], len(vectors)).amin(1)
            better = value > best[i]
            best[i], ids[i] = value.where(better, best[i]), first.where(better, ids[i])
            advance(scores.numel())
    return as_numpy(ids.int())


def similarity_sample(
    space: SpaceLike, pairs: int = 100_000, seed: int = 0, *, metric: str | None = None
) -> FloatArray:
    """Scores of random pairs of different rows, for choosing a band: float32 [pairs].

    Raises:
        LikewiseError: fewer than two rows, or fewer than one pair.
    """
    vectors, metric = as_rows(space, "space"), metric_of(space, metric)
    if len(vectors) < 2 or pairs < 1:
        raise LikewiseError(f"a sample needs two rows and one pair, got {len(vectors)} rows and {pairs} pairs.")
    random = numpy_generator(seed, "similarity sample")
    i = random.integers(len(vectors), size=pairs)
    j = (i + random.integers(1, len(vectors), size=pairs)) % len(vectors)
    first, second = (torch.from_numpy(part).to(vectors.device).split(BLOCK) for part in (i, j))
    norms = norms_of(vectors, metric)
    parts = [pair_scores(vectors[a], vectors, b[:, None], norms) for a, b in zip(first, second, strict=True)]
    scores = torch.cat(parts)[:, 0]
    return as_numpy(scores if metric == "cosine" else -scores)


def _blocks(vectors: Tensor, metric: str, *, upper: bool) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Ids [a], ids [b] and scores [a, b], float64 rounded to float32, of all blocks or those from the diagonal on."""
    middle = Frame(metric, frame(vectors, metric).center * (metric != "cosine"), 1.0)
    ids = torch.arange(len(vectors), device=vectors.device).split(BLOCK)
    with honest_products(vectors.device):
        for start, i in enumerate(ids):
            left = middle.place(vectors[i])
            for j in ids[start if upper else 0 :]:
                right = middle.place(vectors[j])
                scores = left @ right.T
                if metric != "cosine":
                    lengths = left.square().sum(1)[:, None] + right.square().sum(1)
                    scores = lengths.sub_(scores, alpha=2).clamp_(min=0)
                yield i, j, scores.float()
