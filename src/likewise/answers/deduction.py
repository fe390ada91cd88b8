"""What answers imply, answer by answer: alike spreads within a component, different between two of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from likewise.answers.components import Components
from likewise.answers.cuts import Cuts
from likewise.answers.questions import ALIKE, CODES, DIFFERENT, UNTICKED, Answer, Value
from likewise.arrays import Array, IntArray, as_ids
from likewise.errors import LikewiseError, unknown_name
from likewise.graph.closure import Contradiction

Verdict = Literal["alike", "different", "unknown"]
VERDICTS: dict[int, Verdict] = {1: "alike", -1: "different", 0: "unknown"}


@dataclass(frozen=True)
class Conflict(Contradiction):
    """A shortest chain of alike answers whose two ends were answered to be different.

    Attributes:
        alike: for each link of the chain, the answer that says so.
        different: the answer against it.
    """

    alike: tuple[Hashable, ...]
    different: Hashable


class Deduction:
    """What follows from answers about n samples; answers come and go one at a time.

    Alike is transitive: samples joined by alike answers form a component. One different answer between two components
    makes all their pairs different. An unticked tile is a different that yields: within a component it says nothing.

    A component with a different answer inside contradicts itself. It deduces nothing until an answer is taken back:
    of its samples only what was answered is known (nothing, where one pair was answered both ways), and an answer
    that sets one of them apart from another component says so of this one sample. ``graph.closure`` does the same.

    An answer costs about its component, not n: the smaller component is renamed when two join, and taking back the
    answer that held one together searches that component alone.

    Args:
        n: the number of samples.
        transitive: False where likeness is not transitive: then only what was answered is known.
    """

    def __init__(self, n: int, *, transitive: bool = True) -> None:
        if n < 1:
            raise LikewiseError(f"a deduction needs at least one sample, got n = {n}.")
        self.transitive = transitive
        self._components = Components(n)
        self._told: dict[tuple[int, int], dict[Hashable, int]] = {}  # pair, then answer, then its value
        self._pairs: dict[Hashable, list[tuple[int, int]]] = {}  # answer, then its pairs
        self._near: dict[int, dict[int, dict[int, None]]] = {ALIKE: {}, DIFFERENT: {}, UNTICKED: {}}
        self._cuts = {DIFFERENT: Cuts(), UNTICKED: Cuts()}
        self._table: tuple[Array, Array, Array] | None = None

    @classmethod
    def of(cls, n: int, answers: Iterable[Answer], *, transitive: bool = True) -> Deduction:
        """The deduction of recorded answers."""
        deduction = cls(n, transitive=transitive)
        for answer in answers:
            deduction.tell(answer)
        return deduction

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self._components.names)

    # -- hearing -----------------------------------------------------------------------------------------------

    def tell(self, answer: Answer) -> None:
        """Add every value of an answer under its number (unrecorded: the question's id); unsure says nothing."""
        for a, b, value in answer.judgements:
            if value != "unsure":
                self.add(a, b, value, answer.question.id if answer.number is None else answer.number)

    def add(self, a: int, b: int, value: Value, answer: Hashable) -> None:
        """Add what an answer says of a pair: "alike", "different" or "unticked"; twice the same changes nothing.

        Raises:
            LikewiseError: a sample that does not exist, a pair of one sample, an unknown value, or an answer that
                already said something else of the pair.
        """
        if value not in CODES or value == "unsure":
            raise unknown_name("answer", value, [name for name in CODES if name != "unsure"])
        pair = self._pair(a, b)
        told = self._told.setdefault(pair, {})
        if answer in told:
            if told[answer] != CODES[value]:
                raise LikewiseError(f"answer {answer!r} already says something else of {pair}: retract it first.")
            return
        new = CODES[value] not in told.values()
        told[answer] = CODES[value]
        self._pairs.setdefault(answer, []).append(pair)
        if new:
            self._gain(pair, CODES[value])

    def retract(self, answer: Hashable) -> None:
        """Take back all that an answer says, of every tile of a grid.

        Raises:
            LikewiseError: there is no such answer.
        """
        if answer not in self._pairs:
            raise LikewiseError(f"there is no answer {answer!r} to take back.")
        for pair in self._pairs.pop(answer):
            code = self._told[pair].pop(answer)
            if code not in self._told[pair].values():
                self._lose(pair, code)
            if not self._told[pair]:
                del self._told[pair]

    # -- asking ------------------------------------------------------------------------------------------------

    def known(self, a: int, b: int) -> Verdict:
        """What is known of two samples: "alike", "different" or "unknown"; a sample is alike itself."""
        a, b = as_ids([a, b], self.n).tolist()
        one, other = self._spread(a), self._spread(b)
        if one == other:
            return "alike"
        told = self._told.get((min(a, b), max(a, b)), {}).values()
        if ALIKE in told:
            return "unknown" if DIFFERENT in told else "alike"
        if one >= self.n or other >= self.n:  # not spread: what was answered of this very sample
            i, there = (a, other) if one >= self.n else (b, one)
            apart = any(self._spread(j) == there for code in self._cuts for j in self._near[code].get(i, ()))
        else:
            apart = any(other in cuts.of(one) for cuts in self._cuts.values())
        return "different" if apart else "unknown"

    def known_many(self, a: Array | list[int], b: Array | list[int]) -> Array:
        """What is known of pairs (a, b), elementwise: int8 ``[m]``, 1 alike, -1 different, 0 unknown."""
        spread, alike, apart = self._tables()
        one, other = spread[as_ids(a, self.n)], spread[as_ids(b, self.n)]
        pair = _packed(one, other)
        out = np.where(np.isin(pair, apart), -1, 0)
        return np.where((one == other) | np.isin(pair, alike), 1, out).astype(np.int8)

    @property
    def codes(self) -> IntArray:
        """int32 ``[n]``: the component of each sample, named after one of its samples."""
        return self._components.names.copy()

    def component(self, i: int) -> Array:
        """The samples joined with i by alike answers, i among them, sorted."""
        return np.sort(self._components.members(self._name(i)))

    def components(self) -> list[Array]:
        """The components of two samples and more, the largest first."""
        every = (np.sort(members) for members in self._components.large())
        return sorted(every, key=lambda members: (-len(members), int(members[0])))

    def apart(self, i: int) -> Array:
        """The names of the components known to differ from that of i, sorted."""
        name = self._name(i)
        return np.array(sorted({other for cuts in self._cuts.values() for other in cuts.of(name)} - {name}), np.int32)

    def contradicted(self, i: int) -> bool:
        """Whether the component of i contradicts itself, so that nothing is deduced of it."""
        return self._broken(self._name(i))

    def why(self, a: int, b: int) -> tuple[int, ...]:
        """A shortest chain of samples from a to b, each answered to be alike the next; empty where there is none."""
        a, b = as_ids([a, b], self.n).tolist()
        before = self._reached(a, b)
        chain = [b] if b in before else []
        while chain and chain[-1] != a:
            chain.append(before[chain[-1]])
        return tuple(reversed(chain))

    def contradictions(self, limit: int = 100) -> list[Conflict]:
        """Every different answer that a chain of alike answers contradicts, with a shortest such chain."""
        found: list[Conflict] = []
        for (a, b), told in self._told.items():
            if len(found) >= limit:
                break
            if DIFFERENT in told.values() and (self._name(a) == self._name(b) or ALIKE in told.values()):
                chain = self.why(a, b)
                links = tuple(self._says(*self._pair(*link), ALIKE) for link in pairwise(chain))
                found.append(Conflict(chain, links, self._says(a, b, DIFFERENT)))
        return found

    def told(self) -> Iterator[tuple[int, int, frozenset[int]]]:
        """Every pair that was answered, with the codes of what was said of it."""
        return ((a, b, frozenset(told.values())) for (a, b), told in self._told.items())

    # -- inside ------------------------------------------------------------------------------------------------

    def _pair(self, a: int, b: int) -> tuple[int, int]:
        low, high = sorted(as_ids([a, b], self.n, "samples of an answer").tolist())
        if low == high:
            raise LikewiseError(f"sample {low} cannot be compared with itself: an answer is about two samples.")
        return low, high

    def _name(self, i: int) -> int:
        return self._components.name(int(as_ids([i], self.n)[0]))

    def _broken(self, name: int) -> bool:
        return name in self._cuts[DIFFERENT].of(name)

    def _spread(self, i: int) -> int:
        """Samples of equal spread are alike: its component's name or, where that is broken, a number of its own."""
        name = self._components.name(i)
        return self.n + i if self._broken(name) else name

    def _says(self, a: int, b: int, code: int) -> Hashable:
        """The first answer that says this of a pair."""
        return next(answer for answer, said in self._told[a, b].items() if said == code)

    def _gain(self, pair: tuple[int, int], code: int) -> None:
        a, b = pair
        for one, other in ((a, b), (b, a)):
            self._near[code].setdefault(one, {})[other] = None
        self._table = None
        if code != ALIKE:
            self._cut(pair, code, 1)
        elif self.transitive:
            self._join(self._components.name(a), self._components.name(b))

    def _lose(self, pair: tuple[int, int], code: int) -> None:
        a, b = pair
        for one, other in ((a, b), (b, a)):
            del self._near[code][one][other]
        self._table = None
        if code != ALIKE:
            self._cut(pair, code, -1)
        elif self.transitive:
            reached = self._reached(a, b)
            if b not in reached:
                self._part(self._components.name(a), set(reached))

    def _cut(self, pair: tuple[int, int], code: int, count: int) -> None:
        self._cuts[code].add(self._components.name(pair[0]), self._components.name(pair[1]), count)

    def _weight(self, name: int) -> int:
        """What renaming a component costs."""
        return len(self._components.members(name)) + sum(len(cuts.of(name)) for cuts in self._cuts.values())

    def _join(self, a: int, b: int) -> None:
        if a == b:
            return
        kept, gone = (a, b) if self._weight(a) >= self._weight(b) else (b, a)
        for cuts in self._cuts.values():
            cuts.join(kept, gone)
        self._components.join(kept, gone)

    def _part(self, name: int, one: set[int]) -> None:
        """Split a component into ``one`` and the rest."""
        stays, leaves = self._components.parts(name, one)
        near = ((code, i, j) for code in self._cuts for i in leaves for j in self._near[code].get(i, ()))
        crossing = {(code, min(i, j), max(i, j)) for code, i, j in near}
        for code, i, j in crossing:
            self._cut((i, j), code, -1)
        self._components.part(stays, leaves)
        for code, i, j in crossing:
            self._cut((i, j), code, 1)

    def _reached(self, start: int, end: int) -> dict[int, int]:
        """Samples reached from ``start`` by alike answers, breadth first, each with the one before; until ``end``."""
        before, queue = {start: start}, deque([start])
        while queue and end not in before:
            here = queue.popleft()
            for there in self._near[ALIKE].get(here, ()):
                if there not in before:
                    before[there] = here
                    queue.append(there)
        return before

    def _tables(self) -> tuple[Array, Array, Array]:
        """What ``known_many`` looks up, made once after each change: int64 ``spread [n]`` and two lists of pairs of it.

        Besides samples of equal spread, the first list is alike and the second apart, because an answer says so.
        """
        if self._table is None:
            spread = self._components.names.astype(np.int64)
            broken = [i for name in self._cuts[DIFFERENT].within() for i in self._components.members(name)]
            spread[broken] = self.n + np.array(broken, np.int64)
            ends = np.array(list(self._told), np.int64).reshape(-1, 2)
            says = {
                code: np.array([code in told.values() for told in self._told.values()], bool) for code in self._near
            }
            pair = _packed(*spread[ends].T)
            apart = (says[DIFFERENT] | says[UNTICKED]) & ~says[ALIKE]
            self._table = spread, np.unique(pair[says[ALIKE] & ~says[DIFFERENT]]), np.unique(pair[apart])
        return self._table


def _packed(a: Array, b: Array) -> Array:
    """Unordered pairs as single numbers."""
    return np.minimum(a, b) << 32 | np.maximum(a, b)
