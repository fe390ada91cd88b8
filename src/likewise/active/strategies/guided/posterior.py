"""What is believed of every node, given the answers: to which group it belongs, or that it is something new.

What a node has been lent by parts near it (see ``loans``) counts like neighbours at a table in a Chinese restaurant
process: ``loan / (all loans + new)``. Where little was lent, some of the rest goes to near parts by inverse distance,
the less the more often something new was met. Answers add their log-odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.active.strategies.guided.correlation_clustering import NEVER, agglomerate
from likewise.active.strategies.guided.propagation import NEW, Loans
from likewise.arrays import Array, FloatArray

SURELY = 20.0
"""No answers weigh more than these log-odds."""
FAR = 0.05
"""What is new by more than this may be part of something far."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Whether parts belong together, and what asked nodes believe.

    A **group** is some parts that are rather one than not, though not yet surely enough to join them for good.

    Attributes:
        rows: int ``[a]``, the nodes that are in a part.
        part: int ``[a]``, their parts.
        size: int ``[K]``, asked nodes in each part.
        group: int ``[K]``, of each part.
        mass: float ``[K]``, samples expected in each part.
        joined: float ``[K, K]``, P(two parts are one).
        favour: float ``[K, K]``, the log-odds that answers alone give to two parts being one.
        views: float32 ``[a, G + 1]``, what asked nodes believe: the last column is "none of these".
    """

    rows: Array
    part: Array
    size: Array
    group: Array
    mass: Array
    joined: Array
    favour: Array
    views: FloatArray

    def own(self) -> Array:
        """P(it belongs where it is) of each asked node ``[a]``."""
        group = self.group[self.part]
        alone = np.bincount(group)[group] == 1
        own: Array = self.views[np.arange(len(group)), np.where(alone, self.views.shape[1] - 1, group)]
        return own


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What is believed of every node.

    Attributes:
        ties: between the parts that groups are made of.
        lent: float32 ``[m]``, all that each node was lent.
        best: int ``[m]``, the likeliest group of each node.
        alike: float32 ``[m]``, its probability.
        new: float32 ``[m]``, P(it belongs to none of the groups).
    """

    ties: Ties
    lent: FloatArray
    best: Array
    alike: FloatArray
    new: FloatArray


def ties_of(loans: Loans, evidence: Any) -> Ties:
    """What follows for parts from loans and from log-odds between nodes, scipy ``[m, m]``, symmetric."""
    rows = np.flatnonzero(loans.part >= 0)
    part = loans.part[rows]
    size = np.bincount(part, minlength=loans.count)
    member = _member(part, loans.count)
    each = (evidence[rows][:, rows] @ member).toarray()
    favour = member.T @ each
    prior = _prior(loans, rows)
    group, joined = agglomerate(member.T @ _of_others(prior, each, part, size), size, favour)
    lent = loans.lent
    mass = lent @ (loans.affinities.weight / (lent.sum(0) + NEW))
    views = _posterior(_summed(prior, group), _summed(each, group))
    return Ties(rows, part, size, group, mass, joined, favour, views)


def beliefs_of(loans: Loans, evidence: Any, ties: Ties) -> Beliefs:
    """What follows for every node."""
    by_part = loans.lent
    lent = by_part.sum(0)
    count = int(ties.group.max(initial=-1)) + 1
    top, best = np.zeros(len(lent), np.float32), np.zeros(len(lent), int)
    for group, row in _by_group(by_part, ties.group):
        best[row > top] = group
        np.maximum(top, row, out=top)
    denied = np.flatnonzero((np.diff(evidence.indptr) > 0) & (loans.part < 0))
    each = (evidence[denied][:, ties.rows] @ _member(ties.group[ties.part], count)).toarray()
    views = _posterior(_summed(loans.shares(denied).T, ties.group), each)
    known, where = np.vstack([ties.views, views]), np.concatenate([ties.rows, denied])
    alike, new = top / (lent + NEW), NEW / (lent + NEW)
    best[where], alike[where], new[where] = known[:, :-1].argmax(1), known[:, :-1].max(1), known[:, -1]
    return Beliefs(ties, lent, best, alike, new)


def _prior(loans: Loans, rows: Array) -> FloatArray:
    """``[a, K + 1]``: what is believed of asked nodes before any answer about themselves."""
    prior = np.ascontiguousarray(loans.shares(rows).T)
    little = np.flatnonzero(prior[:, -1] > FAR)
    near = np.sqrt(loans.near[:, rows[little]].T)
    near[np.arange(len(little)), loans.part[rows[little]]] = np.inf
    closeness = 1 / (near + 1e-6)
    closeness = (closeness / np.maximum(closeness.max(1, keepdims=True), 1e-12)) ** 8
    closeness /= np.maximum(closeness.sum(1, keepdims=True), 1e-12)
    novelty = (loans.count + 1) / (len(rows) + 2)  # the longer nothing new is met, the rarer it is
    far = (1 - min(novelty, 0.9)) * prior[little, -1:] * closeness
    prior[little, :-1] += far
    prior[little, -1] -= far.sum(1)
    return prior


def _of_others(prior: FloatArray, each: Array, part: Array, size: Array) -> FloatArray:
    """``[a, K]``: what is believed of asked nodes and other parts, answers between the two left out.

    A node that is alone cannot belong to two groups: answers that speak for one that is known speak against the others,
    and answers against any speak for the rest.
    """
    others = prior[:, :-1].copy()
    others[np.arange(len(part)), part] = 0
    alone = np.flatnonzero(size[part] == 1)
    told = np.where(size > 1, each[alone], np.minimum(each[alone], 0))
    mine = others[alone]
    weighed = mine * np.exp(np.minimum(told, SURELY))
    rest = prior[alone, -1:] + weighed.sum(1, keepdims=True) - weighed
    others[alone] = mine / np.maximum(mine + rest, NEVER)
    return others


def _by_group(lent: FloatArray, group: Array) -> Iterator[tuple[int, FloatArray]]:
    """What each group lent to all nodes ``[m]``."""
    order = np.argsort(group, kind="stable")
    for parts in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        yield int(group[parts[0]]), lent[parts[0]] if len(parts) == 1 else lent[parts].sum(0)


def _member(of: Array, count: int) -> Any:
    """Which row belongs where, sparse ``[rows, count]``."""
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(of), np.float32), of, np.arange(len(of) + 1)), shape=(len(of), count))


def _posterior(prior: FloatArray, each: Array) -> FloatArray:
    """Rows with a last column for "none of these": prior and the log-odds of answers."""
    odds = np.log(np.maximum(prior, NEVER))
    odds[:, :-1] += each
    odds -= odds.max(1, keepdims=True)
    table = np.exp(odds)
    return np.asarray(table / table.sum(1, keepdims=True), np.float32)


def _summed(columns: Array, group: Array) -> Array:
    """Columns of one group added up: ``[r, K] -> [r, G]``; columns beyond K stay."""
    beyond = columns.shape[1] - len(group)
    to = np.append(group, group.max(initial=-1) + 1 + np.arange(beyond))
    return np.asarray(columns @ _member(to, int(to.max(initial=-1)) + 1))
