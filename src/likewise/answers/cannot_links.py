"""How many known differences lie between components, kept while components join and part."""

from __future__ import annotations


class CannotLinks:
    """Counts of differences between components, each under the name of either; within one component, under its own."""

    def __init__(self) -> None:
        self._counts: dict[int, dict[int, int]] = {}

    def of(self, component: int) -> dict[int, int]:
        """Components that this one differs from, with the number of differences; do not change it."""
        return self._counts.get(component, {})

    def within(self) -> list[int]:
        """The components that differ from themselves."""
        return [component for component, counts in self._counts.items() if component in counts]

    def add(self, a: int, b: int, count: int) -> None:
        """Add (or, below 0, take away) differences between two components."""
        for one, other in ((a, b), (b, a)) if a != b else ((a, b),):
            counts = self._counts.setdefault(one, {})
            counts[other] = counts.get(other, 0) + count
            if not counts[other]:
                del counts[other]
                if not counts:
                    del self._counts[one]

    def join(self, kept: int, gone: int) -> None:
        """The component ``gone`` becomes part of ``kept``; costs what ``gone`` differs from."""
        for other, count in list(self.of(gone).items()):
            self.add(gone, other, -count)
            self.add(kept, kept if other in (kept, gone) else other, count)
