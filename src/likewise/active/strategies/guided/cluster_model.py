"""The model of the clusters: which components answers join, which nodes leave theirs, and where new ones begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from likewise.active.strategies.guided.affinity_graph import AffinityGraph
from likewise.active.strategies.guided.platt_calibration import PlattCalibration
from likewise.active.strategies.guided.posterior import ClusterState, cluster_state_of, posterior_of
from likewise.active.strategies.guided.propagation import ALPHA, LabelPropagation
from likewise.active.strategies.guided.regression import Features, regress
from likewise.answers import UNSURE, Answer, Judgements, Rates, estimate_errors
from likewise.arrays import Array

MIN_JOIN = 0.6
"""P(alike) that two components need at least to become one."""
MAX_WRONG = 1.0
"""At most so many samples may be expected to be moved wrongly when two components become one ..."""
MAX_WRONG_SINGLE = 3.0
"""... and so many when one of them is a single node, which can leave again."""
ALWAYS_JOIN, ALWAYS_JOIN_SINGLE = 0.999, 0.98
"""P(alike) that always suffice, for two components of several nodes and for a single node."""
PROXY = 0.9
"""P(it belongs to a component) at which an unqueried node may represent it."""
LEAVE = 0.3
"""P(it belongs here) below which a node leaves its component."""
PRIOR_STRENGTH = 200.0
"""How many checked judgements the prior error rates are worth: few hardly tell one kind of error from another."""
REESTIMATE_EVERY = 50
"""After so many judgements each, the annotators' error rates are estimated again."""
SELECT_RATE_AFTER = 20
"""After so many judgements they choose the stop rate of propagation, and again with every tenth more."""

INITIAL_COMPONENTS = 32
"""At most so many components begin at a time, also before the first answer: of few groups they must be joined."""
MAX_NEW = 2.0
"""At most so many begin with each answer."""


class ClusterModel:
    """Answers, and the components and posterior that follow from them.

    Args:
        affinities: the nodes.
        rates: how often answers are expected to be wrong, before they have been checked.

    Attributes:
        posterior: of every node, given all answers so far.
        calibration: of the posterior of nodes in no component, by what was answered about them.
        judged: every judgement so far.
        asked: the pairs of samples that were judged, in either order.
        shown: int ``[n]``, how often each sample was shown.
        unsure: int ``[n]``, how often nobody could tell.
    """

    def __init__(self, affinities: AffinityGraph, rates: Rates) -> None:
        self.affinities, self._rates = affinities, rates
        self.propagation = LabelPropagation(affinities)
        self.calibration = PlattCalibration()
        self._features: Features | None = None
        self.judged = Judgements.of([])
        self.asked: set[tuple[int, int]] = set()
        self.shown = np.zeros(len(affinities.node), int)
        self.unsure = np.zeros(len(affinities.node), int)
        self._log_ratios, self._expected_new = np.zeros(0), 0.0
        self._estimated_at, self._next_selection = 0, SELECT_RATE_AFTER
        self.propagation.discover(int(self.propagation.propagate(affinities.weight).argmax()))
        self._discover_initial()
        self._recluster()

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers; the next questions depend on them."""
        if not answers:
            return
        self.judged = self.judged.followed_by(Judgements.of(answers))
        if len(self.judged) >= self._estimated_at + REESTIMATE_EVERY or not self._estimated_at:
            self._estimated_at = len(self.judged)
            self._errors = estimate_errors(self.judged, prior=self._rates, strength=PRIOR_STRENGTH)
        self._log_ratios = self._errors.log_odds(self.judged)
        self._update_calibration(answers)
        for answer in answers:
            for a, b, value in answer.judgements:
                self.shown[[a, b]] += 1
                self.asked |= {(a, b), (b, a)}
                if value == "unsure":
                    self.unsure[[a, b]] += 1
                for sample in (a, b):
                    self._begin(sample, value == "alike")
        if len(self.judged) >= self._next_selection:
            self._next_selection = max(self._next_selection + 10, round(1.1 * len(self.judged)))
            one, other, said = self._judged_nodes()
            self.propagation.select_rate(one[said], other[said], self.judged.value[said] > 0)
            self._recluster()
            self._fit_regression()
        self._discover(len(answers))
        self._recluster()

    def _update_calibration(self, answers: Sequence[Answer]) -> None:
        """Compare the posterior of nodes in no component with what is answered now."""
        posterior, component, group = self.posterior, self.propagation.component, self.posterior.clusters.group
        judged = [pair for answer in answers for pair in answer.judgements]
        for (a, b, _), log_ratio in zip(judged, self._log_ratios[-len(judged) :].tolist(), strict=True):
            for one, other in ((a, b), (b, a)):
                node, home = int(self.affinities.node[one]), int(component[self.affinities.node[other]])
                if component[node] < 0 <= home and group[home] == posterior.best[node]:
                    self.calibration.update(float(posterior.p_best[node]), log_ratio)

    def _fit_regression(self) -> None:
        """Fit the linear model anew, on the nodes of groups of which at least two are known."""
        clusters = self.posterior.clusters
        group, own = clusters.group[clusters.component], clusters.p_own()
        used = own > 0.5
        size = np.bincount(group[used], minlength=int(clusters.group.max()) + 1)
        used &= size[group] > 1
        found, of_node = np.unique(group[used], return_inverse=True)
        self.propagation.regression = None
        if len(found) < 2:
            return
        rows = clusters.rows[used]
        mass = np.zeros((len(size), len(rows)), np.float32)
        np.add.at(mass, clusters.group, self.propagation.mass_without_self(rows))
        offset = np.log(mass[found].T + ALPHA / len(found))
        self._features = self._features or Features(self.affinities.centers)
        self.propagation.regression = regress(self._features, self.affinities.centers, rows, of_node, own[used], offset)

    def _begin(self, sample: int, alike: bool) -> None:
        """A queried sample is a node of its own from now on.

        Answered to be alike another one, it begins a component; surely belonging to a component, it joins that.
        """
        propagation, posterior, was = self.propagation, self.posterior, int(self.affinities.node[sample])
        node = propagation.single_out(sample)
        if propagation.component[node] >= 0:
            return
        if was < len(posterior.p_best) and posterior.p_best[was] > PROXY:
            group = posterior.clusters.group
            known = propagation.mass_at(node)[: len(group)]
            propagation.begin(node, int(np.where(group == posterior.best[was], known, -1).argmax()))
        elif alike:
            propagation.begin(node)

    def _judged_nodes(self) -> tuple[Array, Array, Array]:
        """The nodes of each judgement, and whether it is not unsure."""
        return self.affinities.node[self.judged.a], self.affinities.node[self.judged.b], self.judged.value != UNSURE

    def _evidence(self) -> Any:
        from scipy.sparse import coo_matrix

        a, b, said = self._judged_nodes()
        one = coo_matrix((self._log_ratios[said], (a[said], b[said])), shape=(self.affinities.m,) * 2).tocsr()
        return one + one.T

    def _recluster(self) -> None:
        """Detach nodes that are improbable in their component and join components, until nothing changes."""
        evidence, left = self._evidence(), np.zeros(self.affinities.m, bool)
        while True:
            clusters = cluster_state_of(self.propagation, evidence)
            several = clusters.size[clusters.component] > 1
            misfits = clusters.rows[several & (clusters.p_own() < LEAVE) & ~left[clusters.rows]]
            left[misfits] = True
            for node in misfits.tolist():
                if (self.propagation.component == self.propagation.component[node]).sum() > 1:  # not the last one
                    self.propagation.detach(node)
            pairs = [] if len(misfits) else _disjoint_joins(clusters)
            if not pairs and not len(misfits):
                break
            for kept, gone in sorted(pairs, key=lambda pair: -pair[1]):  # the last component is renumbered
                self.propagation.join(kept, gone)
        self.posterior = posterior_of(self.propagation, evidence, clusters)

    def _discover_initial(self) -> None:
        """Components begin until the mass of one of them is at least alpha at every node."""
        total, most = self.propagation.mass.sum(0), self.propagation.mass.max(0)
        while (most < ALPHA).any() and self.propagation.count < INITIAL_COMPONENTS:
            new = ALPHA / (total + ALPHA)
            around = self.propagation.propagate(self.affinities.weight * new)
            self.propagation.discover(int(np.where(most < ALPHA, new * around, -1).argmax()))
            total, most = total + self.propagation.mass[-1], np.maximum(most, self.propagation.mass[-1])

    def _discover(self, answers: int) -> None:
        """Where a new group is likelier than every known one, the densest such nodes begin components.

        With each answer as many as the odds that such a component is a group of its own: many groups are discovered
        early, and where groups are few, outliers rather belong to known ones.
        """
        self._expected_new += answers * self._novelty_odds()
        limit, self._expected_new = min(int(self._expected_new), INITIAL_COMPONENTS), self._expected_new % 1
        new, m = self.posterior.p_new, len(self.posterior.p_new)
        novel = (new > self.posterior.p_best) & (self.propagation.component[:m] < 0)
        if not novel.any():
            return
        around = self.propagation.propagate(np.pad(self.affinities.weight[:m] * new, (0, self.affinities.m - m)))[:m]
        for _ in range(limit):
            if not novel.any():
                break
            self.propagation.discover(int(np.where(novel, new * around, -1).argmax()))
            novel &= self.propagation.mass_of_last()[:m] < ALPHA

    def _novelty_odds(self) -> float:
        """The odds that a component which begins unqueried is a group of its own.

        The Good-Turing estimate (Good 1953) from those that were queried since: groups discovered once, of all
        discoveries.
        """
        clusters = self.posterior.clusters
        queried = np.bincount(self.affinities.node, self.shown, self.affinities.m) > 0
        found = clusters.component[self.propagation.discovered[clusters.rows] & queried[clusters.rows]]
        once = (np.bincount(clusters.group[found]) == 1).sum()
        share = (once + 1) / (len(found) + 2)
        return float(min(share / (1 - share), MAX_NEW))


def _disjoint_joins(clusters: ClusterState) -> list[tuple[int, int]]:
    """Pairs of components to join now, the likeliest first and no component twice; only what an answer speaks for."""
    isolated = clusters.size == 1
    smaller = np.maximum(np.minimum(clusters.expected_size[:, None], clusters.expected_size), 1e-12)
    several = np.clip(1 - MAX_WRONG / smaller, MIN_JOIN, ALWAYS_JOIN)
    single = np.clip(1 - MAX_WRONG_SINGLE / smaller, MIN_JOIN, ALWAYS_JOIN_SINGLE)
    need = np.where(isolated[:, None] == isolated, several, single)
    ready = np.triu((clusters.log_odds > 0) & (clusters.p_same > need), 1)
    one, other = np.nonzero(ready)
    order = np.argsort(-clusters.p_same[one, other])
    used: set[int] = set()
    pairs = []
    for kept, gone in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if not {kept, gone} & used:
            used |= {kept, gone}
            pairs.append((kept, gone))
    return pairs
