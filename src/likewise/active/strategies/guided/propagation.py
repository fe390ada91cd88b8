"""Label propagation from the components of queried nodes over the affinity graph.

A **component** is a set of nodes that the answers hold together. Its propagated mass at a node is a truncated series of
random walks over the normalised affinities, summed over its members ("learning with local and global consistency",
Zhou et al. 2004). The rate at which walks stop is chosen by the answers, by maximum likelihood: where classes mix,
walks are shorter. One walk gives the mass at all rates, so that all are kept.
"""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.guided.affinity_graph import AffinityGraph
from likewise.active.strategies.guided.regression import Regression
from likewise.arrays import Array, FloatArray

STEPS = 20
"""The length of the series."""
STOP_RATES = (0.05, 0.15, 0.4)
"""Probabilities that a walk stops at each step; the first holds until the answers choose."""
ALPHA = 0.02
"""The mass of "none of these": the concentration of a Chinese restaurant process."""
NOISE = 0.05
"""The rate of wrong answers in the likelihood of the rates."""


class LabelPropagation:
    """The components of nodes, and their propagated mass at all nodes.

    Attributes:
        component: int ``[m]``, -1 where a node is in none.
        discovered: bool ``[m]``, whether a node began a component before it was queried.
        count: the number of components, K.
        rate: which of ``STOP_RATES`` holds.
        regression: the linear correction; None for none.
        changes: of components, so that what was derived from them is known to be old.
    """

    def __init__(self, affinities: AffinityGraph) -> None:
        self.affinities = affinities
        self.component = np.full(affinities.m, -1)
        self.discovered = np.zeros(affinities.m, bool)
        self.count = self.rate = self.changes = 0
        self.regression: Regression | None = None
        self._mass = np.zeros((len(STOP_RATES), 16, affinities.m), np.float32)
        self._gaps = np.zeros((16, affinities.m), np.float32)
        self._own = np.zeros((len(STOP_RATES), affinities.m), np.float32)  # the mass of a node at itself
        self._cached: tuple[tuple[int, int, Regression | None], FloatArray] | None = None
        self._survival = (1 - np.array(STOP_RATES, np.float32))[:, None] ** np.arange(STEPS + 1, dtype=np.float32)

    @property
    def mass(self) -> FloatArray:
        """float32 ``[K, m]``, the mass of each component at each node, as the linear model corrects it."""
        state = (self.changes, self.rate, self.regression)
        if self._cached is None or self._cached[0] != state:
            raw = self._mass[self.rate, : self.count, : len(self.component)]
            self._cached = state, self._corrected(raw, np.arange(len(self.component)))
        return self._cached[1]

    def mass_at(self, node: int) -> FloatArray:
        """float32 ``[K]``, the mass of the components at one node, as the linear model corrects it."""
        return self._corrected(self._mass[self.rate, : self.count, [node]].T, np.array([node]))[:, 0]

    def mass_of_last(self) -> FloatArray:
        """float32 ``[m]``, the mass of the newest component, which the model does not know."""
        return self._mass[self.rate, self.count - 1, : len(self.component)]

    def _corrected(self, mass: FloatArray, nodes: Array) -> FloatArray:
        """The mass at nodes ``[K, nodes]``, redistributed among the components that the model knows."""
        if self.regression is None:
            return mass
        code = self.regression.of_components(self.component, self.count)
        known = np.flatnonzero(code >= 0)
        each = 1 / np.bincount(code[known])[code[known]] / len(self.regression.factor)
        mine = mass[known]
        factor = self.regression.factor[np.ix_(code[known], nodes)]
        shares = (mine + ALPHA * each[:, None].astype(np.float32)) * factor
        corrected = mass.copy()
        corrected[known] = shares * (mine.sum(0) / np.maximum(shares.sum(0), 1e-30))
        return corrected

    @property
    def squared_distance(self) -> FloatArray:
        """float32 ``[K, m]``, to the nearest node that is or was of each component."""
        return self._gaps[: self.count, : len(self.component)]

    def propagate(self, mass: FloatArray, steps: int = STEPS) -> FloatArray:
        """Mass ``[m]`` after propagation at the rate that holds, unscaled."""
        total, survival = mass, np.float32(1 - STOP_RATES[self.rate])
        for _ in range(steps):
            total = survival * self.affinities.step(total) + mass
        return total

    def mass_without_self(self, nodes: Array, rate: int | None = None) -> FloatArray:
        """float32 ``[K, nodes]``: the mass of components at nodes, without what these propagate to themselves."""
        rate = self.rate if rate is None else rate
        mass = self._mass[rate, : self.count][:, nodes]
        mine = np.flatnonzero(self.component[nodes] >= 0)
        at = self.component[nodes[mine]], mine
        mass[at] = np.maximum(mass[at] - self._own[rate, nodes[mine]], 0)
        return mass

    def shares(self, nodes: Array) -> FloatArray:
        """float32 ``[K + 1, nodes]``: the prior probability of each component and, last, of none, without self-mass."""
        return normalised(self._corrected(self.mass_without_self(nodes), nodes))

    def select_rate(self, one: Array, other: Array, alike: Array) -> None:
        """Take the rate under which answers about pairs of nodes are likeliest."""
        fit = np.zeros(len(STOP_RATES))
        for a, b in ((one, other), (other, one)):
            known = self.component[b] >= 0
            nodes, where = np.unique(a[known], return_inverse=True)
            for rate in range(len(STOP_RATES)):
                predicted = normalised(self.mass_without_self(nodes, rate))[self.component[b[known]], where]
                predicted = np.where(alike[known], predicted, 1 - predicted)
                fit[rate] += np.log(NOISE + (1 - 2 * NOISE) * predicted).sum()
        self.rate = int(fit.argmax())

    def discover(self, node: int) -> None:
        """A node begins a component before it was queried."""
        self.begin(node)
        self.discovered[node] = True

    def begin(self, node: int, component: int | None = None) -> None:
        """A node becomes a component of its own, or a member of one."""
        if self.count == self._mass.shape[1]:
            self._mass = np.concatenate([self._mass, np.zeros_like(self._mass)], axis=1)
            self._gaps = np.concatenate([self._gaps, np.zeros_like(self._gaps)])
        m = len(self.component)
        self.changes += 1
        mass = self._random_walk(node)
        self._mass[:, self.count, :m] = mass
        self._gaps[self.count, :m] = self.affinities.distances(node)
        self._own[:, node] = mass[:, node]
        self.component[node] = self.count
        self.count += 1
        if component is not None:
            self.join(component, self.count - 1)

    def _random_walk(self, node: int) -> FloatArray:
        """The mass of a node at all nodes, float32 ``[rates, m]``."""
        at = np.zeros((STEPS + 1, len(self.component)), np.float32)
        at[0, node] = 1
        for step in range(STEPS):
            at[step + 1] = self.affinities.step(at[step])
        return np.asarray(self._survival @ at)

    def detach(self, node: int) -> None:
        """Take a node out of its component."""
        old = int(self.component[node])
        if self.regression is not None:
            self.regression.code[node] = -1  # it is no longer an example of what it left
        self.begin(node)
        self._mass[:, old] = np.maximum(self._mass[:, old] - self._mass[:, self.count - 1], 0)

    def join(self, kept: int, gone: int) -> None:
        """Two components become one; the last component takes the number of the one that is gone."""
        last = self.count - 1
        self.changes += 1
        self._mass[:, kept] += self._mass[:, gone]
        self._gaps[kept] = np.minimum(self._gaps[kept], self._gaps[gone])
        self.component[self.component == gone] = kept
        self._mass[:, gone], self._gaps[gone] = self._mass[:, last], self._gaps[last]
        self.component[self.component == last] = gone
        self.count = last

    def single_out(self, sample: int) -> int:
        """The node of this sample alone; it takes the place in a component that its old node may have.

        The mass at a new node is that at its neighbours, one step further.
        """
        old, new = int(self.affinities.node[sample]), self.affinities.single_out(sample)
        if new == old:
            return old
        self.changes += 1
        if new == self._own.shape[1]:
            room = [(0, 0), (0, max(64, new // 8))]
            self._mass = np.pad(self._mass, [(0, 0), *room])
            self._gaps, self._own = np.pad(self._gaps, room), np.pad(self._own, room)
        near, affinity = self.affinities.neighbors(new)
        self._mass[:, :, new] = self._survival[:, 1, None] * (self._mass[:, :, near] @ affinity)
        self._gaps[:, new] = self._gaps[:, old]
        home = int(self.component[old])
        self.component = np.append(self.component, home)
        self.discovered = np.append(self.discovered, self.discovered[old])
        if home >= 0:
            self._mass[:, home, new] = self._mass[:, home, old]
            self._own[:, new], self._own[:, old] = self._own[:, old], 0
            self.component[old], self.discovered[old] = -1, False
        if self.regression is not None:
            self.regression = self.regression.with_node(self.affinities.x[sample], old)
        return new


def normalised(mass: FloatArray) -> FloatArray:
    """Mass ``[K, nodes]`` as probabilities ``[K + 1, nodes]``; the last row is "none of these"."""
    shares = np.vstack([mass, np.full((1, mass.shape[1]), ALPHA, np.float32)])
    return np.asarray(shares / shares.sum(0))
