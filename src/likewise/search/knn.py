"""Nearest neighbours: one question, several engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from likewise.arrays import FloatArray, IntArray
from likewise.errors import LikewiseError, require_whole, unknown_name
from likewise.randomness import random_rows
from likewise.search.approximate import faiss_search
from likewise.search.exact import Search, norms_of, pair_scores, search
from likewise.search.inputs import as_rows, home_of, metric_of, narrowed
from likewise.search.rounding import frame
from likewise.search.shortlist import Sizes
from likewise.space import SpaceLike

ENGINES = ("exact", "faiss")
SAMPLE = 1000  # rows whose exact neighbours give the recall of an approximate engine


@dataclass(frozen=True)
class Neighbors:
    """The nearest rows of each query, nearest first, the lower id first among equals.

    Attributes:
        ids: int32 [m, k].
        scores: float32 [m, k], cosine similarity (falling) or squared Euclidean distance (rising).
        report: the engine, and what it cost to be right: the share of rows ``recomputed``, or the measured ``recall``.
    """

    ids: IntArray
    scores: FloatArray
    report: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.report.items())
        return f"Neighbors({self.ids.shape[0]} x {self.ids.shape[1]}: {facts})"


def nearest(
    queries: SpaceLike,
    base: SpaceLike | None = None,
    k: int = 10,
    *,
    metric: str | None = None,
    exclude_self: bool = True,
    engine: str = "exact",
    precision: str = "auto",
    device: torch.device | str | None = None,
    sizes: Sizes | None = None,
) -> Neighbors:
    """The k nearest rows of ``base`` for each row of ``queries``.

    Engine "exact" returns the k best scores as float32 rounds their float64 values, the lower id first among equals,
    whatever ``precision`` proposes the candidates: a bound on all rounding certifies each row, and rows that it
    cannot certify are computed again more finely. Memory beyond the arrays is bounded by ``sizes``.

    Args:
        queries: a Space, array or tensor [m, d].
        base: the same [n, d]; None searches among the queries themselves.
        k: how many, at most n (n - 1 without the row itself).
        metric: "cosine" or "euclidean"; None takes that of the space, cosine for a bare array.
        exclude_self: among the queries themselves, a row is not its own neighbour.
        engine: "exact", or "faiss" (approximate from 200,000 rows on; the report holds its recall on 1,000 rows).
        precision: "auto" (bfloat16 where the device is fast at it), "bfloat16" or "float32".
        device: where to compute; None is where a tensor is, and for arrays a GPU if there is one.
        sizes: how the work is cut into blocks.

    Raises:
        LikewiseError: NaN or infinity in a row, k out of range, unequal widths, unknown names, faiss not installed.
    """
    rows, metric = as_rows(queries, "queries", device or home_of(queries)), metric_of(queries, metric)
    others = rows if base is None else as_rows(base, "base", rows.device)
    drop = base is None and exclude_self
    _check(rows, others, k, drop)
    own = torch.arange(len(rows), device=rows.device) if drop else torch.full((len(rows),), -1, device=rows.device)
    task = Search(rows, own, others, frame(others, metric), norms_of(others, metric), k, sizes or Sizes())
    if engine == "exact":
        ids, scores, report = search(task, precision)
    elif engine == "faiss":
        ids, report = faiss_search(*narrowed(rows, others, metric), k, metric, drop)
        scores = pair_scores(rows, others, ids, task.norms)
        report["recall"] = _recall(task, ids, precision)
    else:
        raise unknown_name("engine", engine, ENGINES)
    if metric == "euclidean":
        scores = scores.neg().clamp_(min=0)
    return Neighbors(ids.int().cpu().numpy(), scores.cpu().numpy(), {"engine": engine, "metric": metric, **report})


def _check(rows: Tensor, others: Tensor, k: int, drop: bool) -> None:
    if rows.shape[1] != others.shape[1]:
        raise LikewiseError(f"queries have {rows.shape[1]} columns and base has {others.shape[1]}: they must agree.")
    require_whole("k", k)
    most = len(others) - drop
    if not 1 <= k <= most:
        rest = " besides the row itself" if drop else ""
        raise LikewiseError(f"k must lie in [1, {most}], got {k}: there are n = {len(others)} rows, {most}{rest}.")


def _recall(task: Search, ids: Tensor, precision: str) -> float:
    """The share of true neighbours found, on a sample of rows."""
    chosen = torch.from_numpy(random_rows(len(ids), SAMPLE, 0, "recall")).to(ids.device)
    true, _, _ = search(task.take(chosen), precision)
    return float((ids[chosen][:, :, None] == true[:, None, :]).any(2).double().mean())
