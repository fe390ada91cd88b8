"""What a graph is worth before anyone trains: degrees, components and, with labels, purity and coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError
from likewise.graph.closure import components, links_of
from likewise.graph.content import Content
from likewise.graph.matrices import attraction_or_empty
from likewise.graph.terms import Groups, term_in_words, value_codes
from likewise.graph.tree import Node, drawn_parts
from likewise.randomness import numpy_generator

PAIRS_LOOKED_AT = 20_000_000
"""Graphs that stand for more pairs are diagnosed on a random part of their rows, and the diagnosis says so."""


@dataclass(frozen=True)
class ClassDiagnosis:
    """One class: its size, the purity and coverage of its rows, and into how many parts the graph breaks it."""

    name: str
    size: int
    purity: float
    coverage: float
    parts: int


@dataclass(frozen=True)
class LabelDiagnosis:
    """How a graph agrees with labels; self-pairs and unlabelled samples never count.

    Attributes:
        purity: share of alike pairs whose labels agree (of those with two labels).
        purity_by_chance: the same for random partners.
        purity_of_draws: probability that a drawn partner other than the sample itself has its label.
        coverage: share of the same-label pairs that are alike.
        connected_share: share of the same-label pairs joined by a path that stays within their class.
        classes: one entry a class.
    """

    purity: float
    purity_by_chance: float
    purity_of_draws: float
    coverage: float
    connected_share: float
    classes: tuple[ClassDiagnosis, ...]

    @property
    def purity_adjusted(self) -> float:
        """Purity with chance at 0 and perfection at 1; NaN where there is one class."""
        room = 1 - self.purity_by_chance
        return (self.purity - self.purity_by_chance) / room if room > 0 else float("nan")

    def facts(self) -> list[tuple[str, str]]:
        """The findings as (name, text) lines."""
        if not self.classes:
            return [("labels", "nobody has one")]
        worst = min(self.classes, key=lambda c: c.purity if c.purity == c.purity else 2.0)
        parts = np.mean([c.parts for c in self.classes])
        chance = f"by chance {self.purity_by_chance:.1%}; adjusted {self.purity_adjusted:.1%}"
        path = f"{self.connected_share:.1%} joined by a path within their class"
        least = f"least pure: {worst.name} ({worst.purity:.1%})"
        return [
            ("purity", f"{self.purity:.1%} of pairs ({chance}); {self.purity_of_draws:.1%} of draws"),
            ("coverage", f"{self.coverage:.2%} of same-label pairs; {path}"),
            ("classes", f"{len(self.classes)}, in {parts:.1f} parts on average; {least}"),
        ]


@dataclass(frozen=True)
class Diagnosis:
    """What a graph looks like; ``print`` it for one screen.

    Attributes:
        n: samples. terms: each term in words. rows: how many rows were looked at (n, or a random part of a huge graph).
        degree: (mean, median, least, most) number of alike samples of a sample. isolated: samples alike nobody.
        self_draw: mean probability that a draw gives the sample itself.
        hub_in_degree: how often the most popular sample is a neighbour, None when only part of the rows was read.
        mutual: share of edges that stand in both directions, None likewise.
        components: number of connected components. largest: share of the samples in the largest one.
        weights: (bounds, counts) of ten bins of the pairs' weights; one count where all weights are equal.
        labels: agreement with labels, where labels were given.
    """

    n: int
    terms: tuple[str, ...]
    rows: int
    degree: tuple[float, float, int, int]
    isolated: float
    self_draw: float
    hub_in_degree: int | None
    mutual: float | None
    components: int
    largest: float
    weights: tuple[tuple[float, ...], tuple[int, ...]]
    labels: LabelDiagnosis | None

    def __str__(self) -> str:
        mean, median, least, most = self.degree
        facts = [
            ("degree", f"mean {mean:.2f}, median {median:g}, from {least:,} to {most:,}"),
            ("isolated", f"{self.isolated:.1%} of the samples; {self.self_draw:.1%} of draws give the sample itself"),
            ("components", f"{self.components:,}; the largest holds {self.largest:.1%}"),
        ]
        if self.hub_in_degree is not None and self.mutual is not None:
            hub = f"the most popular sample has {self.hub_in_degree:,} in-edges"
            facts.append(("hubs", f"{hub}; {self.mutual:.1%} of edges are mutual"))
        low, counts = self.weights
        if low[-1] > low[0] and max(counts):
            bars = "".join(" ▁▂▃▄▅▆▇█"[round(8 * count / max(counts))] for count in counts)
            facts.append(("weights", f"{low[0]:.3g} {bars} {low[-1]:.3g}"))
        if self.labels is not None:
            facts += self.labels.facts()
        lines = [f"{self.n:,} samples"] + [f"  {term}" for term in self.terms]
        if self.rows < self.n:
            lines.append(f"  (below: estimated on {self.rows:,} random rows)")
        return "\n".join(lines + [f"{name:<12} {text}" for name, text in facts])


def diagnose(graph: Content, labels: Any = None, *, seed: int = 0) -> Diagnosis:
    """Diagnose a graph, with labels if there are any (NaN, None and negative whole numbers count as unlabelled).

    Raises:
        LikewiseError: the labels do not fit the samples.
    """
    rows = _rows_to_read(graph, seed)
    attract = _attraction(graph, graph.root, rows)
    whole = len(rows) == graph.n
    degree = np.diff(attract.indptr)
    links = attract if whole else links_of(graph.root, graph.n)  # stars for groups; a veto takes nothing from them
    sizes = np.bincount(components(links)[: graph.n])
    sizes = sizes[sizes > 0]
    both = attract.multiply(attract.T > 0).nnz if whole else 0
    return Diagnosis(
        n=graph.n,
        terms=tuple(map(term_in_words, graph.terms)),
        rows=len(rows),
        degree=(float(degree.mean()), float(np.median(degree)), int(degree.min()), int(degree.max())),
        isolated=float((degree == 0).mean()),
        self_draw=_self_draw(graph, rows),
        hub_in_degree=int(np.bincount(attract.indices, minlength=1).max()) if whole else None,
        mutual=both / max(attract.nnz, 1) if whole else None,
        components=len(sizes),
        largest=float(sizes.max() / graph.n),
        weights=_histogram(attract.data.astype(np.float64)),
        labels=None if labels is None else _against_labels(graph, labels, rows, attract, links),
    )


def _histogram(weights: Array) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if not len(weights) or weights.min() == weights.max():
        return (float(weights.max(initial=0.0)),) * 11, (len(weights),)
    counts, bounds = np.histogram(weights, 10)
    return tuple(bounds.tolist()), tuple(counts.tolist())


def _rows_to_read(graph: Content, seed: int) -> Array:
    each = np.zeros(graph.n, np.int64)
    for term in graph.terms:
        if isinstance(term, Groups):
            sizes = np.r_[term.sizes(), 1]
            each += sizes[term.codes] - 1
        else:
            each += np.diff(term.indptr)
    if each.sum() <= PAIRS_LOOKED_AT:
        return np.arange(graph.n)
    order = numpy_generator(seed, "diagnose").permutation(graph.n)
    count = max(1, int(np.searchsorted(np.cumsum(each[order]), PAIRS_LOOKED_AT)))
    return np.sort(order[:count])


def _attraction(graph: Content, root: Node, rows: Array) -> Any:
    return attraction_or_empty(root, graph.vetoes, graph.n, None if len(rows) == graph.n else rows)


def _self_draw(graph: Content, rows: Array) -> float:
    total = 0.0
    for probability, node, weight in drawn_parts(graph.root, graph.self_weight):
        mass = np.asarray(_attraction(graph, node, rows).sum(axis=1)).reshape(-1)
        own = weight[rows]
        share = np.divide(own, own + mass, out=np.ones_like(mass, dtype=np.float64), where=own + mass > 0)
        total += probability * float(share.mean())
    return total


def _against_labels(graph: Content, labels: Any, rows: Array, attract: Any, links: Any) -> LabelDiagnosis:
    names, codes = class_codes(labels, graph.n)
    size = np.bincount(codes[codes >= 0], minlength=len(names))
    coo = attract.tocoo()
    a, b = codes[rows[coo.row]], codes[coo.col]
    judged, right = (a >= 0) & (b >= 0), (a == b) & (a >= 0)
    edges, good = (np.bincount(a[mask], minlength=len(names)) for mask in (judged, right))
    read = np.bincount(codes[rows][codes[rows] >= 0], minlength=len(names))
    possible, labelled = read * (size - 1), int(size.sum())
    part_sizes, part_class = _parts(links, codes, graph.n)
    joined = (part_sizes * (part_sizes - 1)).sum()
    purity, coverage = _ratio(good, edges), _ratio(good, possible)
    parts = np.bincount(part_class, minlength=len(names))
    classes = zip(names, size.tolist(), purity.tolist(), coverage.tolist(), parts.tolist(), strict=True)
    pairs = float((size * (size - 1)).sum())
    return LabelDiagnosis(
        purity=float(good.sum() / edges.sum()) if edges.sum() else float("nan"),
        purity_of_draws=_purity_of_draws(graph, codes, rows),
        purity_by_chance=float((edges * (size - 1)).sum() / max(edges.sum() * (labelled - 1), 1)),
        coverage=float(good.sum() / possible.sum()) if possible.sum() else float("nan"),
        connected_share=float(joined / pairs) if pairs else float("nan"),
        classes=tuple(ClassDiagnosis(*entry) for entry in classes),
    )


def _purity_of_draws(graph: Content, codes: Array, rows: Array) -> float:
    good = total = 0.0
    for probability, node, weight in drawn_parts(graph.root, graph.self_weight):
        coo = _attraction(graph, node, rows).tocoo()
        mass = np.bincount(coo.row, coo.data, minlength=len(rows)) + weight[rows]
        chance = probability * coo.data / mass[coo.row]
        a, b = codes[rows[coo.row]], codes[coo.col]
        good += float(chance[(a == b) & (a >= 0)].sum())
        total += float(chance[(a >= 0) & (b >= 0)].sum())
    return good / total if total else float("nan")


def _ratio(part: Array, whole: Array) -> Array:
    ratio: Array = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio


def _parts(links: Any, codes: Array, n: int) -> tuple[Array, Array]:
    """Sizes and classes of the components that remain when only pairs of one class stay joined."""
    coo = links.tocoo()
    if links.shape[0] == n:
        keep = (codes[coo.row] == codes[coo.col]) & (codes[coo.row] >= 0)
        within = type(links)((np.ones(int(keep.sum())), (coo.row[keep], coo.col[keep])), shape=links.shape)
    else:
        # a group's node is split by class, so that two classes in one group stay apart
        row_class = codes[coo.row]
        group = coo.col >= n
        other = np.where(group, coo.col.astype(np.int64) * (int(codes.max()) + 2) + row_class + 1, coo.col)
        keep = (row_class >= 0) & (group | (codes[np.minimum(coo.col, n - 1)] == row_class))
        nodes, target = np.unique(np.r_[np.arange(n), other[keep]], return_inverse=True)
        shape = (len(nodes), len(nodes))
        within = type(links)((np.ones(int(keep.sum())), (coo.row[keep], target[n:])), shape=shape)
    part = components(within)[:n]
    known = codes >= 0
    _, first, sizes = np.unique(part[known], return_index=True, return_counts=True)
    return sizes.astype(np.int64), codes[known][first]


def class_codes(labels: Any, n: int) -> tuple[list[str], Array]:
    """Class names and a code for each sample, -1 where it has no label.

    Raises:
        LikewiseError: there is not one label a sample.
    """
    values = as_numpy(labels)
    if values.shape != (n,):
        raise LikewiseError(f"labels must be one value for each of the {n} samples, got shape {values.shape}.")
    names, codes = value_codes(values)
    if values.dtype.kind == "i":
        unlabelled = int((names < 0).sum())
        names, codes = names[unlabelled:], np.maximum(codes - unlabelled, -1)
    return [str(name) for name in names], codes
