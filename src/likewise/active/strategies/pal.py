"""PAL's active rule as its authors released it (arXiv 2303.15256; the notebook ``active``)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from likewise.active.strategies.deduction_strategy import DeductionStrategy
from likewise.answers import Question
from likewise.arrays import Array, IntArray, as_ids
from likewise.closed_form import Rkhs, exponential, pal_optimum
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator
from likewise.space import Space

ROUND = 10
DIM = 5
LARGEST = 3000


class Pal(DeductionStrategy):
    """Ask whether samples belong to the class that was asked about least, those predicted to be of it first.

    It knows the classes: one sample of each is given. A round is ten questions about one class, drawn from the samples
    that are not identified and were not asked about it, of these the predicted members if there are more than ten; the
    prediction is a linear probe on ``pal_optimum``. A yes identifies a sample; everything among identified samples is
    filled in.

    Args:
        space: the prior space; at most 3,000 samples, for each round solves an eigenproblem.
        seeds: the id of one sample of each class.
        seed: of the draws.
        replacement: draw the ten with replacement, as the code does (a question may come twice and counts twice).
        predicted: whether predicted members come first; else any ten of the pool, as in the paper's comparison of
            contrastive with non-contrastive information.
        sigma: width of the exponential kernel; the toy experiments take 0.2. Default: the median distance to the
            second neighbour.
        ridge: the price of a norm.

    Raises:
        LikewiseError: fewer than two seeds, one that does not exist, too many samples.
    """

    name = "pal"

    def __init__(
        self,
        space: Space,
        *,
        seeds: Sequence[int],
        seed: int = 0,
        replacement: bool = True,
        predicted: bool = True,
        sigma: float | None = None,
        ridge: float = 1e-3,
    ) -> None:
        super().__init__(space.n, seed)
        if space.n > LARGEST:
            raise LikewiseError(
                f"PAL's rule solves an eigenproblem each round: at most {LARGEST} samples, got {space.n}."
            )
        self.seeds = as_ids(list(seeds), space.n, "seeds")
        if len(set(self.seeds.tolist())) < max(2, len(self.seeds)):
            raise LikewiseError("PAL's rule needs one sample of each class, and at least two classes: give their ids.")
        self.replacement, self.predicted = replacement, predicted
        x = (space.normalized if space.metric == "cosine" else space.array).astype(np.float64)
        self._within = Rkhs(x, exponential(sigma or _scale(x)), ridge)
        self._dim = min(DIM, len(self._within.spectrum[0]))
        self._known = np.full(space.n, -1)
        self._known[self.seeds] = np.arange(len(self.seeds))
        self._queried = np.zeros((space.n, len(self.seeds)), bool)
        self._queried[self.seeds] = True
        self._round: list[Question] = []
        self._rounds = 0

    def next(self, n: int = 1) -> list[Question]:
        """At most n questions of the round at hand; a new round begins when it is over."""
        if not self._round:
            self._round = self._begin()
        self._round, asked = self._round[n:], self._round[:n]
        return asked

    def _begin(self) -> list[Question]:
        random = numpy_generator(self.seed, "pal", self._rounds)
        self._rounds += 1
        open_ = (self._known < 0)[:, None] & ~self._queried
        if not open_.any():
            return []
        counts = np.where(open_.any(0), self._queried.sum(0), self.n + 1)
        wanted = int(counts.argmin())
        pool = np.flatnonzero(open_[:, wanted])
        if self.predicted:
            members = pool[self.predict()[pool] == wanted]
            pool = members if len(members) > ROUND else pool
        chosen = random.choice(pool, ROUND, replace=self.replacement) if len(pool) >= ROUND else pool
        return [Question.pair(int(self.seeds[wanted]), i, strategy=self.name) for i in chosen.tolist()]

    @property
    def identified(self) -> Array:
        """The ids of the samples whose class is known, seeds included."""
        return np.flatnonzero(self._known >= 0)

    def signs(self) -> Array:
        """T ``[n, n]``: 1 known to be alike, -1 known to be different, 0 unknown, 1 on the diagonal."""
        known = self._known >= 0
        one_hot = np.zeros((self.n, len(self.seeds)))
        one_hot[known, self._known[known]] = 1
        signs = 2 * (one_hot @ one_hot.T) - np.outer(known, known)
        denied = self._queried & ~known[:, None]
        against = denied.astype(float) @ one_hot.T
        return np.asarray(np.where(np.eye(self.n, dtype=bool), 1.0, signs - against - against.T))

    def predict(self) -> IntArray:
        """int32 ``[n]``: the class of each sample by least squares on the identified ones."""
        embedding = pal_optimum(self.signs(), self._dim, within=self._within).embedding
        known = self._known >= 0
        target = np.eye(len(self.seeds))[self._known[known]]
        weights = np.linalg.lstsq(embedding[known], target, rcond=None)[0]
        return np.asarray((embedding @ weights).argmax(1), np.int32)

    def observe(self, a: int, b: int, value: str) -> None:
        """A yes identifies, a no excludes one class; other pairs teach it nothing."""
        for seed, other in ((a, b), (b, a)):
            wanted = np.flatnonzero(self.seeds == seed)
            if len(wanted) and self._known[other] < 0:
                self._queried[other, wanted[0]] = True
                if value == "alike":
                    self._known[other] = wanted[0]
                    self._queried[other] = True

    def groups(self) -> IntArray:
        """int32 ``[n]``: identified samples by class, all others predicted."""
        return np.where(self._known >= 0, self._known, self.predict()).astype(np.int32)


def _scale(x: Array) -> float:
    from scipy.spatial import cKDTree

    distance = cKDTree(x).query(x, k=min(3, len(x)))[0][:, -1]
    return float(np.median(distance[distance > 0])) if (distance > 0).any() else 1.0
