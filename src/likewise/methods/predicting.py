"""Methods that predict one view from the other without negatives: BYOL and SimSiam."""

from __future__ import annotations

from torch import Tensor, nn

from likewise.losses import byol, simsiam
from likewise.losses.roles import FalseNegatives
from likewise.methods.heads import hidden_width, mlp_head
from likewise.methods.joint_embedding import JointEmbedding, Momentum
from likewise.methods.queue import Queue
from likewise.relation import Relation


def bootstrap(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    false_negatives: FalseNegatives = "ignore",
    momentum: float = 0.99,
    hidden: int | None = None,
    dim: int = 256,
) -> JointEmbedding:
    """BYOL (arXiv 2006.07733): predict the momentum copy's embedding of the other view."""
    del n
    wide = hidden or hidden_width(features, 4096)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return byol(q, k, relation, false_negatives=false_negatives)

    return JointEmbedding(
        encoder,
        mlp_head([features, wide, dim]),
        objective,
        predictor=mlp_head([dim, wide, dim]),
        momentum=Momentum(momentum, 1.0),
    )


def siamese(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    false_negatives: FalseNegatives = "ignore",
    hidden: int | None = None,
    dim: int | None = None,
) -> JointEmbedding:
    """SimSiam (arXiv 2011.10566): predict the other view's embedding, through which no gradient flows."""
    del n
    wide = dim or hidden_width(features)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return simsiam(q, k, relation, false_negatives=false_negatives)

    return JointEmbedding(
        encoder,
        mlp_head([features, wide, wide, wide], last_norm=True, affine=False),
        objective,
        predictor=mlp_head([wide, hidden or max(wide // 4, 1), wide]),
        stop_gradient=True,
    )
