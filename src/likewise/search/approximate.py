"""Engines that may miss a neighbour; whoever calls them measures how often."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from likewise.errors import missing_extra

FLAT_UP_TO = 200_000  # rows; above, an inverted file visits a part of them


def faiss_search(queries: Tensor, base: Tensor, k: int, metric: str, drop_self: bool) -> tuple[Tensor, dict[str, Any]]:
    """Ids [m, k] by faiss: IndexFlat, or IndexIVFFlat for many rows (Douze et al. 2024, arXiv 2401.08281).

    Raises:
        LikewiseError: faiss is not installed.
    """
    try:
        import faiss
    except ImportError:
        raise missing_extra("faiss-cpu", "faiss", "engine='faiss'") from None
    cosine = metric == "cosine"
    x, y = ((torch.nn.functional.normalize(v) if cosine else v).cpu().numpy() for v in (queries, base))
    n, d = y.shape
    measure = faiss.METRIC_INNER_PRODUCT if cosine else faiss.METRIC_L2
    index: Any
    if n <= FLAT_UP_TO:
        index, report = faiss.IndexFlat(d, measure), {"index": "Flat"}
    else:
        cells, visited = int(4 * n**0.5), 32
        index = faiss.IndexIVFFlat(faiss.IndexFlat(d, measure), d, cells, measure)
        index.train(y)
        index.nprobe = visited
        report = {"index": f"IVF{cells}, {visited} visited"}
    index.add(y)
    _, found = index.search(x, k + drop_self)
    ids = torch.from_numpy(found).to(queries.device)
    return (_without_self(ids) if drop_self else ids), report


def _without_self(ids: Tensor) -> Tensor:
    """Rows [m, k + 1] less the row's own id, or less the last where it is absent: [m, k]."""
    own = ids == torch.arange(len(ids), device=ids.device)[:, None]
    own[:, -1] |= ~own.any(1)
    return ids[~own].view(len(ids), -1)
