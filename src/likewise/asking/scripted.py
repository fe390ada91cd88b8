"""Strategies written as a script that asks for one answer at a time: COBRAS, and groups by closest pair."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from likewise.answers import Answer, Question
from likewise.arrays import Array, IntArray
from likewise.asking.abilities import Abilities
from likewise.asking.edges import Deduced
from likewise.errors import LikewiseError
from likewise.space import Space

Script = Generator[tuple[int, int], bool, None]
"""Yields two samples and is sent whether they are alike."""


class Scripted(Deduced):
    """Runs a script; what the answers imply already, its own or a resumed store's, is never asked."""

    def __init__(self, space: Space, seed: int = 0) -> None:
        super().__init__(space.n, seed)
        self.x = space.normalized if space.metric == "cosine" else space.array.astype(np.float32)
        self.code: IntArray = np.zeros(space.n, np.int32)
        self._unsure: dict[tuple[int, int], bool] = {}
        self._script = self.script()
        self._wanted: tuple[int, int] | None = next(self._script, None)

    @abstractmethod
    def script(self) -> Script:
        """The questions; keeps ``self.code`` at what is known."""

    def next(self, n: int = 1) -> list[Question]:
        """The script's next question: one, whatever n is, for the one after it depends on the answer."""
        self._advance()
        if self._wanted is None or n < 1:
            return []
        return [Question.pair(*self._wanted, strategy=self.name)]

    def _advance(self) -> None:
        while self._wanted is not None:
            a, b = sorted(self._wanted)
            known = self.deduction.known(a, b)
            if known == "unknown" and (a, b) not in self._unsure:
                return
            alike = known == "alike" if known != "unknown" else self._unsure[a, b]
            try:
                self._wanted = self._script.send(alike)
            except StopIteration:
                self._wanted = None

    def notice(self, a: int, b: int, value: str) -> None:
        """An unsure or contradicted answer counts as it was given, else as different."""
        self._unsure[min(a, b), max(a, b)] = value == "alike"

    def tell(self, answers: Sequence[Answer]) -> None:
        """Hear answers and let the script run on."""
        super().tell(answers)
        self._advance()

    def groups(self) -> IntArray:
        """int32 ``[n]``: what the script made of the answers."""
        return self.code.copy()

    @property
    def abilities(self) -> Abilities:
        """None: a script that runs cannot be copied."""
        return Abilities()


class ClosestGroups(Scripted):
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

    def script(self) -> Script:
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


class Cobras(Scripted):
    """After COBRAS (Van Craenendonck et al., IDA 2018): super-instances split where large, then joined by answers.

    The largest super-instance is cut in two until medoids of a cut are alike, which says into how many it should be
    cut at once by k-means; then clusters are joined, closest first, while answers say alike.
    """

    name = "cobras"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space, seed)

    def script(self) -> Script:
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


def medoid(x: Array, samples: Array) -> int:
    """The sample nearest to the mean of samples."""
    rows = x[samples]
    return int(samples[((rows - rows.mean(0)) ** 2).sum(1).argmin()])


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
