"""Nearest neighbours and pairs by similarity: exact (certified), or faiss."""

from likewise.search.knn import Neighbors, nearest
from likewise.search.ranges import furthest_within, similarity_sample, within
from likewise.search.shortlist import Sizes

__all__ = [
    "Neighbors",
    "Sizes",
    "furthest_within",
    "nearest",
    "similarity_sample",
    "within",
]
