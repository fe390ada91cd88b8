"""What asked nodes lend to the nodes near them, and how far loans reach.

A **part** is a set of nodes that are taken to be alike. Each of its nodes lends it to the nodes around, by a random
walk over the affinities that may end at every step ("learning with local and global consistency", Zhou et al. 2004).
How soon walks end is chosen by the answers: where classes mix they reach less far. Every reach is kept at hand, for one
walk gives them all.
"""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.guided.affinity_graph import Affinities
from likewise.active.strategies.guided.regression import Regression
from likewise.arrays import Array, FloatArray

STEPS = 20
ENDS = (0.05, 0.15, 0.4)
"""Chances that a walk ends at each step; the first holds until answers tell better."""
NEW = 0.02
"""How much must be lent to a node before it is rather something known than something new."""
ERROR = 0.05
"""How often an answer may contradict every reach."""


class Loans:
    """The parts of nodes, and what they lend to all nodes.

    Attributes:
        part: int ``[m]``, -1 where a node is in none.
        met: bool ``[m]``, whether a node began a part unasked, as something new.
        count: how many parts there are, K.
        reach: which of ``ENDS`` holds.
    """

    def __init__(self, affinities: Affinities) -> None:
        self.affinities = affinities
        self.part = np.full(affinities.m, -1)
        self.met = np.zeros(affinities.m, bool)
        self.count = self.reach = 0
        self._lent = np.zeros((len(ENDS), 16, affinities.m), np.float32)
        self._near = np.zeros((16, affinities.m), np.float32)
        self._back = np.zeros((len(ENDS), affinities.m), np.float32)  # what a node lends itself, by way of others too
        self.model: Regression | None = None
        self.changes = 0  # of parts, so that what was derived from them is known to be old
        self._seen: tuple[tuple[int, int, Regression | None], FloatArray] | None = None
        self._goes_on = (1 - np.array(ENDS, np.float32))[:, None] ** np.arange(STEPS + 1, dtype=np.float32)

    @property
    def lent(self) -> FloatArray:
        """float32 ``[K, m]``, at this reach, as the linear model corrects it."""
        state = (self.changes, self.reach, self.model)
        if self._seen is None or self._seen[0] != state:
            raw = self._lent[self.reach, : self.count, : len(self.part)]
            self._seen = state, self._corrected(raw, np.arange(len(self.part)))
        return self._seen[1]

    def lent_to(self, node: int) -> FloatArray:
        """float32 ``[K]``, what parts lent to one node, as the linear model corrects it."""
        return self._corrected(self._lent[self.reach, : self.count, [node]].T, np.array([node]))[:, 0]

    def by_last(self) -> FloatArray:
        """float32 ``[m]``, what the part lent that began last, which the model does not know."""
        return self._lent[self.reach, self.count - 1, : len(self.part)]

    def _corrected(self, lent: FloatArray, nodes: Array) -> FloatArray:
        """What nodes were lent ``[K, nodes]``, shared out anew among the parts that the model knows."""
        if self.model is None:
            return lent
        code = self.model.of_parts(self.part, self.count)
        known = np.flatnonzero(code >= 0)
        each = 1 / np.bincount(code[known])[code[known]] / len(self.model.factor)
        mine = lent[known]
        shares = (mine + NEW * each[:, None].astype(np.float32)) * self.model.factor[np.ix_(code[known], nodes)]
        corrected = lent.copy()
        corrected[known] = shares * (mine.sum(0) / np.maximum(shares.sum(0), 1e-30))
        return corrected

    @property
    def near(self) -> FloatArray:
        """float32 ``[K, m]``, squared distance to the nearest node that is or was of each part."""
        return self._near[: self.count, : len(self.part)]

    def spread(self, mass: FloatArray, steps: int = STEPS) -> FloatArray:
        """Where mass ``[m]`` comes to lie after walks at this reach, unscaled."""
        total, goes_on = mass, np.float32(1 - ENDS[self.reach])
        for _ in range(steps):
            total = goes_on * self.affinities.step(total) + mass
        return total

    def of_others(self, nodes: Array, reach: int | None = None) -> FloatArray:
        """float32 ``[K, nodes]``: what parts lent to nodes without what comes from these themselves."""
        reach = self.reach if reach is None else reach
        lent = self._lent[reach, : self.count][:, nodes]
        mine = np.flatnonzero(self.part[nodes] >= 0)
        at = self.part[nodes[mine]], mine
        lent[at] = np.maximum(lent[at] - self._back[reach, nodes[mine]], 0)  # nobody is their own neighbour
        return lent

    def shares(self, nodes: Array) -> FloatArray:
        """float32 ``[K + 1, nodes]``: what parts lent of all loans to a node, its own left out; last, what is new."""
        return with_new(self._corrected(self.of_others(nodes), nodes))

    def choose(self, one: Array, other: Array, alike: Array) -> None:
        """Take the reach at which loans best foretell answers about pairs of nodes (maximum likelihood)."""
        fit = np.zeros(len(ENDS))
        for a, b in ((one, other), (other, one)):
            known = self.part[b] >= 0
            nodes, where = np.unique(a[known], return_inverse=True)
            for reach in range(len(ENDS)):
                said = with_new(self.of_others(nodes, reach))[self.part[b[known]], where]
                said = np.where(alike[known], said, 1 - said)
                fit[reach] += np.log(ERROR + (1 - 2 * ERROR) * said).sum()
        self.reach = int(fit.argmax())

    def meet(self, node: int) -> None:
        """A node begins a part unasked."""
        self.begin(node)
        self.met[node] = True

    def begin(self, node: int, part: int | None = None) -> None:
        """A node becomes a part of its own, or a member of a part."""
        if self.count == self._lent.shape[1]:
            self._lent = np.concatenate([self._lent, np.zeros_like(self._lent)], axis=1)
            self._near = np.concatenate([self._near, np.zeros_like(self._near)])
        m = len(self.part)
        self.changes += 1
        lent = self._walk(node)
        self._lent[:, self.count, :m] = lent
        self._near[self.count, :m] = self.affinities.distances(node)
        self._back[:, node] = lent[:, node]
        self.part[node] = self.count
        self.count += 1
        if part is not None:
            self.join(part, self.count - 1)

    def _walk(self, node: int) -> FloatArray:
        """What a node lends to all, float32 ``[reaches, m]``."""
        at = np.zeros((STEPS + 1, len(self.part)), np.float32)
        at[0, node] = 1
        for step in range(STEPS):
            at[step + 1] = self.affinities.step(at[step])
        return np.asarray(self._goes_on @ at)

    def detach(self, node: int) -> None:
        """Take a node out of its part."""
        old = int(self.part[node])
        if self.model is not None:
            self.model.code[node] = -1  # it is no longer an example of what it left
        self.begin(node)
        self._lent[:, old] = np.maximum(self._lent[:, old] - self._lent[:, self.count - 1], 0)

    def join(self, kept: int, gone: int) -> None:
        """Two parts become one; the last part takes the number of the one that is gone."""
        last = self.count - 1
        self.changes += 1
        self._lent[:, kept] += self._lent[:, gone]
        self._near[kept] = np.minimum(self._near[kept], self._near[gone])
        self.part[self.part == gone] = kept
        self._lent[:, gone], self._near[gone] = self._lent[:, last], self._near[last]
        self.part[self.part == last] = gone
        self.count = last

    def single_out(self, sample: int) -> int:
        """The node of this sample alone; it takes the place in a part that its old node may have.

        A new node is lent what its neighbours were, one step further.
        """
        old, new = int(self.affinities.node[sample]), self.affinities.single_out(sample)
        if new == old:
            return old
        self.changes += 1
        if new == self._back.shape[1]:
            room = [(0, 0), (0, max(64, new // 8))]
            self._lent = np.pad(self._lent, [(0, 0), *room])
            self._near, self._back = np.pad(self._near, room), np.pad(self._back, room)
        near, affinity = self.affinities.neighbors(new)
        self._lent[:, :, new] = self._goes_on[:, 1, None] * (self._lent[:, :, near] @ affinity)
        self._near[:, new] = self._near[:, old]
        self.part, self.met = np.append(self.part, self.part[old]), np.append(self.met, self.met[old])
        if self.part[old] >= 0:
            self._lent[:, self.part[old], new] = self._lent[:, self.part[old], old]
            self._back[:, new], self._back[:, old] = self._back[:, old], 0
            self.part[old], self.met[old] = -1, False
        if self.model is not None:
            self.model = self.model.with_node(self.affinities.x[sample], old)
        return new


def with_new(lent: FloatArray) -> FloatArray:
    """What was lent ``[K, nodes]`` as shares that add up to 1; the last row is what is new."""
    shares = np.vstack([lent, np.full((1, lent.shape[1]), NEW, np.float32)])
    return np.asarray(shares / shares.sum(0))
