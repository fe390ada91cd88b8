"""The groups found so far, as galleries: what is known to belong together, and what is expected to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.answers import group_names
from likewise.labelling.engine import Engine


@dataclass(frozen=True)
class Gallery:
    """One group.

    Attributes:
        sample: one of its samples, by which the page calls it.
        name: the name that somebody gave it; empty where nobody did.
        known: the samples that answers hold together.
        expected: further ones that the strategy expects to belong here, of which nobody was asked, the likeliest first.
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


def galleries(engine: Engine) -> list[Gallery]:
    """Every group of two known samples and more, the largest first.

    What is expected goes to the largest of the groups that the strategy takes for one.
    """
    components = engine.ledger.components()
    names = group_names(engine.store)
    outlook = engine.planner.outlook
    groups = outlook.groups
    broken = {engine.ledger.component(conflict.chain[0])[0] for conflict in engine.ledger.contradictions()}
    known = np.zeros(engine.ledger.n, bool)
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
                if outlook.membership is not None:
                    expected = expected[np.argsort(-outlook.membership[expected], kind="stable")]
                    membership = outlook.membership[expected]
        name = next((names[sample] for sample in members if sample in names), "")
        further = tuple(expected.tolist()), tuple(membership.tolist())
        found.append(Gallery(members[0], name, tuple(members), *further, members[0] in broken))
    return sorted(found, key=lambda gallery: (-gallery.size, gallery.sample))


def gallery_of(engine: Engine, sample: int) -> Gallery | None:
    """The group that a sample is known to be in; None where it is alone."""
    return next((gallery for gallery in galleries(engine) if sample in gallery.known), None)
