"""The posterior of every node: to which group it belongs, or to none that is known.

The prior is that of a Chinese restaurant process, in which the propagated mass at a node stands for the customers at
each
table: ``mass / (total mass + alpha)``. Where the total is small, part of the remainder goes to near components by
    inverse
distance, the less the more often a new group was discovered. Answers add their log-odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.active.strategies.guided.correlation_clustering import PRIOR_MIN, agglomerate
from likewise.active.strategies.guided.propagation import ALPHA, LabelPropagation
from likewise.arrays import Array, FloatArray

MAX_LOG_ODDS = 20.0
"""Answers never weigh more than this."""
NOVELTY_FLOOR = 0.05
"""Above this prior probability of "none", part of it goes to components by distance."""


@dataclass(frozen=True, eq=False)
class ClusterState:
    """Which components are probably one, and the posterior of their nodes.

    A **group** is a set of components that are more probably one than not, though not yet surely enough to join them
    for good.

    Attributes:
        rows: int ``[a]``, the nodes that are in a component.
        component: int ``[a]``, their components.
        size: int ``[K]``, the nodes in each component.
        group: int ``[K]``, of each component.
        expected_size: float ``[K]``, the expected number of samples of each component.
        p_same: float ``[K, K]``, P(two components are one).
        log_odds: float ``[K, K]``, what answers alone give to two components being one.
        probabilities: float32 ``[a, G + 1]``, the posterior of these nodes; the last column is "none of these".
    """

    rows: Array
    component: Array
    size: Array
    group: Array
    expected_size: Array
    p_same: Array
    log_odds: Array
    probabilities: FloatArray

    def p_own(self) -> Array:
        """P(it belongs to its component) of each node in a component ``[a]``."""
        group = self.group[self.component]
        isolated = np.bincount(group)[group] == 1
        last = self.probabilities.shape[1] - 1
        own: Array = self.probabilities[np.arange(len(group)), np.where(isolated, last, group)]
        return own


@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior of every node.

    Attributes:
        clusters: the components that groups are made of.
        mass: float32 ``[m]``, the total propagated mass at each node.
        best: int ``[m]``, the likeliest group of each node.
        p_best: float32 ``[m]``, its probability.
        p_new: float32 ``[m]``, P(it belongs to none of the groups).
    """

    clusters: ClusterState
    mass: FloatArray
    best: Array
    p_best: FloatArray
    p_new: FloatArray


def cluster_state_of(propagation: LabelPropagation, evidence: Any) -> ClusterState:
    """The state that follows from propagated mass and from log-odds between nodes, scipy ``[m, m]``, symmetric."""
    rows = np.flatnonzero(propagation.component >= 0)
    component = propagation.component[rows]
    size = np.bincount(component, minlength=propagation.count)
    member = _member(component, propagation.count)
    each = (evidence[rows][:, rows] @ member).toarray()
    log_odds = member.T @ each
    prior = _prior(propagation, rows)
    group, p_same = agglomerate(member.T @ _prior_of_others(prior, each, component, size), size, log_odds)
    mass = propagation.mass
    expected_size = mass @ (propagation.affinities.weight / (mass.sum(0) + ALPHA))
    probabilities = _normalise(_summed(prior, group), _summed(each, group))
    return ClusterState(rows, component, size, group, expected_size, p_same, log_odds, probabilities)


def posterior_of(propagation: LabelPropagation, evidence: Any, clusters: ClusterState) -> Posterior:
    """The posterior of every node, given the state of the clusters."""
    by_component = propagation.mass
    mass = by_component.sum(0)
    count = int(clusters.group.max(initial=-1)) + 1
    top, best = np.zeros(len(mass), np.float32), np.zeros(len(mass), int)
    for group, row in _by_group(by_component, clusters.group):
        best[row > top] = group
        np.maximum(top, row, out=top)
    denied = np.flatnonzero((np.diff(evidence.indptr) > 0) & (propagation.component < 0))
    each = (evidence[denied][:, clusters.rows] @ _member(clusters.group[clusters.component], count)).toarray()
    probabilities = _normalise(_summed(propagation.shares(denied).T, clusters.group), each)
    known = np.vstack([clusters.probabilities, probabilities])
    where = np.concatenate([clusters.rows, denied])
    p_best, p_new = top / (mass + ALPHA), ALPHA / (mass + ALPHA)
    best[where], p_best[where], p_new[where] = known[:, :-1].argmax(1), known[:, :-1].max(1), known[:, -1]
    return Posterior(clusters, mass, best, p_best, p_new)


def _prior(propagation: LabelPropagation, rows: Array) -> FloatArray:
    """``[a, K + 1]``: the probabilities of nodes in components before any answer about themselves."""
    prior = np.ascontiguousarray(propagation.shares(rows).T)
    little = np.flatnonzero(prior[:, -1] > NOVELTY_FLOOR)
    near = np.sqrt(propagation.squared_distance[:, rows[little]].T)
    near[np.arange(len(little)), propagation.component[rows[little]]] = np.inf
    closeness = 1 / (near + 1e-6)
    closeness = (closeness / np.maximum(closeness.max(1, keepdims=True), 1e-12)) ** 8
    closeness /= np.maximum(closeness.sum(1, keepdims=True), 1e-12)
    novelty = (propagation.count + 1) / (len(rows) + 2)  # the longer nothing new is discovered, the rarer it is
    far = (1 - min(novelty, 0.9)) * prior[little, -1:] * closeness
    prior[little, :-1] += far
    prior[little, -1] -= far.sum(1)
    return prior


def _prior_of_others(prior: FloatArray, each: Array, component: Array, size: Array) -> FloatArray:
    """``[a, K]``: the prior of nodes in components to belong to other components, answers between the two left out.

    A node that is its whole component cannot belong to two groups: answers that speak for one that is known speak
    against the others, and answers against any speak for the rest.
    """
    others = prior[:, :-1].copy()
    others[np.arange(len(component)), component] = 0
    single = np.flatnonzero(size[component] == 1)
    answered = np.where(size > 1, each[single], np.minimum(each[single], 0))
    mine = others[single]
    weighed = mine * np.exp(np.minimum(answered, MAX_LOG_ODDS))
    rest = prior[single, -1:] + weighed.sum(1, keepdims=True) - weighed
    others[single] = mine / np.maximum(mine + rest, PRIOR_MIN)
    return others


def _by_group(mass: FloatArray, group: Array) -> Iterator[tuple[int, FloatArray]]:
    """The mass of each group at all nodes ``[m]``."""
    order = np.argsort(group, kind="stable")
    for components in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        yield int(group[components[0]]), mass[components[0]] if len(components) == 1 else mass[components].sum(0)


def _member(of: Array, count: int) -> Any:
    """Which row belongs where, sparse ``[rows, count]``."""
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(of), np.float32), of, np.arange(len(of) + 1)), shape=(len(of), count))


def _normalise(prior: FloatArray, each: Array) -> FloatArray:
    """The posterior, rows with a last column for "none of these", of a prior and the log-odds of answers."""
    odds = np.log(np.maximum(prior, PRIOR_MIN))
    odds[:, :-1] += each
    odds -= odds.max(1, keepdims=True)
    table = np.exp(odds)
    return np.asarray(table / table.sum(1, keepdims=True), np.float32)


def _summed(columns: Array, group: Array) -> Array:
    """Columns of one group added up: ``[r, K] -> [r, G]``; columns beyond K stay."""
    beyond = columns.shape[1] - len(group)
    to = np.append(group, group.max(initial=-1) + 1 + np.arange(beyond))
    return np.asarray(columns @ _member(to, int(to.max(initial=-1)) + 1))
