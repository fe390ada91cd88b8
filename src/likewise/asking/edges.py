"""Strategies that choose among pairs: at random (PAL's passive), the nearest, or the least certain."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import deepcopy
from typing import Self

import numpy as np

from likewise.answers import (
    Answer,
    Calibration,
    Deduction,
    PairFeatures,
    Question,
    neighbor_features,
    pair_features,
    reference_pairs,
)
from likewise.arrays import Array, IntArray
from likewise.asking.abilities import Abilities
from likewise.randomness import numpy_generator
from likewise.search import nearest
from likewise.space import Space

REFIT = 10


class Deduced:
    """What strategies share that know no more than what follows from the answers.

    Args:
        n: the number of samples.
        seed: of their random choices.
    """

    name = ""

    def __init__(self, n: int, seed: int = 0) -> None:
        self.n, self.seed = n, seed
        self.deduction = Deduction(n)
        self.heard = 0

    @abstractmethod
    def next(self, n: int = 1) -> list[Question]:
        """At most n questions; an empty list when there are none left."""

    def tell(self, answers: Sequence[Answer]) -> None:
        """Hear answers and deduce what follows."""
        for answer in answers:
            self.heard += 1
            for a, b, value in answer.judgements:
                if value != "unsure":
                    self.deduction.add(a, b, value, self.heard)
                self.notice(a, b, value)

    def notice(self, a: int, b: int, value: str) -> None:
        """For what else a strategy wants to know."""

    def groups(self) -> IntArray:
        """int32 ``[n]``: the components of alike answers."""
        return self.deduction.codes

    def copy(self) -> Self:
        """An independent one in the same state."""
        return deepcopy(self)

    @property
    def abilities(self) -> Abilities:
        """It can be copied, and no more."""
        return Abilities(copy=self.copy)


class RandomPairs(Deduced):
    """Pairs uniformly at random, none twice: the passive strategy of PAL (arXiv 2303.15256), without deduction."""

    name = "random"

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        super().__init__(space.n, seed)
        self._asked: set[tuple[int, int]] = set()

    def next(self, n: int = 1) -> list[Question]:
        """N random pairs; fewer when all pairs are answered."""
        random = numpy_generator(self.seed, "random pairs", len(self._asked))
        left = self.n * (self.n - 1) // 2 - len(self._asked)
        found: dict[tuple[int, int], None] = {}
        while len(found) < min(n, left):
            a, b = sorted(random.integers(0, self.n, 2).tolist())
            if a != b and (a, b) not in self._asked:
                found[a, b] = None
        return [Question.pair(a, b, strategy=self.name) for a, b in found]

    def notice(self, a: int, b: int, value: str) -> None:
        """Remember what was asked."""
        del value
        self._asked.add((min(a, b), max(a, b)))


class NearestEdges(Deduced):
    """The shortest edges of the k-neighbour graph of which nothing is known yet, one by one.

    Labelling in falling order of likelihood with transitive inference (Wang et al., SIGMOD 2013, arXiv 1408.6916).
    """

    name = "nearest"

    def __init__(self, space: Space, *, seed: int = 0, k: int = 10) -> None:
        super().__init__(space.n, seed)
        found = nearest(space, k=min(k, space.n - 1))
        distance = np.sqrt(2 - 2 * np.clip(found.scores, -1, 1) if space.metric == "cosine" else found.scores)
        pairs = np.stack([np.repeat(np.arange(space.n), found.ids.shape[1]), found.ids.ravel()], 1)
        self.space, self._table = space, (found.ids, distance)
        keep = np.unique(np.sort(pairs, 1), axis=0, return_index=True)[1]
        keep = keep[np.argsort(distance.ravel()[keep], kind="stable")]
        self.pairs, self._keep, self._skipped = pairs[keep], keep, np.zeros(len(keep), bool)

    def urgency(self) -> Array:
        """Float ``[pairs]``: the highest is asked first."""
        return -np.arange(len(self.pairs), dtype=float)

    def next(self, n: int = 1) -> list[Question]:
        """The n most urgent edges, of which no two share a component: neither answer can settle the other."""
        open_ = (self.deduction.known_many(*self.pairs.T) == 0) & ~self._skipped
        order = np.flatnonzero(open_)
        order = order[np.argsort(-self.urgency()[order], kind="stable")]
        component, busy, found = self.deduction.codes, set[int](), list[Question]()
        for a, b in self.pairs[order]:
            if len(found) == n:
                break
            if not {int(component[a]), int(component[b])} & busy:
                busy |= {int(component[a]), int(component[b])}
                found.append(Question.pair(a, b, strategy=self.name))
        return found

    def notice(self, a: int, b: int, value: str) -> None:
        """What was unsure, or contradicts itself, is not asked again."""
        del value
        self._skipped |= (self.pairs == sorted((a, b))).all(1)


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
        self._features, self._belief = features, pair_features(space, np.concatenate(reference_pairs(space)))
        self._said: dict[int, float] = {}
        self._fitted, self._alike = -1, np.full(len(self.pairs), 0.5)

    def urgency(self) -> Array:
        """Minus the distance of P(alike) from one half; refitted after every ten answers."""
        if len(self._said) // REFIT != self._fitted:
            self._fitted = len(self._said) // REFIT
            at = np.array(list(self._said), int)
            said = np.array(list(self._said.values()))
            calibration = Calibration.of(self._features[at], said, belief=self._belief, method="logistic")
            self._alike = calibration.probability(self._features)
        return -np.abs(self._alike - 0.5)

    def notice(self, a: int, b: int, value: str) -> None:
        """Keep answers to edges for the calibration."""
        super().notice(a, b, value)
        hit = np.flatnonzero((self.pairs == sorted((a, b))).all(1))
        if len(hit) and value != "unsure":
            self._said[int(hit[0])] = float(value == "alike")
