"""How well a form of adaptation ranks alike samples that it has not seen: folds by whole groups or by samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.adaptation.blocks import Blocks, unit
from likewise.adaptation.directions import Form, directions_of
from likewise.adaptation.scatter import Real, TooFew, scatter_of
from likewise.arrays import Array
from likewise.graph import SimilarityGraph
from likewise.graph.closure import components, links_of
from likewise.randomness import numpy_generator

ANCHORS, GALLERY = 200, 400
"""Samples that are asked about, and among which they look, in each fold."""
GROUPS = 30
"""With as many groups a fold is made of whole ones; with fewer, of samples."""


@dataclass(frozen=True)
class Rows:
    """Samples as the prior has them, and as what directions are sought in.

    Attributes:
        prior: float64 ``[n, d]``, of length 1 under cosine.
        features: float64 ``[n, f]``: the same rows, their principal components, or a kernel's features.
    """

    prior: Real
    features: Real

    def take(self, ids: Array) -> Rows:
        """The rows of these ids."""
        return Rows(self.prior[ids], self.features[ids])


@dataclass(frozen=True)
class Fold:
    """Training samples, and others that look for those alike them.

    Attributes:
        train: ids ``[t]``.
        anchors: ids ``[a]``, none of them a training sample.
        gallery: ids ``[g]``, among which they look.
        alike: bool ``[a, g]``.
        other: bool ``[a, g]``: those that are to rank behind, whom nothing says to be alike.
    """

    train: Array
    anchors: Array
    gallery: Array
    alike: Array
    other: Array


def folds_of(graph: SimilarityGraph, count: int, seed: int) -> list[Fold]:
    """Folds of the samples that are alike some other, never cut through a pair where there are groups enough.

    Raises:
        TooFew: fewer than two folds have anything to find.
    """
    part = components(links_of(graph.root, graph.n))[: graph.n]
    sizes = np.bincount(part)
    known = np.flatnonzero(sizes[part] > 1)
    groups, group = np.unique(part[known], return_inverse=True)
    whole = len(groups) >= GROUPS
    units = group if whole else np.arange(len(known))
    random = numpy_generator(seed, "folds")
    turn = (random.permutation(int(units.max(initial=-1)) + 1) % count)[units] if len(known) else units
    found = [_fold(graph, known, turn == at, whole, random) for at in range(count)]
    kept = [fold for fold in found if fold is not None]
    if len(kept) < 2:
        raise TooFew("too few samples are alike any other to choose by.")
    return kept


def _fold(graph: SimilarityGraph, known: Array, held: Array, whole: bool, random: np.random.Generator) -> Fold | None:
    train = known[~held]
    anchors = random.permutation(known[held])[:ANCHORS]
    rest = random.permutation(known[held] if whole else known)[: max(0, GALLERY - len(anchors))]
    gallery = np.union1d(anchors, rest) if whole else np.unique(np.r_[anchors, rest])
    if not len(anchors) or not len(train):
        return None
    alike = graph.among(anchors, gallery)[0].numpy() > 0
    own = anchors[:, None] == gallery
    alike, other = alike & ~own, ~alike & ~own
    useful = alike.any(1) & other.any(1)
    return Fold(train, anchors[useful], gallery, alike[useful], other[useful]) if useful.any() else None


class Trial:
    """A fold on which forms of adaptation are tried; directions come from its training samples alone.

    Args:
        fold: who trains, and who looks for whom.
        graph: who is alike.
        rows: the prior's rows and what directions are sought in, ``[n, d]`` and ``[n, f]``.
        metric: "cosine" or "euclidean".
    """

    def __init__(self, fold: Fold, graph: SimilarityGraph, rows: Rows, metric: str) -> None:
        self.fold, self.metric = fold, metric
        self.train, self.anchors, self.gallery = (rows.take(ids) for ids in (fold.train, fold.anchors, fold.gallery))
        self.scatter = scatter_of(graph.subset(fold.train), self.train.features)

    def scores(self, form: Form, weights: Sequence[float]) -> Real:
        """How well each anchor ranks with each weight, ``[weights, anchors]``: its mean precision at those alike it."""
        directions = directions_of(self.scatter, form)
        blocks = Blocks.of(self.metric, self.train.prior, directions(self.train.features))
        found = []
        for weight in weights:
            a, b = (blocks.join(r.prior, directions(r.features), weight) for r in (self.anchors, self.gallery))
            found.append(average_precision(near(a, b, self.metric), self.fold.alike, self.fold.other))
        return np.stack(found)


def near(a: Real, b: Real, metric: str) -> Real:
    """Cosine similarities, or minus squared distances, of rows ``[a, d]`` and ``[g, d]``: ``[a, g]``."""
    if metric == "cosine":
        similarity: Real = unit(a) @ unit(b).T
        return similarity
    distance: Real = 2 * a @ b.T - (a**2).sum(1)[:, None] - (b**2).sum(1)
    return distance


def average_precision(near: Real, alike: Array, other: Array) -> Real:
    """Mean over the alike of each row of the share of alike ones among those at least as near ``[a]``."""
    order = np.argsort(-np.where(alike | other, near, -np.inf), axis=1, kind="stable")
    hit = np.take_along_axis(alike, order, 1)
    precision = np.cumsum(hit, 1) / np.arange(1, hit.shape[1] + 1)
    found: Real = (precision * hit).sum(1) / hit.sum(1)
    return found
