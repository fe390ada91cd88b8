"""The contrastive loss over a similarity graph: NT-Xent, SupCon, MoCo, NNCLR and X-CLR are cases of it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.errors import LikewiseError, is_number
from likewise.losses.roles import (
    FalseNegatives,
    check_option,
    different,
    left_out,
    positive_weights,
    prepare,
    weighted_mean,
)
from likewise.relation import Relation


def contrastive(
    q: Tensor,
    k: Tensor | None = None,
    relation: Relation | None = None,
    *,
    temperature: float | Tensor = 0.2,
    false_negatives: FalseNegatives = "ignore",
    denominator: Literal["all", "own"] = "all",
    form: Literal["outer", "inner"] = "outer",
    against: Literal["batch", "cross", "queue"] = "batch",
    queue: Tensor | None = None,
    beta: float = 0.0,
) -> Tensor:
    """Softmax contrast of each row's positives with everything else it is shown.

    With s the cosine similarity over the temperature, the mean over the rows that have a positive of
    ``sum_j P_ij [log sum_{k in D_ij} m_ik exp(s_ik) - s_ij]``, where P are the positive weights with rows of sum 1 and
    m is 1, or ``1 + beta * apart`` for a known difference. Equal to NT-Xent (SimCLR, arXiv 2002.05709) on the empty
    graph, to SupCon's L_out (arXiv 2004.11362) on a label graph with ``false_negatives="attract"``, to X-CLR (arXiv
    2407.18134) on soft edges, to MoCo (arXiv 1911.05722) with ``against="queue"``, and to NNCLR (arXiv 2104.14548) with
    ``against="cross"``, q the neighbours and k the predictions.

    Args:
        q: predictions ``[V, B, D]``, normalised here.
        k: targets ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B + M]``; None means the empty graph with unique ids.
        temperature: positive number or scalar tensor.
        false_negatives: role of pairs that are alike but not bound: "negative", "ignore" (left out) or "attract"
            (positive).
        denominator: D_ij is "all" positives and negatives (SupCon), or j's "own": j and the negatives.
        form: "outer" as above; "inner" is ``-log(sum_j w_j p_j)`` with p the softmax over all of D and w the weights
            before normalisation. It is the form of the codes of solo-learn and GPS (weights 0 and 1) and SupCon's L_in
            up to a constant; as a weight goes to 0 its pair becomes a negative, as in the outer form.
        against: what a row is shown: the "batch" and the queue; only the other views ("cross") and the queue; or its
            bound columns and the "queue".
        queue: ``[M, D]`` further targets.
        beta: extra weight of a known difference in the denominator.

    Returns:
        A scalar; 0 with a zero gradient if no row has a positive.

    Raises:
        LikewiseError: a shape, an option or a combination of options does not fit.
    """
    _check(q, queue, temperature, denominator, form, against, beta)
    q, k, relation = prepare(q, k, relation, false_negatives, 0 if queue is None else len(queue))
    with torch.autocast(q.device.type, enabled=False):
        columns = k.flatten(0, 1) if queue is None else torch.cat([k.flatten(0, 1), queue.to(q.dtype)])
        score = F.normalize(q.flatten(0, 1), dim=1) @ F.normalize(columns, dim=1).T / temperature
        shown = _shown(relation, against)
        weights = positive_weights(relation, false_negatives, q.dtype) * shown
        positive = weights > 0
        negative = shown & ~left_out(relation, false_negatives) & ~positive
        apart = different(relation, q.dtype) if beta else None
        logit = score if apart is None else score + torch.log1p(beta * apart)
        if form == "inner":
            rows = _log_sum(logit, positive | negative) - _log_sum(score + weights.log(), positive)
        elif denominator == "own":
            own = torch.logaddexp(logit, _log_sum(logit, negative)[:, None])
            rows = (_normalised(weights) * (own - score)).sum(1)
        else:
            rows = _log_sum(logit, positive | negative) - (_normalised(weights) * score).sum(1)
        return weighted_mean(rows, positive.any(1))


def _log_sum(logit: Tensor, members: Tensor) -> Tensor:
    """``log(sum(exp))`` over the members of each row; without any a huge negative number, finite for the gradient."""
    return logit.masked_fill(~members, torch.finfo(logit.dtype).min).logsumexp(1)


def _normalised(weights: Tensor) -> Tensor:
    """Rows of sum 1; rows without weight stay 0."""
    total = weights.sum(1, keepdim=True)
    return weights / torch.where(total > 0, total, 1)


def _shown(relation: Relation, against: str) -> Tensor:
    """Bool ``[R, C]``: the columns that each row is contrasted with, never itself."""
    rows, cols = relation.shape
    col = torch.arange(cols, device=relation.device)
    if against == "queue":
        return relation.bound | (col >= rows)
    if against == "cross":
        return (col[:rows, None] // relation.batch) != (col // relation.batch)
    return col[:rows, None] != col


def _check(
    q: Tensor, queue: Tensor | None, temperature: float | Tensor, denominator: str, form: str, against: str, beta: float
) -> None:
    check_option("denominator", denominator, ("all", "own"))
    check_option("form", form, ("outer", "inner"))
    check_option("against", against, ("batch", "cross", "queue"))
    if form == "inner" and denominator == "own":
        raise LikewiseError("the inner form has one denominator for a row: use denominator='all' with form='inner'.")
    if against == "queue" and queue is None:
        raise LikewiseError("against='queue' needs a queue [M, D]; without one use against='batch' or 'cross'.")
    if queue is not None and (queue.ndim != 2 or queue.shape[1] != q.shape[-1]):
        raise LikewiseError(f"the queue must be [length, {q.shape[-1]}], got {list(queue.shape)}.")
    if not isinstance(temperature, Tensor) and not (is_number(temperature) and temperature > 0):
        raise LikewiseError(f"the temperature must be a number greater than 0, got {temperature!r}.")
    if not (is_number(beta) and beta >= 0):
        raise LikewiseError(f"beta must be a number of at least 0, got {beta!r}.")
