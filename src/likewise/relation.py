"""Who is bound, alike, apart and the same in one batch: all that a loss ever sees of a similarity graph."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Relation:
    """How the rows of a batch relate to its columns (the batch again, then perhaps a queue).

    A batch of V views of B anchors is flattened view by view: view v of anchor b is row ``v * B + b``, and column
    ``v * B + b`` is the same view (of q or of k). Columns from ``V * B`` on belong to a queue.

    Attributes:
        bound: bool ``[R, C]``, views of one anchor, drawn together; never a view with itself.
        same: bool ``[R, C]``, the same sample id (the diagonal included).
        attract: float32 ``[R, C]`` in [0, inf), how alike the graph says they are; None where nothing is.
        apart: float32 ``[R, C]`` in [0, inf), how surely they are different; None where nothing is.
        views: V, the number of views.
    """

    bound: Tensor
    same: Tensor
    attract: Tensor | None = None
    apart: Tensor | None = None
    views: int = 2

    @staticmethod
    def bind(
        views: int, batch: int, queue: int = 0, *, star: bool = False, device: torch.device | str = "cpu"
    ) -> Tensor:
        """``bound`` for V views of B anchors and a queue: all views of a column, or a star around view 0."""
        row = torch.arange(views * batch, device=device)
        col = torch.arange(views * batch + queue, device=device)
        anchor = (row[:, None] % batch) == (col[None, :] % batch)
        bound = anchor & (row[:, None] != col[None, :]) & (col < views * batch)
        if star:
            bound &= (row[:, None] < batch) | (col[None, :] < batch)
        return bound

    @classmethod
    def instances(cls, views: int, batch: int, queue: int = 0, *, device: torch.device | str = "cpu") -> Relation:
        """The relation of the empty graph with unique ids: every sample is alike its own views and nothing else.

        >>> Relation.instances(2, 2).bound.int().tolist()
        [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
        """
        bound = cls.bind(views, batch, queue, device=device)
        same = bound.clone()
        same.diagonal().fill_(True)
        return cls(bound=bound, same=same, views=views)

    @property
    def batch(self) -> int:
        """B, the number of anchors."""
        return self.bound.shape[0] // self.views

    def to(self, device: torch.device | str) -> Relation:
        """The same relation on another device."""
        attract = None if self.attract is None else self.attract.to(device)
        apart = None if self.apart is None else self.apart.to(device)
        return Relation(self.bound.to(device), self.same.to(device), attract, apart, self.views)
