"""Methods that contrast: SimCLR, SupCon (X-CLR on soft edges), MoCo v2, NNCLR and spectral contrastive."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from likewise.losses import contrastive, spectral
from likewise.losses.roles import FalseNegatives, ignores_different
from likewise.methods.heads import hidden_width, mlp_head
from likewise.methods.joint_embedding import JointEmbedding, Momentum
from likewise.methods.queue import Queue, queue_length
from likewise.relation import Relation


def simclr(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    temperature: float = 0.2,
    false_negatives: FalseNegatives = "ignore",
    denominator: Literal["all", "own"] = "all",
    form: Literal["outer", "inner"] = "outer",
    beta: float = 0.0,
    hidden: int | None = None,
    dim: int = 256,
) -> JointEmbedding:
    """SimCLR (arXiv 2002.05709): NT-Xent of the projections; with a graph, each anchor's positives come from it."""
    del n
    projector = mlp_head([features, hidden or hidden_width(features), dim])

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return contrastive(
            q,
            k,
            relation,
            temperature=temperature,
            false_negatives=false_negatives,
            denominator=denominator,
            form=form,
            beta=beta,
        )

    return JointEmbedding(encoder, projector, objective)


def supcon(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    temperature: float = 0.1,
    beta: float = 0.0,
    hidden: int | None = None,
    dim: int = 128,
) -> JointEmbedding:
    """SupCon (arXiv 2004.11362): all of a batch that is alike attracts; X-CLR (arXiv 2407.18134) on soft edges."""
    return simclr(
        encoder, features, n, temperature=temperature, false_negatives="attract", beta=beta, hidden=hidden, dim=dim
    )


def moco(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    temperature: float = 0.2,
    false_negatives: FalseNegatives = "ignore",
    queue: int | None = None,
    momentum: float = 0.99,
    hidden: int | None = None,
    dim: int = 256,
) -> JointEmbedding:
    """MoCo v2 (arXiv 2003.04297), symmetric: each view against the other's momentum key and a queue of keys."""
    length = queue_length(queue, 32768, n)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        keys = None if queue is None else queue.keys
        return contrastive(
            q, k, relation, temperature=temperature, false_negatives=false_negatives, against="queue", queue=keys
        )

    return JointEmbedding(
        encoder,
        mlp_head([features, hidden or hidden_width(features), dim]),
        objective,
        momentum=Momentum(momentum, 0.999),
        queue=Queue(length, dim, n),
        queue_columns=True,
    )


def nnclr(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    temperature: float = 0.2,
    false_negatives: FalseNegatives = "ignore",
    queue: int | None = None,
    hidden: int | None = None,
    dim: int = 256,
) -> JointEmbedding:
    """NNCLR (arXiv 2104.14548): the nearest earlier embedding of one view against the prediction of the other."""
    wide = hidden or hidden_width(features)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        if k is None or queue is None:
            raise TypeError("NNCLR needs targets and a queue")
        ignores_different("nnclr", relation)
        found = queue.nearest(k.flatten(0, 1)).view_as(k)
        return contrastive(
            found, q, relation, temperature=temperature, false_negatives=false_negatives, against="cross"
        )

    return JointEmbedding(
        encoder,
        mlp_head([features, wide, wide, dim], last_norm=True),
        objective,
        predictor=mlp_head([dim, 2 * wide, dim]),
        stop_gradient=True,
        queue=Queue(queue_length(queue, 65536, n), dim, n),
    )


def spectral_contrastive(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    false_negatives: FalseNegatives = "ignore",
    repel: float = 0.0,
    radius: float = 10.0,
    hidden: int | None = None,
    dim: int = 256,
) -> JointEmbedding:
    """Spectral contrastive learning (arXiv 2106.04156), embeddings kept in a ball of squared norm ``radius``."""
    del n

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del k, queue
        longest = radius**0.5
        shrink = longest / q.float().norm(dim=-1, keepdim=True).clamp(min=longest)
        return spectral(q.float() * shrink, None, relation, false_negatives=false_negatives, repel=repel)

    projector = mlp_head([features, hidden or hidden_width(features), dim])
    return JointEmbedding(encoder, projector, objective)
