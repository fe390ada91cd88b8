"""The spectral contrastive loss over a similarity graph: a matrix factorisation of the graph, by minibatches."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.losses.roles import FalseNegatives, different, left_out, positive_weights, prepare, weighted_mean
from likewise.relation import Relation


def spectral(
    q: Tensor,
    k: Tensor | None = None,
    relation: Relation | None = None,
    *,
    false_negatives: FalseNegatives = "ignore",
    repel: float = 1.0,
) -> Tensor:
    """Raise the products of positive pairs and shrink the squares of all the others.

    ``-2`` times the weighted mean of ``q_i . k_j`` over the positive pairs of different views, plus the mean of
    ``(q_i . k_j + repel * d)^2`` over the pairs of different views and different anchors, d > 0 for known differences
    (their products aim at -d). On the empty graph with two views it is the loss of HaoChen et al. (arXiv 2106.04156)
    and of their code, but for their capping of the norm: embeddings are taken as they come, and normalising them is
    the method's business.

    Args:
        q: embeddings ``[V, B, D]``.
        k: targets ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        false_negatives: pairs that are alike but not bound are in the second term ("negative"), in neither ("ignore"),
            or in both ("attract"; the second term is the product of the marginals, which knows no graph).
        repel: how far known differences are pushed below 0; with 0 they are as unknown pairs.

    Returns:
        A scalar; without a positive the first term is 0.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    q, k, relation = prepare(q, k, relation, false_negatives)
    with torch.autocast(q.device.type, enabled=False):
        product = q.flatten(0, 1) @ k.flatten(0, 1).T
        row = torch.arange(len(product), device=q.device)
        view, anchor = row // relation.batch, row % relation.batch
        cross = view[:, None] != view
        rest = cross & (anchor[:, None] != anchor) & ~left_out(relation, false_negatives)
        apart = different(relation, q.dtype) if repel else None
        error = product if apart is None else product + repel * apart
        pulled = weighted_mean(product, positive_weights(relation, false_negatives, q.dtype) * cross)
        return weighted_mean(error.square(), rest) - 2 * pulled
