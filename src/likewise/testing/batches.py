"""Random batches and relations to check losses with."""

from __future__ import annotations

import torch
from torch import Tensor

from likewise.relation import Relation


def related(
    ids: Tensor, queue_ids: Tensor, attract: Tensor | None, apart: Tensor | None, *, star: bool = False
) -> Relation:
    """The relation of a batch of ids ``[V, B]`` and a queue under full matrices over all samples."""
    rows, cols = ids.flatten(), torch.cat([ids.flatten(), queue_ids])
    return Relation(
        bound=Relation.bind(ids.shape[0], ids.shape[1], len(queue_ids), star=star),
        same=rows[:, None] == cols,
        attract=None if attract is None else attract[rows][:, cols],
        apart=None if apart is None else apart[rows][:, cols],
        views=len(ids),
    )


def random_relation(
    seed: int, views: int = 2, batch: int = 4, queue: int = 0, *, star: bool = False, samples: int = 7
) -> Relation:
    """Few samples, so that ids repeat; attraction and difference overlap, with each other and with bound."""
    generator = torch.Generator().manual_seed(seed)

    def symmetric() -> Tensor:
        upper = torch.rand(samples, samples, generator=generator)
        upper = upper * (torch.rand(samples, samples, generator=generator) < 0.4)
        return torch.maximum(upper, upper.T)

    ids = torch.randint(samples, (views, batch), generator=generator)
    queue_ids = torch.randint(samples, (queue,), generator=generator)
    return related(ids, queue_ids, symmetric().fill_diagonal_(1.0), symmetric(), star=star)


def random_embeddings(
    seed: int,
    views: int = 2,
    batch: int = 4,
    dim: int = 3,
    queue: int = 0,
    dtype: torch.dtype = torch.float64,
) -> list[Tensor]:
    """Q and k ``[V, B, D]`` and a queue ``[M, D]``."""
    generator = torch.Generator().manual_seed(1000 + seed)
    shapes = [(views, batch, dim), (views, batch, dim), (queue, dim)]
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for shape in shapes]
