"""COBRAS: super-instances that are split, then merged by answers (Van Craenendonck et al., IDA 2018)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from likewise.active.strategies.sequential import Queries, SequentialStrategy, medoid
from likewise.arrays import Array
from likewise.space import Space


class Cobras(SequentialStrategy):
    """After COBRAS (Van Craenendonck et al., IDA 2018): super-instances split where large, then joined by answers.

    The largest super-instance is cut in two until medoids of a cut are alike, which says into how many it should be
    cut at once by k-means; then clusters are joined, closest first, while answers say alike.
    """

    name = "cobras"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space, seed)

    def queries(self) -> Queries:
        """Split, then merge, for ever."""
        clusters: list[list[Array]] = [[np.arange(self.n)]]
        while True:
            home, largest = max(
                ((c, s) for c in clusters for s in c if len(s) > 1),
                key=lambda found: len(found[1]),
                default=(None, None),
            )
            if home is None or largest is None:
                return
            count = yield from self._level(largest)
            home[:] = [s for s in home if s is not largest]
            clusters = [c for c in clusters if c] + [[s] for s in self._cut(largest, count)]
            yield from self._merge(clusters)

    def _level(self, samples: Array) -> Generator[tuple[int, int], bool, int]:
        """Into how many parts to cut."""
        level = 0.0
        while len(samples) > 1:
            parts = self._cut(samples, 2)
            if len(parts) < 2 or (yield medoid(self.x, parts[0]), medoid(self.x, parts[1])):
                break
            level += 1
            samples = parts[0]
        return int(2 ** max(level, 1))

    def _merge(self, clusters: list[list[Array]]) -> Generator[tuple[int, int], bool, None]:
        apart: set[tuple[int, int]] = set()
        while True:
            self._show(clusters)
            best = self._closest(clusters, apart)
            if best is None:
                return
            (i, a), (j, b) = best
            if (yield a, b):
                clusters[i].extend(clusters[j])
                del clusters[j]
                apart.clear()
            else:
                apart.add((i, j))

    def _closest(self, clusters: list[list[Array]], apart: set[tuple[int, int]]) -> Any:
        """The closest super-instances of two clusters that are not known to differ."""
        centers = [(i, medoid(self.x, s)) for i, cluster in enumerate(clusters) for s in cluster]
        where, ids = (np.array(column) for column in zip(*centers, strict=True))
        gaps = ((self.x[ids][:, None] - self.x[ids]) ** 2).sum(2)
        closed = (where[:, None] >= where) | np.isin(
            where[:, None] * len(clusters) + where, [i * len(clusters) + j for i, j in apart]
        )
        gaps[closed] = np.inf
        a, b = np.unravel_index(gaps.argmin(), gaps.shape)
        return None if not np.isfinite(gaps[a, b]) else ((int(where[a]), int(ids[a])), (int(where[b]), int(ids[b])))

    def _show(self, clusters: list[list[Array]]) -> None:
        for code, cluster in enumerate(clusters):
            for samples in cluster:
                self.code[samples] = code

    def _cut(self, samples: Array, count: int) -> list[Array]:
        import warnings

        from sklearn.cluster import KMeans

        model = KMeans(min(count, len(samples)), n_init=1, random_state=self.seed, max_iter=30)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fewer distinct samples than parts
            code = model.fit_predict(self.x[samples])
        parts = [samples[code == c] for c in np.unique(code)]
        return parts if len(parts) > 1 else [half for half in np.array_split(samples, 2) if len(half)]
