"""What every loss asks of a relation: checked inputs, and which pairs are positive, left out or different.

One rule for all of them. A bound pair is positive with weight 1: a drawn pair's weight was spent in the draw. The other
pairs of the batch follow ``false_negatives``: ``"negative"`` treats them all as unknown (what the papers' codes do),
``"ignore"`` leaves out those that are known to be alike, ``"attract"`` makes these positive with weight ``attract``. A
pair of one sample that is not bound is left out unless it is "negative". A row is never paired with itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Literal

import torch
from torch import Tensor

from likewise.errors import LikewiseError, unknown_name
from likewise.relation import Relation

FalseNegatives = Literal["negative", "ignore", "attract"]
FALSE_NEGATIVES = ("negative", "ignore", "attract")

_said: set[str] = set()


def check_option(kind: str, name: str, choices: Iterable[str]) -> None:
    """Raise the error for an unknown name unless the name is one of the choices."""
    if name not in choices:
        raise unknown_name(kind, name, choices)


def prepare(
    q: Tensor, k: Tensor | None, relation: Relation | None, false_negatives: str, queue: int = 0, *, least: int = 1
) -> tuple[Tensor, Tensor, Relation]:
    """Checked q, k and relation (by default that of the empty graph), in float32; float64 stays.

    Only shapes, types and names are looked at: nothing is searched for, and nothing waits for the device.

    Args:
        q: predictions ``[V, B, D]``.
        k: targets ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B + queue]``.
        false_negatives: one of FALSE_NEGATIVES.
        queue: M, the length of the queue.
        least: the fewest anchors B that the loss is defined for.

    Raises:
        LikewiseError: a shape, a type, a device or the name of an option does not fit.
    """
    check_option("false_negatives", false_negatives, FALSE_NEGATIVES)
    if q.ndim != 3 or not q.is_floating_point():
        raise LikewiseError(f"q must be floating point [views, batch, dim], got {q.dtype} {list(q.shape)}.")
    if k is not None and k.shape != q.shape:
        raise LikewiseError(f"k must have the shape of q, {list(q.shape)}, got {list(k.shape)}.")
    views, batch, _ = q.shape
    if batch < least:
        raise LikewiseError(f"this loss standardises over the batch and needs at least {least} anchors, got {batch}.")
    if relation is None:
        relation = Relation.instances(views, batch, queue, device=q.device)
    shape = (views * batch, views * batch + queue)
    if relation.views != views or relation.shape != shape:
        raise LikewiseError(
            f"the relation is {list(relation.shape)} for {relation.views} views, but {views} views of {batch} "
            f"anchors and a queue of {queue} need {list(shape)}: build it from the same ids as q, k and the queue."
        )
    if relation.device != q.device:
        raise LikewiseError(f"the relation is on {relation.device}, q on {q.device}: use relation.to(q.device).")
    q = q.to(torch.promote_types(q.dtype, torch.float32))
    return q, q if k is None else k.to(q.dtype), relation


def attracted_weights(relation: Relation, false_negatives: str, dtype: torch.dtype) -> Tensor | None:
    """Weights ``[R, C]`` of the positive pairs that are not bound; None where there are none by definition."""
    if false_negatives != "attract" or relation.attract is None:
        return None
    return relation.attract.to(dtype).masked_fill(relation.bound | relation.same, 0.0)


def positive_weights(relation: Relation, false_negatives: str, dtype: torch.dtype) -> Tensor:
    """Weights ``[R, C]`` of the positive pairs: 1 where bound, with "attract" ``attract`` elsewhere."""
    weights = attracted_weights(relation, false_negatives, dtype)
    return relation.bound.to(dtype) if weights is None else relation.bound + weights


def left_out(relation: Relation, false_negatives: str) -> Tensor:
    """Bool ``[R, C]``: pairs that are no negatives (bound ones are none anyway, and are not told apart here)."""
    if false_negatives == "negative":
        return torch.zeros_like(relation.bound)
    out = relation.same
    if false_negatives == "ignore" and relation.attract is not None:
        out = out | (relation.attract > 0)
    return out


def different(relation: Relation, dtype: torch.dtype) -> Tensor | None:
    """Strengths ``[R, C]`` of the known differences; a bound pair and a pair of one sample are never different."""
    if relation.apart is None:
        return None
    return relation.apart.to(dtype).masked_fill(relation.bound | relation.same, 0.0)


def ratio(total: Tensor, mass: Tensor) -> Tensor:
    """``total / mass``, and 0 (with the zero gradient of an empty total) where there is no mass."""
    return total / torch.where(mass > 0, mass, 1)


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean of the values in proportion to the weights (bool or >= 0); 0 with a zero gradient without any weight."""
    weights = weights.to(values.dtype)
    return ratio((weights * values).sum(), weights.sum())


def squared_distances(q: Tensor, k: Tensor) -> Tensor:
    """Squared Euclidean distances ``[R, C]`` of the rows of ``[R, D]`` and ``[C, D]`` without an ``[R, C, D]``."""
    centre = k.detach().mean(0)  # a distance knows no origin; near the data the difference of squares loses least
    q, k = q - centre, k - centre
    return (q.square().sum(1)[:, None] + k.square().sum(1) - 2 * q @ k.T).clamp(min=0)


def pull(q: Tensor, k: Tensor, relation: Relation, false_negatives: str) -> tuple[Tensor, Tensor]:
    """Weighted sum of the squared distances of the positive pairs of ``[V, B, D]``, and the sum of the weights."""
    bound = relation.bound_views.to(q.dtype)
    total, mass = q[:0].sum(), q.new_zeros(())  # an empty sum: 0 with a gradient, whatever q holds
    for v, w in branch_pairs(relation.views, ordered=True):
        total = total + (bound[v, w] * (q[v] - k[w]).square().sum(1)).sum()
        mass = mass + bound[v, w].sum()
    weights = attracted_weights(relation, false_negatives, q.dtype)
    if weights is not None:
        total = total + (weights * squared_distances(q.flatten(0, 1), k.flatten(0, 1))).sum()
        mass = mass + weights.sum()
    return total, mass


def branch_pairs(views: int, *, ordered: bool) -> list[tuple[int, int]]:
    """Pairs of different views.

    >>> branch_pairs(2, ordered=True), branch_pairs(3, ordered=False)
    ([(0, 1), (1, 0)], [(0, 1), (0, 2), (1, 2)])
    """
    return [(v, w) for v in range(views) for w in range(views) if (v != w if ordered else v < w)]


def ignores_different(loss: str, relation: Relation) -> None:
    """Say once per process that a loss makes no use of the known differences that the relation carries.

    It goes by ``has_apart``, not by values: reading them would search the graph and wait for the device.
    """
    if relation.has_apart and loss not in _said:
        _said.add(loss)
        warnings.warn(
            f"{loss} has no use for pairs known to be different and ignores them; contrastive (beta), spectral and "
            "vicreg (repel) push them apart.",
            stacklevel=3,
        )
