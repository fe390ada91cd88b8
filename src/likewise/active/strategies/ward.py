"""Super-instances by Ward's method, merged by the answers: the simple baseline."""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.sequential import Queries, SequentialStrategy, medoid
from likewise.arrays import Array, IntArray
from likewise.errors import LikewiseError
from likewise.space import Space


class WardMerging(SequentialStrategy):
    """Super-instances by Ward's method, the closest two first, and transitivity: simple, and hard to beat.

    Merges only: it stops at the purity of its super-instances.

    Args:
        space: the prior space.
        seed: unused; there is nothing random in it.
        size: how many super-instances; a twelfth of the samples by default, at most 2,000.
    """

    name = "ward"

    def __init__(self, space: Space, *, seed: int = 0, size: int | None = None) -> None:
        self.size = min(space.n, size or min(2000, max(2, round(space.n / 12))))
        if not self.size >= 2:
            raise LikewiseError(f"at least two super-instances are needed, got {self.size}.")
        super().__init__(space, seed)

    def queries(self) -> Queries:
        """Pairs of medoids, closest first; known pairs are passed over by the runner."""
        from scipy.spatial.distance import pdist

        group = ward_groups(self.x, self.size)
        centers = np.stack([self.x[group == g].mean(0) for g in range(self.size)])
        medoids = [medoid(self.x, np.flatnonzero(group == g)) for g in range(self.size)]
        part = np.arange(self.size)
        self.code = part[group].astype(np.int32)
        rows, cols = np.triu_indices(self.size, 1)
        for at in np.argsort(pdist(centers), kind="stable"):
            a, b = rows[at], cols[at]
            if part[a] != part[b] and (yield medoids[a], medoids[b]):
                part[part == part[b]] = part[a]
                self.code = part[group].astype(np.int32)


def ward_groups(x: Array, count: int, k: int = 10) -> IntArray:
    """int32 ``[n]``: Ward's groups; of more than 2,000 samples, over the k-neighbour graph."""
    import warnings

    from sklearn.cluster import AgglomerativeClustering
    from sklearn.neighbors import kneighbors_graph

    graph = kneighbors_graph(x, k) if len(x) > 2000 else None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the number of connected components")
        model = AgglomerativeClustering(count, connectivity=graph).fit(x)
    return np.asarray(model.labels_, np.int32)
