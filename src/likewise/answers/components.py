"""Which samples belong together: union by size in one array that always holds the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from likewise.arrays import IntArray


class Components:
    """Disjoint sets of n samples, each named after one of its samples.

    Joining renames the smaller set, n log n renamings in all; looking up is one array access, without paths to
    compress, and a set can be parted again.

    Attributes:
        names: int32 ``[n]``, the set of each sample.
    """

    def __init__(self, n: int) -> None:
        self.names: IntArray = np.arange(n, dtype=np.int32)
        self._members: dict[int, list[int]] = {}  # of sets of two and more

    def name(self, i: int) -> int:
        """The set of a sample."""
        return int(self.names[i])

    def members(self, name: int) -> list[int]:
        """The samples of a set; do not change it."""
        return self._members.get(name) or [name]

    def large(self) -> Iterator[list[int]]:
        """The sets of two samples and more."""
        return iter(self._members.values())

    def join(self, kept: int, gone: int) -> None:
        """Two sets become one; costs the size of ``gone``."""
        moved = self.members(gone)
        self.names[moved] = kept
        self._members.setdefault(kept, [kept]).extend(moved)
        self._members.pop(gone, None)

    def parts(self, name: int, one: set[int]) -> tuple[list[int], list[int]]:
        """A set as ``one`` and the rest; first the part that keeps the name, which is that of a sample in it."""
        members = self.members(name)
        inside, outside = [i for i in members if i in one], [i for i in members if i not in one]
        return (inside, outside) if name in one else (outside, inside)

    def part(self, stays: list[int], leaves: list[int]) -> None:
        """Take some samples out of a set, as one of their own, named after its first."""
        del self._members[self.name(stays[0])]
        self.names[leaves] = min(leaves)
        for samples in (stays, leaves):
            if len(samples) > 1:
                self._members[self.name(samples[0])] = samples
