"""What an embedding is worth: neighbours, rank, spread and retrieval. Pure functions of tensors or arrays."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from likewise.arrays import Array, as_tensor, with_float64
from likewise.errors import LikewiseError
from likewise.space import require_metric

Values = Array | Tensor
CELLS = 1 << 24  # similarities held at a time


def knn_accuracy(
    train: Values,
    train_y: Values,
    test: Values,
    test_y: Values,
    k: int = 20,
    *,
    temperature: float | None = None,
    metric: str = "cosine",
) -> float:
    """Share of test rows whose k nearest training rows vote for their label; the lower label wins a tie.

    With a temperature T (.07 in the source) the votes weigh exp(score / T), the score being the cosine similarity or
    minus the squared distance (Wu et al. 2018, arXiv 1805.01978). Rows with a negative label are left out.

    Args:
        train: [n, d].
        train_y: whole numbers [n].
        test: [m, d].
        test_y: whole numbers [m].
        k: how many neighbours vote.
        temperature: of the votes; None counts each as one.
        metric: "cosine" or "euclidean".

    Raises:
        LikewiseError: k exceeds the labelled training rows, shapes disagree, unknown metric.
    """
    base, base_y = _labelled(train, train_y, "train")
    rows, rows_y = (part.to(base.device) for part in _labelled(test, test_y, "test"))
    if not 1 <= k <= len(base):
        raise LikewiseError(f"k must lie in [1, {len(base)}], the number of labelled training rows, got {k}.")
    if temperature is not None and not temperature > 0:
        raise LikewiseError(f"temperature must be positive, got {temperature}.")
    classes = int(max(base_y.max(), rows_y.max())) + 1
    right = 0
    for block, scores in _scores(rows, base, metric):
        best, ids = scores.topk(k)
        weights = torch.ones_like(best) if temperature is None else ((best - best[:, :1]) / temperature).exp()
        votes = weights.new_zeros((len(best), classes)).scatter_add_(1, base_y[ids], weights)
        right += int((_first_largest(votes) == rows_y[block]).sum())
    return right / len(rows)


def rankme(x: Values) -> float:
    """Effective rank of embeddings [n, d] as they are, in [1, min(n, d)]: RankMe (arXiv 2210.02885)."""
    return _entropy_rank(_rows(x), 1e-7)


def effective_rank(x: Values) -> float:
    """Exponential of the entropy of the normalised singular values of the centred rows [n, d] (Roy & Vetterli 2007).

    The number of directions in which the rows vary; 0 where all are equal.
    """
    rows = _rows(x)
    return _entropy_rank(rows - rows.mean(0), 0.0)


def alignment(x: Values, y: Values, alpha: float = 2.0) -> float:
    """Mean distance ^ alpha of the normalised rows of positive pairs x, y [n, d]; 0 is best (arXiv 2005.10242)."""
    first, second = _rows(x), _rows(y)
    if first.shape != second.shape:
        raise LikewiseError(f"alignment needs pairs of rows, got {tuple(first.shape)} and {tuple(second.shape)}.")
    return float((_unit(first) - _unit(second)).norm(dim=1).pow(alpha).mean())


def uniformity(x: Values, t: float = 2.0) -> float:
    """Log of the mean of exp(-t distance^2) over pairs of different normalised rows [n, d] (arXiv 2005.10242).

    0 where all rows are equal; the lower, the more evenly they cover the sphere. Blocked: memory O(n).
    """
    rows = _unit(_rows(x))
    if len(rows) < 2:
        raise LikewiseError(f"uniformity needs two rows, got {len(rows)}.")
    total = 0.0
    for block, scores in _scores(rows, rows, "cosine"):
        kernel = scores.mul_(2).sub_(2).clamp_(max=0).mul_(t).exp_()
        kernel[torch.arange(len(kernel)), block] = 0
        total += float(kernel.sum())
    return float(torch.tensor(total / (len(rows) * (len(rows) - 1)), dtype=torch.float64).log())


def embedding_std(x: Values) -> float:
    """Mean standard deviation of the dimensions of the normalised rows [n, d] (SimSiam, arXiv 2011.10566).

    About 1 / sqrt(d) where they spread evenly, 0 where they have collapsed to one point.
    """
    return float(_unit(_rows(x)).std(0, correction=0).mean())


def recall_at_k(
    x: Values,
    y: Values,
    k: int = 1,
    *,
    base: Values | None = None,
    base_y: Values | None = None,
    metric: str = "cosine",
) -> float:
    """Share of rows [m, d] that find their label [m] among their k nearest rows of ``base`` (None: the other rows).

    Rows whose label the base does not hold count as misses; rows with a negative label are left out.

    Raises:
        LikewiseError: k exceeds the rows to find, shapes disagree, unknown metric.
    """
    hits = [found[:, :k].any(1) for found, _ in _retrieved(x, y, base, base_y, metric, k)]
    return float(torch.cat(hits).double().mean())


def map_at_r(
    x: Values, y: Values, *, base: Values | None = None, base_y: Values | None = None, metric: str = "cosine"
) -> float:
    """Mean average precision at R, R being the number of rows with the query's label (arXiv 2003.08505, section 3.2).

    Rows [m, d] with labels [m] look in ``base`` (None: the other rows); those with nothing to find are left out.

    Raises:
        LikewiseError: no row has anything to find, shapes disagree, unknown metric.
    """
    values = []
    for found, wanted in _retrieved(x, y, base, base_y, metric, None):
        place = torch.arange(1, found.shape[1] + 1, device=found.device)
        precision = found.cumsum(1) / place * (found & (place <= wanted[:, None]))
        values.append((precision.sum(1, dtype=torch.float64) / wanted)[wanted > 0])
    every = torch.cat(values)
    if not len(every):
        raise LikewiseError("no row has another row of its label to find: MAP@R is undefined.")
    return float(every.mean())


def _retrieved(
    x: Values, y: Values, base: Values | None, base_y: Values | None, metric: str, k: int | None
) -> Iterator[tuple[Tensor, Tensor]]:
    """For blocks of rows: whether each of the nearest has the row's label [b, k], and how many rows have it [b].

    ``k`` None goes as deep as the most frequent label.
    """
    if (base is None) != (base_y is None):
        raise LikewiseError("base and base_y belong together: give both or neither.")
    rows, rows_y = _labelled(x, y, "x")
    others, others_y = (rows, rows_y) if base is None or base_y is None else _labelled(base, base_y, "base")
    own = base is None
    most = len(others) - own
    depth = min(most, int(others_y.bincount().max())) if k is None else k
    if not 1 <= depth <= most:
        raise LikewiseError(f"k must lie in [1, {most}], the number of rows to find, got {depth}.")
    for block, scores in _scores(rows, others, metric):
        if own:
            scores[torch.arange(len(scores)), block] = -torch.inf
        same = others_y == rows_y[block][:, None]
        yield same.gather(1, scores.topk(depth)[1]), same.sum(1) - int(own)


def _scores(rows: Tensor, base: Tensor, metric: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Ids of blocks of rows, and their scores [b, n]: cosine similarities or minus squared distances."""
    require_metric(metric)
    if rows.shape[1] != base.shape[1]:
        raise LikewiseError(f"rows of {rows.shape[1]} and {base.shape[1]} columns cannot be compared.")
    if metric == "cosine":
        rows, base = _unit(rows), _unit(base)
    else:
        center = base.mean(0)
        rows, base = rows - center, base - center
    for block in torch.arange(len(rows), device=rows.device).split(max(1, CELLS // len(base))):
        products = rows[block] @ base.T
        if metric != "cosine":
            products = 2 * products - base.square().sum(1) - rows[block].square().sum(1, keepdim=True)
        yield block, products


def _entropy_rank(rows: Tensor, epsilon: float) -> float:
    """Exponential of the entropy of the singular values, from the smaller Gram matrix in float64."""
    rows = rows.double()
    gram = rows.T @ rows if rows.shape[0] > rows.shape[1] else rows @ rows.T
    values = torch.linalg.eigvalsh(gram).clamp(min=0).sqrt()
    if not values.sum() > 0:
        return 0.0
    share = values / values.sum() + epsilon
    return float(torch.special.entr(share).sum().exp())


def _first_largest(votes: Tensor) -> Tensor:
    """The first of the largest of each row, on every device."""
    places = torch.arange(votes.shape[1], device=votes.device)
    return places.where(votes == votes.amax(1, keepdim=True), votes.shape[1]).amin(1)


def _rows(x: Values) -> Tensor:
    rows = with_float64(as_tensor(x).detach())
    if rows.ndim != 2 or 0 in rows.shape:
        raise LikewiseError(f"expected rows [n, d] with n, d >= 1, got shape {tuple(rows.shape)}.")
    return rows if rows.dtype == torch.float64 else rows.float()


def _unit(rows: Tensor) -> Tensor:
    return torch.nn.functional.normalize(rows, dim=1)


def _labelled(x: Values, y: Values, what: str) -> tuple[Tensor, Tensor]:
    """The rows with a label of at least 0, and their labels."""
    rows = _rows(x)
    labels = as_tensor(y).to(rows.device)
    if labels.shape != rows.shape[:1] or labels.is_floating_point():
        shape = tuple(labels.shape)
        raise LikewiseError(f"{what} has {len(rows)} rows: it needs as many whole labels, got {labels.dtype} {shape}.")
    known = labels >= 0
    if not known.any():
        raise LikewiseError(f"{what} has no labelled row.")
    return rows[known], labels[known].long()
