"""Sources: each returns a similarity graph, and neither knows any loss."""

from collections.abc import Callable

from likewise.graph import SimilarityGraph
from likewise.registry import Registry
from likewise.sources.asked import answered
from likewise.sources.calibrated import trusted_neighbors
from likewise.sources.metadata import different, labels, pairs, same
from likewise.sources.nearest import adaptive_radius, neighbors
from likewise.sources.random_partners import random_like
from likewise.sources.similarity_band import auto_band, band

SOURCES: Registry[Callable[..., SimilarityGraph]] = Registry(
    "source",
    {
        "answered": "likewise.sources.asked:answered",
        "band": "likewise.sources.similarity_band:band",
        "different": "likewise.sources.metadata:different",
        "labels": "likewise.sources.metadata:labels",
        "neighbors": "likewise.sources.nearest:neighbors",
        "pairs": "likewise.sources.metadata:pairs",
        "random_like": "likewise.sources.random_partners:random_like",
        "same": "likewise.sources.metadata:same",
        "trusted_neighbors": "likewise.sources.calibrated:trusted_neighbors",
    },
    group="likewise.sources",
)
"""Sources by name; the commands give one what its parameters are called: ``samples`` or ``space`` or both."""

__all__ = [
    "SOURCES",
    "adaptive_radius",
    "answered",
    "auto_band",
    "band",
    "different",
    "labels",
    "neighbors",
    "pairs",
    "random_like",
    "same",
    "trusted_neighbors",
]
