"""What every method is: an encoder, heads, perhaps a slower copy and a queue, and a loss of (q, k, relation)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from likewise.methods.queue import Queue
from likewise.relation import Relation

Objective = Callable[[Tensor, Tensor | None, Relation, Queue | None], Tensor]
"""The loss of predictions q ``[V, B, D]``, targets k (None: q itself), the relation, and the queue if there is one."""


@dataclass(frozen=True)
class Momentum:
    """A target that follows the network slowly: ``target = tau * target + (1 - tau) * network``, tau on a cosine."""

    start: float
    end: float

    def at(self, progress: float) -> float:
        """Tau at a share of the training in [0, 1]."""
        return self.end - (self.end - self.start) * (math.cos(math.pi * progress) + 1) / 2


class JointEmbedding(nn.Module):
    """A joint-embedding method over an encoder.

    Attributes:
        encoder: samples to features ``[b, F]``; what is kept after training.
        projector: features to embeddings ``[b, D]``.
        predictor: embeddings to predictions, or None: predictions are the embeddings.
        target: the momentum copy of encoder and projector, or None: targets are the embeddings.
        queue: earlier targets, or None.
        queue_columns: whether the relation of a batch extends over the queue.
    """

    def __init__(
        self,
        encoder: nn.Module,
        projector: nn.Module,
        objective: Objective,
        *,
        predictor: nn.Module | None = None,
        momentum: Momentum | None = None,
        stop_gradient: bool = False,
        queue: Queue | None = None,
        queue_columns: bool = False,
    ):
        super().__init__()
        self.encoder, self.projector, self.predictor = encoder, projector, predictor
        self.objective, self.momentum, self.stop_gradient = objective, momentum, stop_gradient
        self.queue, self.queue_columns = queue, queue_columns
        self.target = self._copy()

    def _copy(self) -> nn.Module | None:
        if self.momentum is None:
            return None
        return copy.deepcopy(nn.Sequential(self.encoder, self.projector)).requires_grad_(False)

    def replace_heads(self, projector: nn.Module | None = None, predictor: nn.Module | None = None) -> None:
        """Put other heads in the place of the method's before training; the momentum copy follows."""
        if projector is not None:
            self.projector = projector
            self.target = self._copy()
        if predictor is not None:
            self.predictor = predictor

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """Predictions q ``[V, B, D]`` and targets k (None: q itself) of V views ``[B, ...]``, in one pass."""
        batch = torch.cat(tuple(views))
        z = self.projector(self.encoder(batch))
        q = z if self.predictor is None else self.predictor(z)
        shape = (len(views), len(views[0]), -1)
        if self.target is not None:
            return q.view(shape), self.targets(batch).view(shape)
        if self.stop_gradient:
            return q.view(shape), z.detach().view(shape)
        return q.view(shape), None

    @torch.no_grad()
    def targets(self, batch: Tensor) -> Tensor:
        """The momentum copy's embeddings ``[b, D]`` (the network's own where there is no copy)."""
        out: Tensor = self.projector(self.encoder(batch)) if self.target is None else self.target(batch)
        return out.detach()

    def loss(self, q: Tensor, k: Tensor | None, relation: Relation) -> Tensor:
        """The method's loss of a batch."""
        return self.objective(q, k, relation, self.queue)

    @torch.no_grad()
    def remember(self, k: Tensor, ids: Tensor) -> None:
        """Push the targets ``[V, B, D]`` of samples ``[V, B]`` into the queue, all views."""
        if self.queue is not None:
            self.queue.push(k.flatten(0, 1), ids.flatten())

    @torch.no_grad()
    def follow(self, progress: float) -> None:
        """Move the momentum copy towards the network, after an optimizer step at a share of the training."""
        if self.target is None or self.momentum is None:
            return
        tau = self.momentum.at(progress)
        online: list[Tensor] = [*self.encoder.parameters(), *self.projector.parameters()]
        torch._foreach_lerp_(list(self.target.parameters()), online, 1 - tau)

    def trainable(self) -> list[tuple[str, nn.Parameter]]:
        """The parameters that an optimizer moves, with their names."""
        return [(name, p) for name, p in self.named_parameters() if p.requires_grad]
