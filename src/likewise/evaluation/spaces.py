"""What a space is worth by itself, before anything is trained on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from likewise.answers import hellinger
from likewise.arrays import Array, as_numpy
from likewise.errors import LikewiseError
from likewise.metrics import effective_rank, knn_accuracy
from likewise.randomness import numpy_generator
from likewise.space import Space, SpaceLike

ROWS, MEASURED = 2000, 10_000
"""So many rows, drawn at random, tell the rank; and so many labelled ones the accuracies."""
DIRECTIONS = 256
"""Wider rows are brought to so many principal components before a linear probe."""
PAIRS = 2000
"""So many random pairs tell how far alike and different ones are apart."""


def summarise_space(
    space: SpaceLike, labels: Array | Tensor | None = None, *, k: int = 20, seed: int = 0
) -> dict[str, Any]:
    """What a space is and, with labels [n] (negative: none), how well it tells them apart by itself.

    ``knn_accuracy`` and ``linear_accuracy`` (discriminant analysis, shrunk after Ledoit and Wolf) are those of a
    random fifth of the labelled samples, given the others. ``separation`` in [0, 1] is the squared Hellinger distance
    of the distances of alike and of different pairs: the larger, the fewer questions ``ask`` needs. Facts of the
    space's ``info`` follow. Of many rows a random part is measured: 2,000 for the rank, 10,000 for the accuracies, and
    rows of more than 256 dimensions are brought to 256 principal components for the discriminant analysis.

    Raises:
        LikewiseError: not one whole label a row, or too few of them to measure accuracies.
    """
    place = Space.of(space)
    facts: dict[str, Any] = {"name": place.name, "samples": place.n, "dimension": place.d, "metric": place.metric}
    facts["effective_rank"] = effective_rank(_some(place, seed).compared)
    if labels is not None:
        facts |= _accuracies(place, as_numpy(labels), k, seed) | _separation(place, as_numpy(labels), seed)
    return facts | {name: value for name, value in place.info.items() if name not in facts}


def _some(space: Space, seed: int) -> Space:
    """The space of up to ``ROWS`` random rows."""
    if space.n <= ROWS:
        return space
    rows = np.sort(numpy_generator(seed, "summary", "rows").permutation(space.n)[:ROWS])
    return Space(space.array[rows], space.metric, space.name)


def _accuracies(space: Space, labels: Array, k: int, seed: int) -> dict[str, float]:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if labels.shape != (space.n,) or labels.dtype.kind not in "iu":
        raise LikewiseError(f"the space has {space.n} rows: it needs as many whole labels, got {labels.shape}.")
    order = numpy_generator(seed, "summary").permutation(np.flatnonzero(labels >= 0))[:MEASURED]
    test, train = np.split(order, [len(order) // 5])
    if not len(test) or not 2 <= len(np.unique(labels[train])) < len(train):
        raise LikewiseError("accuracies need five labelled samples, two classes, and more samples than classes.")
    x = Space(space.array[order], space.metric).compared
    test, train = np.split(np.arange(len(order)), [len(test)])
    labels = labels[order]
    narrow = [PCA(min(DIRECTIONS, len(train) - 1), random_state=seed)] if space.d > DIRECTIONS else []
    scaler = make_pipeline(*narrow, StandardScaler()).fit(x[train])
    probe = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(scaler.transform(x[train]), labels[train])
    votes = min(k, len(train))
    return {
        "knn_accuracy": knn_accuracy(x[train], labels[train], x[test], labels[test], votes, metric=space.metric),
        "linear_accuracy": float(probe.score(scaler.transform(x[test]), labels[test])),
    }


def _separation(space: Space, labels: Array, seed: int) -> dict[str, float]:
    """Nothing where no class has two samples."""
    random, known = numpy_generator(seed, "separation"), np.flatnonzero(labels >= 0)
    a, b = known[random.integers(0, len(known), (2, PAIRS))]
    order = known[np.argsort(labels[known], kind="stable")]
    first, last = (np.searchsorted(labels[order], labels[a], side) for side in ("left", "right"))
    twin = order[first + (random.random(PAIRS) * (last - first)).astype(int)]
    x = space.compared
    apart, alike = labels[a] != labels[b], a != twin
    if min(apart.sum(), alike.sum()) < 2:
        return {}
    near = np.linalg.norm(x[a[alike]] - x[twin[alike]], axis=1)
    far = np.linalg.norm(x[a[apart]] - x[b[apart]], axis=1)
    return {"separation": hellinger(near, far)}
