"""Uncertainty sampling: the edges of which it is least certain whether they are alike."""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.nearest_edges import NearestEdges
from likewise.answers import Calibration, PairFeatures, neighbor_features, pair_features, reference_pairs
from likewise.arrays import Array
from likewise.space import Space

REFIT = 10


class UncertainEdges(NearestEdges):
    """The edges of the k-neighbour graph whose calibrated P(alike) is nearest to one half."""

    name = "uncertain"

    def __init__(self, space: Space, *, seed: int = 0, k: int = 10) -> None:
        super().__init__(space, seed=seed, k=k)
        ids, distance = self._table
        if ids.shape[1] >= min(10, space.n - 1):
            every = neighbor_features(ids, distance)
            features = PairFeatures(*(part.ravel()[self._keep] for part in vars(every).values()))
        else:
            features = pair_features(space, self.pairs)
        self._features, self._reference = features, pair_features(space, np.concatenate(reference_pairs(space)))
        self._answers: dict[int, float] = {}
        self._fitted, self._alike = -1, np.full(len(self.pairs), 0.5)

    def urgency(self) -> Array:
        """Minus the distance of P(alike) from one half; refitted after every ten answers."""
        if len(self._answers) // REFIT != self._fitted:
            self._fitted = len(self._answers) // REFIT
            at = np.array(list(self._answers), int)
            said = np.array(list(self._answers.values()))
            calibration = Calibration.of(self._features[at], said, reference=self._reference, method="logistic")
            self._alike = calibration.probability(self._features)
        return -np.abs(self._alike - 0.5)

    def observe(self, a: int, b: int, value: str) -> None:
        """Keep answers to edges for the calibration."""
        super().observe(a, b, value)
        hit = np.flatnonzero((self.pairs == sorted((a, b))).all(1))
        if len(hit) and value != "unsure":
            self._answers[int(hit[0])] = float(value == "alike")
