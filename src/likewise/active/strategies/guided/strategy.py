"""The strategy of likewise: ask what is expected to move most samples to where they belong.

It starts from a prior space and needs neither the number of classes nor a seed for each. Every question is between two
parts of what is known (a node that nobody asked about is the smallest part), and counts by how many samples its answer
is expected to move: whole groups come before single samples, and a settled question never comes. An answer changes
log-odds, by as much as answers can be trusted: a surprising one is asked again of *other* samples of the same parts,
because whoever errs on a pair may err on it again; parts are joined when the odds allow it, and a node that no longer
fits leaves its part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np

from likewise.active.abilities import Abilities
from likewise.active.strategies.guided.affinity_graph import NODES, Affinities
from likewise.active.strategies.guided.cluster_model import PROXY, Knowledge
from likewise.active.strategies.guided.group_posterior import chances, groups_of, quality
from likewise.active.strategies.guided.propagation import NEW
from likewise.answers import Answer, Question, Rates
from likewise.arrays import Array, FloatArray, IntArray
from likewise.space import Space

REACH = 10
"""Steps of the walk that says how far an answer reaches."""
NOTHING = 1e-3
"""Questions that are expected to move fewer samples are not asked."""
UNSEEN = 0.1
"""What nobody was asked about is never surer than this to be where the prior has it."""
TRUST = Rates(0.05, 0.05, 0.1)


class Guided:
    """Expected-gain questions over super-instances with calibrated beliefs, tolerant of wrong answers.

    Args:
        space: the prior space.
        tiles: samples on a screen beside the anchor; 0 asks about pairs.
        seed: for the grouping of large spaces.
        k: neighbours that a sample's affinities reach; fewer than a class has samples.
        nodes: at most so many to begin with; samples beyond them are grouped.
        rates: how often answers are expected to be wrong, before they have been checked.
    """

    name = "ours"

    def __init__(
        self, space: Space, *, tiles: int = 0, seed: int = 0, k: int = 7, nodes: int = NODES, rates: Rates = TRUST
    ) -> None:
        self.tiles = tiles
        self.knowledge = Knowledge(Affinities(space, k=k, nodes=nodes, seed=seed), rates)
        self._score, self._gain = np.zeros(0), np.zeros((0, 0))
        self._taken: set[tuple[int, int]] = set()

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers; the next questions depend on them."""
        self.knowledge.tell(answers)

    def next(self, n: int = 1) -> list[Question]:
        """The n questions that are expected to move most samples; fewer, or none, when nothing is worth asking."""
        return self.screens(n, self.tiles)

    def screens(self, n: int, tiles: int) -> list[Question]:
        """The same with at most so many tiles beside each anchor; 0 asks about pairs."""
        self._score, self._gain = self._scores()
        self._taken = set(self.knowledge.asked)
        found: list[Question] = []
        for _ in range(n):
            question = self._grid(tiles) if tiles else self._pair()
            if question is None:
                break
            self._taken |= {ends for pair in question.pairs for ends in (pair, pair[::-1])}
            found.append(question)
        return found

    def _scores(self) -> tuple[Array, Array]:
        """How many samples each node's question and each pair of parts is expected to move."""
        beliefs, loans = self.knowledge.beliefs, self.knowledge.loans
        weight, ties = self.knowledge.affinities.weight, beliefs.ties
        alike = np.where(loans.part < 0, self.knowledge.foretold.calibrated(beliefs.alike), beliefs.alike)
        alike = np.minimum(alike, np.where(loans.part < 0, 1 - UNSEEN, 1))
        unsure = weight * (1 - alike)
        around = unsure / (beliefs.lent + NEW)
        score = alike * (1 - alike) * (unsure + loans.spread(around, REACH) - around)
        doubtful = np.bincount(self.knowledge.affinities.node, self.knowledge.doubtful, len(score))
        score *= 0.5**doubtful
        stake = np.minimum(ties.mass[:, None], ties.mass)
        moved = np.where(ties.group[:, None] == ties.group, 1 - ties.joined, ties.joined)
        linked = (ties.favour != 0) | (ties.group[:, None] != ties.group)
        return score, np.triu(stake * moved * linked, 1)

    def _pair(self) -> Question | None:
        for _ in range(100):
            node, pair = int(self._score.argmax()), np.unravel_index(self._gain.argmax(), self._gain.shape)
            if max(self._score[node], self._gain[pair]) < NOTHING:
                return None
            if self._gain[pair] > self._score[node]:
                self._gain[pair] = 0
                one, other = (self._nodes(int(part)) for part in pair)
                if self._unasked(one, other) is None:
                    one, other = (np.append(self._nodes(int(part)), self._proxies(int(part))) for part in pair)
            else:
                one, other = np.array([node]), self._nodes(self._top(node))
                self._calm(node)
            question = self._unasked(one, other)
            if question is not None:
                return Question.pair(*question, strategy=self.name)
        return None

    def _calm(self, node: int) -> None:
        """A question about a node makes questions about its neighbours less urgent for this round."""
        one = np.zeros(len(self._score), np.float32)
        one[node] = 1
        self._score = self._score * (NEW / (NEW + self.knowledge.loans.spread(one, REACH)))
        self._score[node] = 0

    def _top(self, node: int) -> int:
        """The largest part of the likeliest group of a node."""
        ties = self.knowledge.beliefs.ties
        return int(np.where(ties.group == self.knowledge.beliefs.best[node], ties.size, 0).argmax())

    def _nodes(self, part: int) -> Array:
        """The nodes of a part that surely belong to it; all of them where none does."""
        ties = self.knowledge.beliefs.ties
        inside = ties.part == part
        sure = inside & (ties.own() > 0.8)
        return np.asarray(ties.rows[sure if sure.any() else inside])

    def _proxies(self, part: int) -> Array:
        """The nodes that nobody asked about which most surely belong to a part."""
        beliefs, lent = self.knowledge.beliefs, self.knowledge.loans.lent[part]
        mine = (self.knowledge.loans.part < 0) & (beliefs.best == beliefs.ties.group[part])
        fit = mine & (beliefs.alike > PROXY)
        order = np.argsort(-np.where(fit, lent, -1), kind="stable")[:3]
        return np.asarray(order[fit[order]])

    def _unasked(self, one: Array, other: Array) -> tuple[int, int] | None:
        """The nearest two samples of two sets of nodes of which nobody was asked."""
        centers = self.knowledge.affinities.centers
        gaps = ((centers[one][:, None] - centers[other][None]) ** 2).sum(2)
        for at in np.argsort(gaps, axis=None):
            a, b = one[at // len(other)], other[at % len(other)]
            if a == b:
                continue
            for i in self._samples(int(a)):
                for j in self._samples(int(b)):
                    if (i, j) not in self._taken:
                        return i, j
        return None

    def _samples(self, node: int) -> Iterator[int]:
        """The samples of a node, those asked least first, then the most central."""
        members = self.knowledge.affinities.members(node)
        return iter(members[np.argsort(self.knowledge.turns[members], kind="stable")].tolist())

    def _grid(self, tiles: int) -> Question | None:
        """The part with most to gain from one screen, beside what is expected to be alike it."""
        beliefs = self.knowledge.beliefs
        joins = self._gain + self._gain.T
        ties = beliefs.ties
        groups = range(int(ties.group.max()) + 1)
        largest = np.array([np.where(ties.group == group, ties.size, 0).argmax() for group in groups])
        likely = self._score * beliefs.alike
        home = largest[beliefs.best]
        order = np.lexsort((-likely, home))
        rank = np.arange(len(order)) - np.searchsorted(home[order], home[order])
        gains = np.bincount(home[order], np.where(rank < tiles, likely[order], 0), len(joins)) + joins.max(1)
        for part in np.argsort(-gains)[:20]:
            question = self._screen(int(part), joins[part], home == part, tiles)
            if question is not None:
                return question
        return None

    def _screen(self, part: int, joins: Array, mine: Array, most: int) -> Question | None:
        sure = np.where(mine, self.knowledge.beliefs.alike, 0)
        score = self._score * sure
        anchors = self._nodes(part)
        node = anchors[self._turns_of(anchors).argmin()]
        anchor = next(self._samples(int(node)))
        tiles: list[int] = []
        while len(tiles) < most and max(score.max(), joins.max()) > NOTHING:
            if joins.max() > score.max():
                other = int(joins.argmax())
                joins[other] = self._gain[min(part, other), max(part, other)] = 0
                chosen = int(self._nodes(other)[0])
            else:
                chosen = int(score.argmax())
                self._calm(chosen)
                score = np.where(score > 0, self._score * sure, 0)
            fresh = (i for i in self._samples(chosen) if i != anchor and (anchor, i) not in self._taken)
            tile = next(fresh, None)
            if tile is not None and tile not in tiles:
                tiles.append(tile)
        return Question.grid(anchor, tiles, strategy=self.name) if tiles else None

    def _turns_of(self, nodes: Array) -> Array:
        """How often the most central sample of each node was shown."""
        return np.array([self.knowledge.turns[next(self._samples(int(node)))] for node in nodes])

    def groups(self) -> IntArray:
        """int32 ``[n]``: the group of each sample as far as can be told now, those never asked about included."""
        return groups_of(self.knowledge)

    def chances(self, groups: IntArray) -> FloatArray:
        """float32 ``[n]``: P(it belongs to its group) of each sample, calibrated by the answers."""
        return chances(self.knowledge, groups)

    def quality(self, groups: IntArray) -> tuple[float, float]:
        """The purity and the coverage of pairs within its groups, as it expects them."""
        return quality(self.knowledge, groups)

    def copy(self) -> Guided:
        """An independent one in the same state."""
        return deepcopy(self)

    @property
    def abilities(self) -> Abilities:
        """All that there is."""
        return Abilities(self.chances, self.quality, self.screens, self.copy)
