"""Sources: each returns a similarity graph, and neither knows any loss."""

from likewise.sources.asked import answered
from likewise.sources.calibrated import trusted_neighbors
from likewise.sources.metadata import labels, pairs, same
from likewise.sources.nearest import adaptive_radius, neighbors
from likewise.sources.random_partners import random_like
from likewise.sources.similarity_band import auto_band, band

__all__ = [
    "adaptive_radius",
    "answered",
    "auto_band",
    "band",
    "labels",
    "neighbors",
    "pairs",
    "random_like",
    "same",
    "trusted_neighbors",
]
