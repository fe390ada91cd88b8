"""Methods that keep dimensions apart instead of samples: VICReg and Barlow Twins."""

from __future__ import annotations

from torch import Tensor, nn

from likewise.losses import barlow, vicreg
from likewise.losses.roles import FalseNegatives
from likewise.methods.heads import hidden_width, mlp_head
from likewise.methods.joint_embedding import JointEmbedding
from likewise.methods.queue import Queue
from likewise.relation import Relation


def variance_covariance(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    false_negatives: FalseNegatives = "ignore",
    repel: float = 0.0,
    hidden: int | None = None,
    dim: int | None = None,
) -> JointEmbedding:
    """VICReg (arXiv 2105.04906): alike embeddings close, every dimension spread, no two dimensions alike."""
    del n
    wide = hidden or hidden_width(features)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return vicreg(
            q,
            k,
            relation,
            invariance=invariance,
            variance=variance,
            covariance=covariance,
            false_negatives=false_negatives,
            repel=repel,
        )

    return JointEmbedding(encoder, mlp_head([features, wide, wide, dim or wide]), objective)


def barlow_twins(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    offdiagonal: float = 0.0051,
    scale: float = 0.1,
    false_negatives: FalseNegatives = "ignore",
    hidden: int | None = None,
    dim: int | None = None,
) -> JointEmbedding:
    """Barlow Twins (arXiv 2103.03230): the correlation of the dimensions over positive pairs becomes the identity."""
    del n
    wide = hidden or hidden_width(features)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return barlow(q, k, relation, offdiagonal=offdiagonal, scale=scale, false_negatives=false_negatives)

    return JointEmbedding(encoder, mlp_head([features, wide, wide, dim or wide]), objective)
