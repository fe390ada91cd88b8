"""Clusters of a similarity graph alone: no training, no features."""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.evaluation.spreading import symmetric_weights
from likewise.graph import SimilarityGraph
from likewise.randomness import numpy_generator, seed_of


def spectral_clusters(graph: SimilarityGraph, count: int, *, regularize: float = 0.1, seed: int = 0) -> Array:
    """Cluster codes [n] by regularised spectral clustering of the symmetrised graph.

    k-means (best of 10) on the normalised rows of the top eigenvectors of D^-1/2 W D^-1/2 (Ng, Jordan & Weiss 2001).
    Every pair of samples is joined by a weight of ``regularize`` mean degrees / n (Amini et al. 2013, arXiv 1207.2340),
    so that isolated samples and small components neither break it nor take clusters of their own for nothing.

    Args:
        graph: n samples.
        count: how many clusters, less than n.
        regularize: in mean degrees, positive.
        seed: of the eigensolver's start and of k-means.

    Raises:
        LikewiseError: the graph has no edge, count is not in [1, n), regularize is not positive.
    """
    if not 1 <= count < graph.n or not regularize > 0:
        raise LikewiseError(f"need 1 <= count < {graph.n} and regularize > 0, got {count} and {regularize}.")
    from scipy.sparse.linalg import LinearOperator, eigsh
    from sklearn.cluster import KMeans

    weights, n = symmetric_weights(graph), graph.n
    degree = np.asarray(weights.sum(1)).reshape(-1)
    extra = regularize * degree.mean()
    scale = (degree + extra) ** -0.5

    def product(v: Array) -> Array:
        scaled = scale * v.reshape(-1)
        joined: Array = scale * (weights @ scaled + extra / n * scaled.sum())
        return joined

    operator = LinearOperator((n, n), matvec=product, dtype=np.float64)
    start = numpy_generator(seed, "spectral").random(n)
    vectors = eigsh(operator, count, which="LA", v0=start)[1]
    rows = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    state = seed_of(seed, "spectral") % 2**32
    clusters: Array = KMeans(count, n_init=10, random_state=state).fit_predict(rows)
    return clusters
