"""VICReg over a similarity graph."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.losses.roles import FalseNegatives, different, prepare, pull, ratio, squared_distances
from likewise.relation import Relation


def vicreg(
    q: Tensor,
    k: Tensor | None = None,
    relation: Relation | None = None,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    false_negatives: FalseNegatives = "ignore",
    repel: float = 0.0,
    margin: float = 2.0,
) -> Tensor:
    """Pull positives together, keep each dimension's deviation above 1 and the dimensions uncorrelated.

    ``invariance`` times the weighted mean of ``|q_i - k_j|^2 / D`` over the positive pairs; ``variance`` times the mean
    over views and dimensions of ``relu(1 - sqrt(var + 1e-4))``; ``covariance`` times the sum of the squared covariances
    of different dimensions over D, meaned over pairs of views and summed over the two of a pair (as VICRegL does for
    more than two views); each with n - 1, for each view of q by itself. On the empty graph with two views it is the
    loss of the authors' repository (facebookresearch/vicreg; arXiv 2105.04906).

    Args:
        q: embeddings ``[V, B, D]``, B >= 2.
        k: targets of the invariance ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        invariance: weight of the first term.
        variance: weight of the second term.
        covariance: weight of the third term.
        false_negatives: "attract" makes pairs that are alike but not bound positive, of any two views; else they have
            no part.
        repel: weight of the mean over known differences d > 0 of ``d * relu(margin - |q_i - k_j|^2 / D)``. (A negative
            invariance would have no lower bound.)
        margin: 2 is the expected ``|q_i - k_j|^2 / D`` of unrelated samples at deviation 1.

    Returns:
        A scalar; without a positive the first term is 0.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    q, k, relation = prepare(q, k, relation, false_negatives, least=2)
    views, batch, dim = q.shape
    with torch.autocast(q.device.type, enabled=False):
        loss = invariance * ratio(*pull(q, k, relation, false_negatives)) / dim
        apart = different(relation, q.dtype) if repel else None
        if apart is not None:
            hinge = (margin - squared_distances(q.flatten(0, 1), k.flatten(0, 1)) / dim).relu()
            loss = loss + repel * ratio((apart * hinge).sum(), (apart > 0).sum())
        centred = q - q.mean(1, keepdim=True)
        spread = (centred.square().sum(1) / (batch - 1) + 1e-4).sqrt()
        loss = loss + variance * (1 - spread).relu().mean()
        for z in centred:
            above = (z.T @ z / (batch - 1)).triu(1)  # half of the pairs of dimensions, hence the second 2
            loss = loss + covariance * 2 / views * 2 * above.square().sum() / dim
        return loss
