"""BYOL and SimSiam over a similarity graph: predictions of one view's target from another view."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from likewise.losses.roles import FalseNegatives, ignores_different, prepare, pull, ratio
from likewise.relation import Relation


def byol(
    q: Tensor, k: Tensor | None = None, relation: Relation | None = None, *, false_negatives: FalseNegatives = "ignore"
) -> Tensor:
    """Twice the weighted mean of ``2 - 2 cos(q_i, k_j)`` over the positive pairs.

    On the empty graph with two views it is the symmetric loss of BYOL (arXiv 2006.07733) and of solo-learn: the sum
    over both directions of the mean over the batch. The scale does not grow with more views. Nothing is detached here:
    the predictor, the momentum encoder and the stop-gradient are the method's business. Known differences are ignored
    (with a warning, once).

    Args:
        q: predictions ``[V, B, D]``, normalised here.
        k: targets ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        false_negatives: "attract" makes pairs that are alike but not bound positive, of any two views; else they have
            no part.

    Returns:
        A scalar in [0, 8]; 0 with a zero gradient without a positive.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    q, k, relation = prepare(q, k, relation, false_negatives)
    ignores_different("byol", relation)
    with torch.autocast(q.device.type, enabled=False):
        distance, mass = pull(F.normalize(q, dim=2), F.normalize(k, dim=2), relation, false_negatives)
        return 2 * ratio(distance, mass)


def simsiam(
    q: Tensor, k: Tensor | None = None, relation: Relation | None = None, *, false_negatives: FalseNegatives = "ignore"
) -> Tensor:
    """The weighted mean of ``-cos(q_i, k_j)`` over the positive pairs.

    On the empty graph with two views it is the symmetric loss of SimSiam (arXiv 2011.10566). Nothing is detached here:
    the predictor and the stop-gradient are the method's business. Known differences are ignored (with a warning, once).

    Args:
        q: predictions ``[V, B, D]``, normalised here.
        k: targets ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        false_negatives: "attract" makes pairs that are alike but not bound positive, of any two views; else they have
            no part.

    Returns:
        A scalar in [-1, 1]; 0 with a zero gradient without a positive.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    q, k, relation = prepare(q, k, relation, false_negatives)
    ignores_different("simsiam", relation)
    with torch.autocast(q.device.type, enabled=False):
        distance, mass = pull(F.normalize(q, dim=2), F.normalize(k, dim=2), relation, false_negatives)
        return ratio(distance / 2 - mass, mass)  # |a - b|^2 = 2 - 2 cos for unit vectors
