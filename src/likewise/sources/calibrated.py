"""Neighbours of a prior space, weighted by how likely answers make them: where GPS and PAL meet."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from likewise.answers import Answer, AnswerStore, Calibration, Judgements, neighbor_features
from likewise.answers.pair_features import LOCAL
from likewise.arrays import Array, IntArray, fingerprint
from likewise.errors import LikewiseError
from likewise.graph import Source
from likewise.graph.terms import Edges, edges_from_neighbors
from likewise.keys import Keys
from likewise.search import nearest
from likewise.sources.spaces import squared_distances, without_blanks
from likewise.space import Space, SpaceLike

Calibrated = Calibration | AnswerStore | str | os.PathLike[str]


def calibrated_edges(place: Space, k: int, calibrated: Calibrated, precision: float | None, engine: str) -> Edges:
    """The k nearest of each sample weighted by P(alike); with a precision only as many as each sample can trust."""
    calibration = as_calibration(place, calibrated)
    ids, weights = _probable(place, k, calibration, engine)
    if precision is not None:
        ids = np.where(np.arange(k) < _trusted(weights, precision)[:, None], ids, -1)
    ids = without_blanks(place, ids)
    arguments: dict[str, Any] = {"k": k, "metric": place.metric, "calibrated": calibration.method}
    arguments |= {} if precision is None else {"precision": precision}
    content = fingerprint(place.fingerprint, calibration.features.table, calibration.alike, calibration.weights)
    return edges_from_neighbors(ids, weights.astype(np.float32), source=Source("neighbors", arguments, content))


def as_calibration(place: Space, calibrated: Calibrated) -> Calibration:
    """A calibration as it is, or fitted to the answers of a store.

    Raises:
        LikewiseError: not a store, or one of other samples.
    """
    if isinstance(calibrated, Calibration):
        return calibrated
    if not isinstance(calibrated, AnswerStore):
        with AnswerStore(calibrated) as store:
            return as_calibration(place, store)
    return calibration_of(place, calibrated.keys, calibrated.answers())


def calibration_of(place: Space, keys: Keys, answers: Iterable[Answer]) -> Calibration:
    """A calibration fitted to answers about samples of these keys.

    Raises:
        LikewiseError: they are other samples than those of the space.
    """
    if place.keys is None and len(keys) != place.n:
        raise LikewiseError(
            f"the answers are about {len(keys)} samples, but the space has {place.n} rows and no keys: they must agree."
        )
    row = np.arange(place.n) if place.keys is None else place.keys.positions(keys)
    if (row < 0).all():
        raise LikewiseError("the answers are about other samples than those of the space: no key agrees.")
    judged = Judgements.of(answers)
    pairs = np.stack([row[judged.a], row[judged.b]], 1)
    said = (judged.value != 0) & (pairs >= 0).all(1)
    return Calibration.fit(place, pairs[said], judged.value[said] > 0)


def trusted_neighbors(
    space: SpaceLike,
    calibrated: Calibrated,
    *,
    precision: float = 0.9,
    most: int = 50,
    metric: str | None = None,
    engine: str = "exact",
) -> IntArray:
    """How many neighbours each sample can trust, int32 ``[n]``: the most whose expected purity reaches the precision.

    Args:
        space: a Space, an array or a tensor [n, d].
        calibrated: a calibration, or a store of answers (or its file).
        precision: the wanted expected purity, in (0, 1].
        most: how many neighbours to look at.
        metric: "cosine" or "euclidean"; the space's own by default.
        engine: "exact" or "faiss".

    Raises:
        LikewiseError: a precision outside of (0, 1], ``most`` out of range, NaN in the space.
    """
    place = Space.of(space, metric)
    return _trusted(_probable(place, most, as_calibration(place, calibrated), engine)[1], precision)


def _probable(place: Space, k: int, calibration: Calibration, engine: str) -> tuple[Array, Array]:
    """The k nearest neighbours ``[n, k]`` and P(alike) of each."""
    if k < 1:
        raise LikewiseError(f"k must lie in [1, {place.n - 1}], got {k}.")
    found = nearest(place, k=max(k, min(LOCAL, place.n - 1)), metric=place.metric, engine=engine)
    features = neighbor_features(found.ids, np.sqrt(squared_distances(found.scores, place.metric)))
    return found.ids[:, :k], calibration.probability(features)[:, :k]


def _trusted(probability: Array, precision: float) -> IntArray:
    if not 0 < precision <= 1:
        raise LikewiseError(f"a precision must lie in (0, 1], got {precision}.")
    count = np.arange(1, probability.shape[1] + 1)
    pure = np.cumsum(probability, axis=1) >= precision * count
    trusted: IntArray = np.where(pure, count, 0).max(1).astype(np.int32)
    return trusted
