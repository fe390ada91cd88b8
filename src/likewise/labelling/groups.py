"""The groups found so far: which samples are known to belong together, and which are expected to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.answers import group_names
from likewise.labelling.engine import Engine


@dataclass(frozen=True)
class Group:
    """One group.

    Attributes:
        sample: one of its samples, that identifies it.
        name: the name that somebody gave it; empty where nobody did.
        known: the samples that answers hold together.
        expected: further ones that the strategy expects to belong here, unqueried ones, the likeliest first.
        membership: how probably each of those does; empty where the strategy gives no membership probabilities.
        contradicted: whether answers about it contradict each other.
    """

    sample: int
    name: str
    known: tuple[int, ...]
    expected: tuple[int, ...]
    membership: tuple[float, ...]
    contradicted: bool

    @property
    def size(self) -> int:
        """How many samples, expected ones included."""
        return len(self.known) + len(self.expected)


def found_groups(engine: Engine) -> list[Group]:
    """Every group of two known samples and more, the largest first.

    Expected samples go to the largest of the groups that the strategy takes for one.
    """
    components = engine.state.components()
    names = group_names(engine.store)
    snapshot = engine.planner.snapshot
    groups = snapshot.groups
    contradicted = {engine.state.component(conflict.chain[0])[0] for conflict in engine.state.contradictions()}
    known = np.zeros(engine.state.n, bool)
    for members in components:
        known[members] = True
    taken: set[int] = set()
    found = []
    for members in components:
        expected, membership = np.zeros(0, np.int64), np.zeros(0)
        if groups is not None:
            codes, counts = np.unique(groups[members], return_counts=True)
            code = int(codes[counts.argmax()])
            if code not in taken:
                taken.add(code)
                expected = np.flatnonzero((groups == code) & ~known)
                if snapshot.membership is not None:
                    expected = expected[np.argsort(-snapshot.membership[expected], kind="stable")]
                    membership = snapshot.membership[expected]
        name = next((names[sample] for sample in members if sample in names), "")
        further = tuple(expected.tolist()), tuple(membership.tolist())
        found.append(Group(members[0], name, tuple(members), *further, members[0] in contradicted))
    return sorted(found, key=lambda group: (-group.size, group.sample))


def group_of(engine: Engine, sample: int) -> Group | None:
    """The group that a sample is known to be in; None where it is in none."""
    return next((group for group in found_groups(engine) if sample in group.known), None)
