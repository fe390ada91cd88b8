"""Expected-gain queries: ask what is expected to change the group of most samples.

It starts from a prior space and needs neither the number of classes nor a seed for each. Every question is between two
components (a node in none is the smallest one), and is scored by the number of samples whose group its answer is
expected to change: merges of large components come before single samples, and a settled question never comes. Answers
add log-odds, as much as the annotator's error rates allow; a surprising answer is verified by *other* samples of the
same components, because errors on a pair may persist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

import numpy as np

from likewise.active.abilities import Abilities
from likewise.active.strategies.guided.affinity_graph import NODES, AffinityGraph
from likewise.active.strategies.guided.cluster_model import PROXY, ClusterModel
from likewise.active.strategies.guided.group_posterior import expected_groups, membership, quality
from likewise.active.strategies.guided.propagation import ALPHA
from likewise.answers import Answer, Question, Rates
from likewise.arrays import Array, FloatArray, IntArray
from likewise.space import Space

HORIZON = 10
"""Steps of the walk that says which nodes an answer about one informs."""
MIN_GAIN = 1e-3
"""Questions that are expected to change fewer samples are not asked."""
FREE_DOUBT = 0.1
"""No node outside of components is surer than 1 - this of its group: wrong answers are found again."""
PRIOR_RATES = Rates(0.05, 0.05, 0.1)
"""The error rates that annotators are expected to have."""


class Guided:
    """Expected-gain queries on a calibrated posterior over clusters, tolerant of wrong answers.

    Args:
        space: the prior space.
        tiles: samples on a screen beside the anchor; 0 asks about pairs.
        seed: of the k-means of large spaces.
        k: neighbours that a sample's affinities reach; fewer than a class has samples.
        nodes: at most so many to begin with; more samples are grouped by k-means.
        rates: the prior error rates of annotators.
    """

    name = "ours"

    def __init__(
        self, space: Space, *, tiles: int = 0, seed: int = 0, k: int = 7, nodes: int = NODES, rates: Rates = PRIOR_RATES
    ) -> None:
        self.tiles = tiles
        self.model = ClusterModel(AffinityGraph(space, k=k, nodes=nodes, seed=seed), rates)
        self._score, self._gain = np.zeros(0), np.zeros((0, 0))
        self._taken: set[tuple[int, int]] = set()

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers; the next questions depend on them."""
        self.model.tell(answers)

    def next(self, n: int = 1) -> list[Question]:
        """The n questions of the highest expected gain; fewer, or none, when nothing is worth asking."""
        return self.screens(n, self.tiles)

    def screens(self, n: int, tiles: int) -> list[Question]:
        """The same with at most so many tiles beside each anchor; 0 asks about pairs."""
        self._score, self._gain = self._scores()
        self._taken = set(self.model.asked)
        found: list[Question] = []
        for _ in range(n):
            question = self._grid(tiles) if tiles else self._pair()
            if question is None:
                break
            self._taken |= {ends for pair in question.pairs for ends in (pair, pair[::-1])}
            found.append(question)
        return found

    def _scores(self) -> tuple[Array, Array]:
        """The expected gain, in samples, of a question about each node and about each pair of components."""
        posterior, propagation = self.model.posterior, self.model.propagation
        weight, clusters = self.model.affinities.weight, posterior.clusters
        free = propagation.component < 0
        p = np.where(free, self.model.calibration.calibrated(posterior.p_best), posterior.p_best)
        p = np.minimum(p, np.where(free, 1 - FREE_DOUBT, 1))
        uncertain = weight * (1 - p)
        around = uncertain / (posterior.mass + ALPHA)
        score = p * (1 - p) * (uncertain + propagation.propagate(around, HORIZON) - around)
        score *= 0.5 ** np.bincount(self.model.affinities.node, self.model.unsure, len(score))
        smaller = np.minimum(clusters.expected_size[:, None], clusters.expected_size)
        surprise = np.where(clusters.group[:, None] == clusters.group, 1 - clusters.p_same, clusters.p_same)
        linked = (clusters.log_odds != 0) | (clusters.group[:, None] != clusters.group)
        return score, np.triu(smaller * surprise * linked, 1)

    def _pair(self) -> Question | None:
        for _ in range(100):
            node, pair = int(self._score.argmax()), np.unravel_index(self._gain.argmax(), self._gain.shape)
            if max(self._score[node], self._gain[pair]) < MIN_GAIN:
                return None
            if self._gain[pair] > self._score[node]:
                self._gain[pair] = 0
                one, other = (self._nodes(int(each)) for each in pair)
                if self._unqueried_pair(one, other) is None:
                    one, other = (np.append(self._nodes(int(each)), self._proxies(int(each))) for each in pair)
            else:
                one, other = np.array([node]), self._nodes(self._likeliest_component(node))
                self._discount(node)
            question = self._unqueried_pair(one, other)
            if question is not None:
                return Question.pair(*question, strategy=self.name)
        return None

    def _discount(self, node: int) -> None:
        """A question about a node lowers the score of its neighbours within a batch."""
        one = np.zeros(len(self._score), np.float32)
        one[node] = 1
        self._score = self._score * (ALPHA / (ALPHA + self.model.propagation.propagate(one, HORIZON)))
        self._score[node] = 0

    def _likeliest_component(self, node: int) -> int:
        """The largest component of the likeliest group of a node."""
        clusters = self.model.posterior.clusters
        return int(np.where(clusters.group == self.model.posterior.best[node], clusters.size, 0).argmax())

    def _nodes(self, component: int) -> Array:
        """The nodes of a component that surely belong to it; all of them where none does."""
        clusters = self.model.posterior.clusters
        inside = clusters.component == component
        sure = inside & (clusters.p_own() > 0.8)
        return np.asarray(clusters.rows[sure if sure.any() else inside])

    def _proxies(self, component: int) -> Array:
        """The nodes outside of components that most probably belong to one."""
        posterior, mass = self.model.posterior, self.model.propagation.mass[component]
        mine = (self.model.propagation.component < 0) & (posterior.best == posterior.clusters.group[component])
        fit = mine & (posterior.p_best > PROXY)
        order = np.argsort(-np.where(fit, mass, -1), kind="stable")[:3]
        return np.asarray(order[fit[order]])

    def _unqueried_pair(self, one: Array, other: Array) -> tuple[int, int] | None:
        """The nearest pair of samples, of two sets of nodes, that was not queried yet."""
        centers = self.model.affinities.centers
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
        """The samples of a node, those shown least first, then the most central."""
        members = self.model.affinities.members(node)
        return iter(members[np.argsort(self.model.shown[members], kind="stable")].tolist())

    def _grid(self, tiles: int) -> Question | None:
        """The component of the highest total gain as the anchor, beside samples that are expected to be alike it."""
        posterior = self.model.posterior
        joins = self._gain + self._gain.T
        clusters = posterior.clusters
        groups = range(int(clusters.group.max()) + 1)
        largest = np.array([np.where(clusters.group == group, clusters.size, 0).argmax() for group in groups])
        likely = self._score * posterior.p_best
        home = largest[posterior.best]
        order = np.lexsort((-likely, home))
        rank = np.arange(len(order)) - np.searchsorted(home[order], home[order])
        gains = np.bincount(home[order], np.where(rank < tiles, likely[order], 0), len(joins)) + joins.max(1)
        for component in np.argsort(-gains)[:20]:
            question = self._screen(int(component), joins[component], home == component, tiles)
            if question is not None:
                return question
        return None

    def _screen(self, component: int, joins: Array, mine: Array, most: int) -> Question | None:
        sure = np.where(mine, self.model.posterior.p_best, 0)
        score = self._score * sure
        anchors = self._nodes(component)
        node = anchors[self._shown(anchors).argmin()]
        anchor = next(self._samples(int(node)))
        tiles: list[int] = []
        while len(tiles) < most and max(score.max(), joins.max()) > MIN_GAIN:
            if joins.max() > score.max():
                other = int(joins.argmax())
                joins[other] = self._gain[min(component, other), max(component, other)] = 0
                chosen = int(self._nodes(other)[0])
            else:
                chosen = int(score.argmax())
                self._discount(chosen)
                score = np.where(score > 0, self._score * sure, 0)
            fresh = (i for i in self._samples(chosen) if i != anchor and (anchor, i) not in self._taken)
            tile = next(fresh, None)
            if tile is not None and tile not in tiles:
                tiles.append(tile)
        return Question.grid(anchor, tiles, strategy=self.name) if tiles else None

    def _shown(self, nodes: Array) -> Array:
        """How often the most central sample of each node was shown."""
        return np.array([self.model.shown[next(self._samples(int(node)))] for node in nodes])

    def groups(self) -> IntArray:
        """int32 ``[n]``: the likeliest group of each sample, unqueried ones included."""
        return expected_groups(self.model)

    def membership(self, groups: IntArray) -> FloatArray:
        """float32 ``[n]``: P(it belongs to its group) of each sample, calibrated by the answers."""
        return membership(self.model, groups)

    def quality(self, groups: IntArray) -> tuple[float, float]:
        """The purity and the coverage of pairs within its groups, as it expects them."""
        return quality(self.model, groups)

    def copy(self) -> Guided:
        """An independent one in the same state."""
        return deepcopy(self)

    @property
    def abilities(self) -> Abilities:
        """All of them."""
        return Abilities(self.membership, self.quality, self.screens, self.copy)
