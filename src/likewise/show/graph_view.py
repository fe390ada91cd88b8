"""A graph to look at: what each sample is alike and why, the worst edges, hubs, isolated samples, a map."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.graph import SimilarityGraph
from likewise.graph.diagnosis import PAIRS_LOOKED_AT, Diagnosis, class_codes
from likewise.graph.matrices import attraction_of
from likewise.graph.terms import Groups
from likewise.randomness import numpy_generator, random_rows
from likewise.show.pictures import Pictures
from likewise.show.planes import Plane, map_data

MAPPED = 1000
"""Points on a map: more take long to place, and hide each other."""
POINT = 64
"""Pixels of a picture on the map: a file holds as many as there are points."""


@dataclass(frozen=True)
class Positive:
    """A sample that another is alike.

    Attributes:
        sample: its id.
        weight: how alike; what a draw goes by.
        agrees: whether the labels agree; None where one is missing.
        sources: where it comes from, each with its own weight.
        mutual: whether the other way round is said, too.
    """

    sample: int
    weight: float
    agrees: bool | None
    sources: tuple[tuple[str, float], ...]
    mutual: bool


@dataclass(frozen=True)
class Edge:
    """One edge, for a list of them."""

    a: int
    b: int
    weight: float
    agrees: bool | None


class GraphView:
    """What is shown of a graph, in the browser and in a report.

    Args:
        graph: the graph.
        pictures: of its samples.
        title: what it is called.
        labels: one a sample, where there are any; None or a negative number: this one has none.
        features: makes what the map is drawn of, float ``[m, d]`` of ids ``[m]``; called when first needed.
        space: what the features are called.
        seed: of what is drawn at random.
    """

    def __init__(
        self,
        graph: SimilarityGraph,
        pictures: Pictures,
        title: str,
        *,
        labels: Any = None,
        features: Callable[[Array], Array] | None = None,
        space: str = "",
        seed: int = 0,
    ) -> None:
        self.graph, self.pictures, self.title, self.space, self.seed = graph, pictures, title, space, seed
        self.labels, self._features = labels, features
        self.classes, self.codes = ([], np.full(graph.n, -1)) if labels is None else class_codes(labels, graph.n)
        self._lock = threading.Lock()

    @cached_property
    def rows(self) -> Array:
        """The rows that lists are made of: all, or a random part of a graph that stands for too many pairs."""
        each = np.zeros(self.graph.n, np.int64)
        for term in self.graph.terms:
            sizes = np.r_[term.sizes(), 1] if isinstance(term, Groups) else np.zeros(1)
            each += (sizes[term.codes] - 1).astype(np.int64) if isinstance(term, Groups) else np.diff(term.indptr)
        if each.sum() <= PAIRS_LOOKED_AT:
            return np.arange(self.graph.n)
        order = numpy_generator(self.seed, "looking").permutation(self.graph.n)
        return np.sort(order[: max(1, int(np.searchsorted(np.cumsum(each[order]), PAIRS_LOOKED_AT)))])

    @property
    def whole(self) -> bool:
        """Whether lists are made of all rows."""
        return len(self.rows) == self.graph.n

    @cached_property
    def attraction(self) -> Any:
        """The attraction of ``rows`` as a scipy CSR matrix."""
        return self._attraction(self.rows)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """The graph's diagnosis, with labels where there are any."""
        return self.graph.diagnose(self.labels)

    @cached_property
    def degree(self) -> Array:
        """Int ``[rows]``: how many samples each row is alike."""
        return np.diff(self.attraction.indptr)

    @cached_property
    def in_degree(self) -> Array:
        """Int ``[n]``: how many of the rows are alike each sample."""
        return np.bincount(self.attraction.indices, minlength=self.graph.n)

    def label(self, sample: int) -> str:
        """The name of a sample's class; empty where it has none."""
        return self.classes[self.codes[sample]] if self.codes[sample] >= 0 else ""

    def card(self, sample: int, side: int | None = None) -> dict[str, Any]:
        """What is needed to show a sample, with its label and, where a server stands behind it, its own page."""
        page = f"/sample/{sample}" if self.pictures.served else None
        return self.pictures.card(sample, side) | {"label": self.label(sample), "page": page}

    def agrees(self, a: int, b: int) -> bool | None:
        """Whether two samples have one label; None where one has none."""
        return None if min(self.codes[a], self.codes[b]) < 0 else bool(self.codes[a] == self.codes[b])

    def positives(self, sample: int, most: int = 60) -> tuple[list[Positive], int]:
        """What a sample is alike, the strongest first, and how many there are."""
        row = self._attraction(np.array([sample])).tocoo()
        order = np.lexsort((row.col, -row.data))[:most]
        found = row.col[order].tolist()
        back = self._attraction(np.array(found)).tocsc()[:, [sample]].toarray().ravel() if found else []
        return [
            Positive(other, weight, self.agrees(sample, other), self._sources(sample, other), bool(mutual))
            for other, weight, mutual in zip(found, row.data[order].tolist(), back, strict=True)
        ], row.nnz

    def in_neighbors(self, sample: int, most: int = 24) -> tuple[list[int], int]:
        """Samples that are alike this one, and how many there are among the rows."""
        column = self._columns[:, [sample]].tocoo()
        found: list[int] = self.rows[np.sort(column.row)[:most]].tolist()
        return found, int(column.nnz)

    def edges(self, start: int = 0, count: int = 40) -> tuple[list[Edge], int]:
        """Edges, those that the labels contradict first, the strongest of them in front; and how many there are."""
        order = self._edge_order
        coo = self.attraction.tocoo()
        at = order[start : start + count]
        rows, cols = self.rows[coo.row[at]].tolist(), coo.col[at].tolist()
        weights = coo.data[at].tolist()
        found = [Edge(a, b, w, self.agrees(a, b)) for a, b, w in zip(rows, cols, weights, strict=True)]
        return found, len(order)

    def wrong(self) -> tuple[int, int]:
        """How many edges the labels contradict, of how many whose ends both have one."""
        coo = self.attraction.tocoo()
        a, b = self.codes[self.rows[coo.row]], self.codes[coo.col]
        judged = (a >= 0) & (b >= 0)
        return int((judged & (a != b)).sum()), int(judged.sum())

    def hubs(self, most: int = 48) -> list[tuple[int, int]]:
        """The samples that most others are alike, with how many."""
        order = np.argsort(-self.in_degree, kind="stable")[:most]
        return [(int(i), int(self.in_degree[i])) for i in order if self.in_degree[i]]

    def isolated(self, start: int = 0, count: int = 240) -> tuple[list[int], int]:
        """Samples that are alike nobody, and how many there are among the rows."""
        found = self.rows[self.degree == 0]
        shown: list[int] = found[start : start + count].tolist()
        return shown, len(found)

    def examples(self, count: int = 8) -> list[int]:
        """Some samples that are alike others, at random."""
        able = self.rows[self.degree > 0]
        chosen: list[int] = numpy_generator(self.seed, "examples").permutation(able)[:count].tolist()
        return chosen

    @property
    def mappable(self) -> bool:
        """Whether there is something to draw a map of."""
        return self._features is not None

    def map(self) -> dict[str, Any]:
        """At most a thousand samples in the plane, as the map's script reads them."""
        with self._lock:
            chosen, plane = self.mapped
        return map_data([plane], self.codes[chosen], self.classes, [self.card(row, POINT) for row in chosen.tolist()])

    @cached_property
    def mapped(self) -> tuple[Array, Plane]:
        """The ids that are on the map, and where they are (t-SNE: a picture, not a measurement)."""
        chosen = random_rows(self.graph.n, MAPPED, self.seed, "map")
        assert self._features is not None
        return chosen, Plane.of("", self._features(chosen), self.seed)

    @cached_property
    def _columns(self) -> Any:
        return self.attraction.tocsc()

    @cached_property
    def _edge_order(self) -> Array:
        coo = self.attraction.tocoo()
        a, b = self.codes[self.rows[coo.row]], self.codes[coo.col]
        clash = (a >= 0) & (b >= 0) & (a != b)
        order = numpy_generator(self.seed, "edges").permutation(coo.nnz)  # of equals, not all from one sample
        return np.lexsort((order, -coo.data, ~clash))

    def _attraction(self, rows: Array) -> Any:
        from scipy.sparse import csr_matrix

        every = len(rows) == self.graph.n
        matrix = attraction_of(self.graph.root, self.graph.vetoes, None if every else rows)
        return csr_matrix((len(rows), self.graph.n), dtype=np.float32) if matrix is None else matrix.tocsr()

    def _sources(self, a: int, b: int) -> tuple[tuple[str, float], ...]:
        return tuple((str(source), alike) for source, alike, _ in self.graph.explain(a, b) if alike > 0)
