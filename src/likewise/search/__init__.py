"""Nearest neighbours and pairs by similarity: exact (certified), or faiss."""

from likewise.search.inputs import as_rows, metric_of
from likewise.search.knn import ENGINES, Neighbors, nearest
from likewise.search.ranges import furthest_within, similarity_sample, within
from likewise.search.shortlist import Sizes

__all__ = [
    "ENGINES",
    "Neighbors",
    "Sizes",
    "as_rows",
    "furthest_within",
    "metric_of",
    "nearest",
    "similarity_sample",
    "within",
]
