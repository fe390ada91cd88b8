"""Losses as functions of ``(q, k, relation)``: what is alike comes from the relation, never from the loss.

Each takes predictions ``q`` ``[V, B, D]``, targets ``k`` (default q) and the relation of the batch, computes in float32
(under autocast too), never waits for the device, and needs memory of the order of ``R * C``. A relation is symmetric
between the rows of the batch.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from likewise.losses.correlation import barlow
from likewise.losses.covariance import vicreg
from likewise.losses.factorization import spectral
from likewise.losses.gaussianity import sigreg
from likewise.losses.info_nce import contrastive
from likewise.losses.modules import BYOL, BarlowTwins, Contrastive, LossModule, SIGReg, SimSiam, Spectral, VICReg
from likewise.losses.predictive import byol, simsiam
from likewise.registry import Registry

Loss = Callable[..., Tensor]

LOSSES: Registry[Loss] = Registry(
    "loss",
    {
        "barlow": "likewise.losses.correlation:barlow",
        "byol": "likewise.losses.predictive:byol",
        "contrastive": "likewise.losses.info_nce:contrastive",
        "sigreg": "likewise.losses.gaussianity:sigreg",
        "simsiam": "likewise.losses.predictive:simsiam",
        "spectral": "likewise.losses.factorization:spectral",
        "vicreg": "likewise.losses.covariance:vicreg",
    },
    group="likewise.losses",
)
"""Losses by name, each a function of ``(q, k, relation)`` and options."""

__all__ = [
    "BYOL",
    "LOSSES",
    "BarlowTwins",
    "Contrastive",
    "Loss",
    "LossModule",
    "SIGReg",
    "SimSiam",
    "Spectral",
    "VICReg",
    "barlow",
    "byol",
    "contrastive",
    "sigreg",
    "simsiam",
    "spectral",
    "vicreg",
]
