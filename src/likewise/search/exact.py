"""Exact nearest neighbours: a fast rounded product proposes, float64 decides, and a bound certifies each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from likewise.progress import progress
from likewise.search.rounding import (
    HALF_ULP,
    Frame,
    Rounded,
    error_bound,
    honest_products,
    ladder,
    round_rows,
)
from likewise.search.shortlist import LOWEST, Board, Sizes, shortlist

PAIRS = 1 << 19  # numbers gathered at a time to score pairs: a float64 block that stays in cache


@dataclass(frozen=True)
class Search:
    """One search: rows to look for, each with the id it must not find (-1: none), and rows to look in."""

    queries: Tensor  # [m, d] float32 or float64
    own: Tensor  # [m]
    base: Tensor  # [n, d] float32 or float64
    where: Frame
    norms: Tensor | None  # [n] float64 for cosine
    k: int
    sizes: Sizes = field(default_factory=Sizes)

    def take(self, rows: Tensor | slice) -> Search:
        """The same search for some of its rows."""
        return replace(self, queries=self.queries[rows], own=self.own[rows])


def search(task: Search, precision: str = "auto") -> tuple[Tensor, Tensor, dict[str, Any]]:
    """The k nearest base rows of each query: ids, scores [m, k] (higher is nearer), and what it took.

    Exact: the k largest scores as float32 rounds them, the lower id first among equals. The report holds the
    precision of the first product, the share of rows ``recomputed`` after it, and that with ``near_ties`` to float32.
    """
    m, device = len(task.queries), task.queries.device
    ids = torch.empty((m, task.k), dtype=torch.long, device=device)
    scores = torch.empty((m, task.k), device=device)
    left, shares, types = torch.arange(m, device=device), [], ladder(precision, device)
    with honest_products(device), progress(m, "nearest neighbours") as advance:
        for dtype in types:
            part = task.take(left) if len(left) < m else task
            ids[left], scores[left], sure = _propose(part, dtype, advance)
            left = left[~sure]
            shares.append(len(left) / m)
            if not len(left):
                break
        else:
            ids[left], scores[left] = _settle(task.take(left), scores[left, -1])
    name = str(types[0]).removeprefix("torch.")
    return ids, scores, {"precision": name, "recomputed": shares[0], "near_ties": shares[-1]}


def norms_of(base: Tensor, metric: str) -> Tensor | None:
    """Norms [n] in float64 for cosine, else None."""
    return torch.cat([block.double().norm(dim=1) for block in base.split(1 << 16)]) if metric == "cosine" else None


def pair_scores(queries: Tensor, base: Tensor, ids: Tensor, norms: Tensor | None) -> Tensor:
    """Scores of query rows [b, d] against base rows [b, c], in float64 rounded to float32: [b, c].

    ``norms`` [n] of the base rows in float64 asks for cosine similarity, None for minus the squared distance.
    """
    out = torch.empty(ids.shape, device=queries.device)
    step = max(1, PAIRS // (ids.shape[1] * base.shape[1]))
    for start in range(0, len(ids), step):
        rows = slice(start, start + step)
        near = base.index_select(0, ids[rows].reshape(-1)).view(*ids[rows].shape, -1).double()
        mine = queries[rows].double()
        if norms is None:
            out[rows] = near.sub_(mine[:, None]).square_().sum(2).neg_()
        else:
            dots = torch.bmm(near, mine[:, :, None])[:, :, 0]
            product = norms[ids[rows]] * mine.norm(dim=1, keepdim=True)
            out[rows] = dots / product.where(product > 0, 1.0)  # a row of zeros is alike nothing: 0
    return out


def _propose(task: Search, dtype: torch.dtype, advance: Callable[[int], None]) -> tuple[Tensor, Tensor, Tensor]:
    """The k best candidates of each row by a product in ``dtype``: ids, scores, and whether they are certified."""
    base = round_rows(task.base, task.where, dtype, base=True)
    board = Board.of(min(task.sizes.rows, len(task.queries)), base.rows, task.sizes)
    parts = []
    for start in range(0, len(task.queries), task.sizes.rows):
        block = task.take(slice(start, start + task.sizes.rows))
        queries = round_rows(block.queries, task.where, dtype, base=False)
        if len(block.own) < len(board.maxima):
            board = Board.of(len(block.own), base.rows, task.sizes)
        count = task.k + task.sizes.spare
        candidates, unseen = shortlist(queries.rows, block.own, base.rows, count, board, task.sizes.span)
        scores = pair_scores(block.queries, task.base, candidates.clamp(min=0), task.norms)
        ids, scores = _best(candidates, scores.masked_fill_(candidates < 0, LOWEST), task.k)
        parts.append((ids, scores, _ceiling(unseen, queries, base, task.where) < scores[:, -1]))
        advance(len(block.queries))
    ids, scores, sure = (torch.cat(column) for column in zip(*parts, strict=True))
    return ids, scores, sure


def _ceiling(unseen: Tensor, queries: Rounded, base: Rounded, where: Frame) -> Tensor:
    """The highest float32 score that a column with a rounded product of at most ``unseen`` can have: [b].

    Rounding is monotone, both that of the product to its type and that of a score to float32.
    """
    before = unseen.double() + HALF_ULP[unseen.dtype] * unseen.double().abs()
    return (where.score(before + error_bound(queries, base), queries.rest) + where.noise(queries.rest)).float()


def _best(ids: Tensor, scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k highest scores of each row, the lower id first among equals."""
    ids, order = ids.sort(dim=1)
    scores, order = scores.gather(1, order).sort(dim=1, descending=True, stable=True)
    return ids.gather(1, order[:, :k]), scores[:, :k]


def _settle(task: Search, floor: Tensor) -> tuple[Tensor, Tensor]:
    """Rows with many near ties, such as blank ones: those that are equal are settled once.

    Among all columns a row's own is one of the k + 1 best, for nothing is nearer; it is struck out afterwards.
    """
    queries, which = task.queries.unique(dim=0, return_inverse=True)
    rows = torch.arange(len(which), device=which.device)
    one = which.new_empty(len(queries)).scatter_(0, which, rows)  # a row of each
    spare = int((task.own >= 0).any())
    once = replace(task, queries=queries, own=torch.full_like(one, -1), k=task.k + spare)
    ids, scores = (found[which] for found in _score_ties(once, floor[one]))
    if not spare:
        return ids, scores
    struck = ids == task.own[:, None]
    struck[:, -1] |= ~struck.any(1)
    return ids[~struck].view(-1, task.k), scores[~struck].view(-1, task.k)


def _score_ties(task: Search, floor: Tensor) -> tuple[Tensor, Tensor]:
    """The k best of every column that may reach the ``floor``, a score that k columns reach."""
    n, dtype = len(task.base), torch.float32
    base = round_rows(task.base, task.where, dtype, base=True)
    step = max(1, min(task.sizes.rows, (1 << 23) // n))
    parts = []
    for start in range(0, len(task.queries), step):
        block = task.take(slice(start, start + step))
        queries = round_rows(block.queries, task.where, dtype, base=False)
        least = floor[start : start + step].double()
        least = least - HALF_ULP[dtype] * least.abs().clamp(min=2.0**-126) - task.where.noise(queries.rest)
        need = (task.where.raw(least, queries.rest) - error_bound(queries, base)).float()
        reach = queries.rows @ base.rows.T >= torch.nextafter(need, torch.full_like(need, LOWEST))[:, None]
        parts.append(_rank(block, *reach.nonzero().unbind(1)))
    ids, scores = (torch.cat(column) for column in zip(*parts, strict=True))
    return ids, scores


def _rank(task: Search, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
    """The k best of a ragged list of pairs, sorted by row and column, at least k a row."""
    step = max(1, PAIRS // task.base.shape[1])
    scores = torch.cat(
        [
            pair_scores(task.queries[r], task.base, c[:, None], task.norms)[:, 0]
            for r, c in zip(row.split(step), column.split(step), strict=True)
        ]
    )
    order = scores.argsort(descending=True, stable=True)
    order = order[row[order].argsort(stable=True)]
    counts = row.bincount(minlength=len(task.queries))
    first = counts.cumsum(0) - counts
    best = order[first[:, None] + torch.arange(task.k, device=row.device)]
    return column[best], scores[best]
