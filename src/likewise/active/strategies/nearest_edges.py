"""The shortest edges of the neighbour graph first."""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.deduction_strategy import DeductionStrategy
from likewise.answers import Question
from likewise.arrays import Array
from likewise.search import nearest
from likewise.space import Space


class NearestEdges(DeductionStrategy):
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

    def observe(self, a: int, b: int, value: str) -> None:
        """What was unsure, or contradicts itself, is not asked again."""
        del value
        self._skipped |= (self.pairs == sorted((a, b))).all(1)
