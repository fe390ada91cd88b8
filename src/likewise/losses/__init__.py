"""Losses as functions of ``(q, k, relation)``: what is alike comes from the relation, never from the loss.

Each takes predictions ``q`` ``[V, B, D]``, targets ``k`` (default q) and the relation of the batch, computes in float32
(under autocast too), never waits for the device, and needs memory of the order of ``R * C``. A relation is symmetric
between the rows of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor

from likewise.losses.correlation import barlow
from likewise.losses.covariance import vicreg
from likewise.losses.factorization import spectral
from likewise.losses.info_nce import contrastive
from likewise.losses.predictive import byol, simsiam

Loss = Callable[..., Tensor]

LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "barlow": barlow,
        "byol": byol,
        "contrastive": contrastive,
        "simsiam": simsiam,
        "spectral": spectral,
        "vicreg": vicreg,
    }
)

__all__ = ["LOSSES", "Loss", "barlow", "byol", "contrastive", "simsiam", "spectral", "vicreg"]
