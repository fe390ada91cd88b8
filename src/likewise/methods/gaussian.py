"""SIGReg: no contrast, no teacher, no predictor, but embeddings that look Gaussian along every direction."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from likewise.losses import sigreg
from likewise.losses.roles import FalseNegatives
from likewise.methods.heads import hidden_width, mlp_head
from likewise.methods.joint_embedding import JointEmbedding
from likewise.methods.queue import Queue
from likewise.relation import Relation

DIM = 16
"""Dimensions of the embedding, as in the authors' example."""


def gaussian_regularization(
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    weight: float = 0.02,
    target: Literal["centre", "partners"] = "centre",
    slices: int = 256,
    false_negatives: FalseNegatives = "ignore",
    hidden: int | None = None,
    dim: int | None = None,
) -> JointEmbedding:
    """SIGReg (LeJEPA, arXiv 2511.08544): alike embeddings close, all of them together an isotropic Gaussian."""
    del n
    wide = hidden or hidden_width(features)

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del queue
        return sigreg(q, k, relation, weight=weight, target=target, slices=slices, false_negatives=false_negatives)

    return JointEmbedding(encoder, mlp_head([features, wide, wide, dim or DIM]), objective)
