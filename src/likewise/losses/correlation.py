"""Barlow Twins over a similarity graph."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.losses.roles import (
    FalseNegatives,
    attracted_weights,
    branch_pairs,
    ignores_different,
    prepare,
    ratio,
)
from likewise.relation import Relation


def barlow(
    q: Tensor,
    k: Tensor | None = None,
    relation: Relation | None = None,
    *,
    offdiagonal: float = 0.0051,
    scale: float = 1.0,
    false_negatives: FalseNegatives = "ignore",
) -> Tensor:
    """Make the correlation of the dimensions, taken over positive pairs, the identity.

    With Z the views standardised over the batch (as BatchNorm does: population variance, eps 1e-5) and W the positive
    weights between views v and w, ``C = Z_v^T W Z_w / sum(W)``; the loss is ``scale`` times
    ``sum_i (C_ii - 1)^2 + offdiagonal * sum_{i != j} C_ij^2``, meaned over the pairs of views that have a positive. On
    the empty graph with two views it is the loss of the authors' repository (facebookresearch/barlowtwins; arXiv
    2103.03230) and of solo-learn. Known differences are ignored (with a warning, once).

    Args:
        q: embeddings ``[V, B, D]``, B >= 2.
        k: targets ``[V, B, D]``; None means q, and then each pair of views is taken once: C is symmetric in them.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        offdiagonal: weight of the squared correlations of different dimensions.
        scale: weight of the whole.
        false_negatives: "attract" makes pairs that are alike but not bound positive, of different views; else they
            have no part.

    Returns:
        A scalar; 0 with a zero gradient without a positive.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    one_side = k is None
    q, k, relation = prepare(q, k, relation, false_negatives, least=2)
    ignores_different("barlow", relation)
    with torch.autocast(q.device.type, enabled=False):
        left = _standardised(q)
        right = left if one_side else _standardised(k)
        bound = relation.bound_views.to(q.dtype)
        alike = attracted_weights(relation, false_negatives, q.dtype)
        blocks = None if alike is None else alike.unflatten(0, q.shape[:2]).unflatten(2, q.shape[:2])
        total, count = q[:0].sum(), q.new_zeros(())
        for v, w in branch_pairs(len(q), ordered=not one_side):
            partner, mass = bound[v, w, :, None] * right[w], bound[v, w].sum()
            if blocks is not None:
                block = blocks[v, :, w]
                partner, mass = partner + block @ right[w], mass + block.sum()
            error = (ratio(left[v].T @ partner, mass) - torch.eye(q.shape[2], device=q.device)).square()
            cost = offdiagonal * error.sum() + (1 - offdiagonal) * error.diagonal().sum()
            total, count = total + (mass > 0) * cost, count + (mass > 0)
        return scale * ratio(total, count)


def _standardised(z: Tensor) -> Tensor:
    """Each dimension of each view ``[V, B, D]`` with mean 0 and variance 1 over the batch."""
    centred = z - z.mean(1, keepdim=True)
    return centred * (centred.square().mean(1, keepdim=True) + 1e-5).rsqrt()
