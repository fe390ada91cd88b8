"""What is believed of every node, given the answers: to which part it belongs, or that it is something new.

A **part** is a set of asked nodes that are taken to be alike. Each asked node lends its part to the nodes near it, by a
random walk with restarts over the affinities ("learning with local and global consistency", Zhou et al. 2004); what a
node has been lent counts like neighbours at a table in a Chinese restaurant process: ``loan / (all loans + new)``.
Where little was lent, the rest goes to near parts by inverse distance, and to a part that nobody has met yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.arrays import Array, FloatArray
from likewise.asking.affinities import Affinities

RESTART = 0.05
STEPS = 20
NEW = 0.02
"""How much must be lent to a node before it is rather something known than something unknown."""
DOUBT = 0.5
"""A prior alone never says more surely than this that two parts are one."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """One row for each node, one column for each group and a last one for "none of these".

    A **group** is some parts that are rather one than not, though not yet surely enough to join them for good.

    Attributes:
        table: float32 ``[m, G + 1]``, probabilities.
        rows: int ``[a]``, the nodes that are in a part.
        denied: int, other nodes of which something was answered: where they do not belong.
        part: int ``[a]``, their parts.
        size: int ``[K]``, asked nodes in each part.
        group: int ``[K]``, of each part.
        mass: float ``[K]``, samples expected in each part.
        joined: float ``[K, K]``, P(two parts are one).
        favour: float ``[K, K]``, the log-odds that answers alone give to two parts being one.
    """

    table: FloatArray
    rows: Array
    denied: Array
    part: Array
    size: Array
    group: Array
    mass: Array
    joined: Array
    favour: Array

    @property
    def best(self) -> Array:
        """The likeliest group of each node ``[m]``."""
        return np.asarray(self.table[:, :-1].argmax(1))

    def own(self) -> Array:
        """P(it belongs where it is) of each asked node ``[a]``."""
        group = self.group[self.part]
        alone = np.bincount(group)[group] == 1
        own: Array = self.table[self.rows, np.where(alone, self.table.shape[1] - 1, group)]
        return own


class Loans:
    """The parts of asked nodes, and what they lend to all nodes.

    Attributes:
        part: int ``[m]``, -1 where a node was never asked about.
        lent: float32 ``[m, K]``.
        near: float32 ``[m, K]``, squared distance to the nearest asked node of each part.
    """

    def __init__(self, affinities: Affinities) -> None:
        m = affinities.m
        self.affinities = affinities
        self.part = np.full(m, -1)
        self.lent = np.zeros((m, 0), np.float32)
        self.near = np.zeros((m, 0), np.float32)
        self._back = np.zeros(m, np.float32)  # what a node lends itself, by way of its neighbours too

    @property
    def count(self) -> int:
        """K."""
        return self.lent.shape[1]

    def spread(self, mass: FloatArray, steps: int = STEPS) -> FloatArray:
        """Where mass ``[m]`` comes to lie after walks that end with probability ``RESTART`` at each step, unscaled."""
        total = mass
        for _ in range(steps):
            total = (1 - RESTART) * (self.affinities.matrix @ total) + mass
        return total

    def begin(self, node: int, part: int | None = None) -> None:
        """A node becomes a part of its own, or a member of a part."""
        self._alone(node)
        if part is not None:
            self.join(part, self.count - 1)

    def detach(self, node: int) -> None:
        """Take a node out of its part."""
        old = int(self.part[node])
        self._alone(node)
        self.lent[:, old] = np.maximum(self.lent[:, old] - self.lent[:, -1], 0)
        distances = (self.affinities.distances(other) for other in np.flatnonzero(self.part == old).tolist())
        self.near[:, old] = np.minimum.reduce(list(distances))

    def dissolve(self, part: int) -> None:
        """Every node of a part stands alone again."""
        nodes = np.flatnonzero(self.part == part)
        for node in nodes.tolist():
            self._alone(node)
        self._drop(part)

    def join(self, kept: int, gone: int) -> None:
        """Two parts become one; the columns after ``gone`` move up."""
        self.lent[:, kept] += self.lent[:, gone]
        self.near[:, kept] = np.minimum(self.near[:, kept], self.near[:, gone])
        self.part[self.part == gone] = kept
        self._drop(gone)

    def _drop(self, part: int) -> None:
        """Forget the column of a part that has no nodes left; the columns after it move up."""
        self.lent, self.near = (np.delete(table, part, axis=1) for table in (self.lent, self.near))
        self.part[self.part > part] -= 1

    def split(self, node: int, stays: int, leaves: int) -> int:
        """Part a node in two; the new one starts with what the old one was lent, and unasked."""
        new = self.affinities.split(node, stays, leaves)
        self.part = np.append(self.part, -1)
        self._back = np.append(self._back, 0.0).astype(np.float32)
        self.lent = np.vstack([self.lent, self.lent[node]])
        self.near = np.vstack([self.near, self.near[node]])
        return new

    def _alone(self, node: int) -> None:
        one = np.zeros(len(self.part), np.float32)
        one[node] = 1
        lent = self.spread(one)
        self._back[node] = lent[node]
        self.part[node] = self.count
        self.lent = np.column_stack([self.lent, lent])
        self.near = np.column_stack([self.near, self.affinities.distances(node)])

    def beliefs(self, evidence: Any) -> Beliefs:
        """What follows from the loans and from log-odds between asked nodes, scipy ``[m, m]``, symmetric."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components

        rows = np.flatnonzero(self.part >= 0)
        denied = np.flatnonzero((np.diff(evidence.indptr) > 0) & (self.part < 0))
        part = self.part[rows]
        size = np.bincount(part, minlength=self.count)
        table = self._prior(rows, part)
        member = csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), part)), shape=(len(rows), self.count))
        each = (evidence[rows][:, rows] @ member).toarray()
        favour = member.T @ each
        mass = table[:, :-1].T @ self.affinities.weight
        joined = np.ones_like(favour)
        for _ in range(2):  # first every answer that says alike counts, then those that are believed
            group = connected_components(csr_matrix((joined > 0.5) & (favour > 0)), directed=False)[1]
            joined = _joined(table[rows], each, part, size, favour, group)
        group = connected_components(csr_matrix((joined > 0.5) & (favour > 0)), directed=False)[1]
        table = np.column_stack([_summed(table[:, :-1], group), table[:, -1]])
        table[rows] = _posterior(table[rows], _summed(each, group))
        table[denied] = _posterior(table[denied], _summed((evidence[denied][:, rows] @ member).toarray(), group))
        return Beliefs(table, rows, denied, part, size, group, mass, joined, favour)

    def _prior(self, rows: Array, part: Array) -> FloatArray:
        """The table without what was answered of a node itself."""
        lent, near = self.lent.copy(), np.sqrt(self.near)
        lent[rows, part] = np.maximum(lent[rows, part] - self._back[rows], 0)  # nobody is their own neighbour
        near[rows, part] = np.inf
        closeness = 1 / (near + 1e-6)
        closeness = (closeness / np.maximum(closeness.max(1, keepdims=True), 1e-12)) ** 8
        novelty = (self.count + 1) / (len(rows) + 2)  # the longer nothing new is met, the rarer it is
        unsure = NEW / (lent.sum(1, keepdims=True) + NEW)
        far = closeness / np.maximum(closeness.sum(1, keepdims=True), 1e-12)
        known = lent / NEW * unsure + (1 - novelty) * unsure * far
        return np.column_stack([known, 1 - known.sum(1)]).astype(np.float32)


def _posterior(prior: FloatArray, each: Array) -> FloatArray:
    """Rows of the asked nodes: prior and the log-odds of answers with each part, none for "none of these"."""
    odds = np.log(np.maximum(prior, 1e-6))
    odds[:, :-1] += each
    odds -= odds.max(1, keepdims=True)
    table = np.exp(odds)
    return np.asarray(table / table.sum(1, keepdims=True), np.float32)


def _summed(columns: Array, group: Array) -> Array:
    """Columns of one group added up: ``[r, K] -> [r, G]``."""
    from scipy.sparse import csr_matrix

    to = csr_matrix((np.ones(len(group), columns.dtype), (group, np.arange(len(group)))))
    return np.asarray((to @ columns.T).T)


def _joined(prior: FloatArray, each: Array, part: Array, size: Array, favour: Array, group: Array) -> Array:
    """P(two parts are one): what the nodes of the smaller one believe on average, and the answers between them.

    What a node believes of the other parts of a group it believes of each of them. A node that is alone cannot belong
    to two groups: an answer that speaks for one speaks against the others.
    """
    from scipy.special import expit, logit

    others = prior[:, :-1].copy()
    others[np.arange(len(part)), part] = 0
    others = np.minimum(_summed(others, group), DOUBT)
    view = np.zeros_like(favour)
    np.add.at(view, part, others[:, group] / size[part, None])
    view = np.where(size[:, None] <= size, view, 0)
    joined: Array = expit(logit(np.clip(np.maximum(view, view.T), 1e-6, 1 - 1e-6)) + favour)
    alone = np.flatnonzero(size[part] == 1)
    joined[part[alone]] = 0
    joined[:, part[alone]] = 0
    beliefs = np.column_stack([others[alone], prior[alone, -1]])
    joined[part[alone]] = _posterior(beliefs, _summed(each[alone], group))[:, group]
    joined = np.maximum(joined, joined.T)
    np.fill_diagonal(joined, 0)
    return joined
