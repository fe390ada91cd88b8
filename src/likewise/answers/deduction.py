"""What answers imply, answer by answer: alike spreads within a component, different between two of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from likewise.answers.answer_index import AnswerIndex, Pair
from likewise.answers.cannot_links import CannotLinks
from likewise.answers.components import Components
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
        self._index = AnswerIndex()
        self._cannot_links = {DIFFERENT: CannotLinks(), UNTICKED: CannotLinks()}
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

    # -- answers -----------------------------------------------------------------------------------------------

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
        if self._index.add(pair, CODES[value], answer):
            self._take_in(pair, CODES[value])

    def retract(self, answer: Hashable) -> None:
        """Take back all that an answer says, of every tile of a grid.

        Raises:
            LikewiseError: there is no such answer.
        """
        for pair, code in self._index.pop(answer):
            self._give_up(pair, code)

    # -- queries ------------------------------------------------------------------------------------------------

    def known(self, a: int, b: int) -> Verdict:
        """What is known of two samples: "alike", "different" or "unknown"; a sample is alike itself."""
        a, b = as_ids([a, b], self.n).tolist()
        one, other = self._class_of(a), self._class_of(b)
        if one == other:
            return "alike"
        codes = self._index.of(a, b)
        if ALIKE in codes:
            return "unknown" if DIFFERENT in codes else "alike"
        if one >= self.n or other >= self.n:  # not transitive: what was answered of this very sample
            i, there = (a, other) if one >= self.n else (b, one)
            apart = any(
                self._class_of(j) == there for code in self._cannot_links for j in self._index.neighbors(code, i)
            )
        else:
            apart = any(other in links.of(one) for links in self._cannot_links.values())
        return "different" if apart else "unknown"

    def known_many(self, a: Array | list[int], b: Array | list[int]) -> Array:
        """What is known of pairs (a, b), elementwise: int8 ``[m]``, 1 alike, -1 different, 0 unknown."""
        class_of, alike, apart = self._tables()
        one, other = class_of[as_ids(a, self.n)], class_of[as_ids(b, self.n)]
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
        return np.array(
            sorted({other for links in self._cannot_links.values() for other in links.of(name)} - {name}), np.int32
        )

    def contradicted(self, i: int) -> bool:
        """Whether the component of i contradicts itself, so that nothing is deduced of it."""
        return self._contradictory(self._name(i))

    def chain(self, a: int, b: int) -> tuple[int, ...]:
        """A shortest chain of samples from a to b, each answered to be alike the next; empty where there is none."""
        a, b = as_ids([a, b], self.n).tolist()
        return self._index.chain(a, b)

    def explain(self, a: int, b: int) -> tuple[Hashable, ...]:
        """The answers from which it follows what is known of a pair; none where it is unknown.

        Alike: those of a shortest chain. Different: one answer between the two components, and shortest chains to it.
        """
        verdict = self.known(a, b)
        if verdict == "alike":
            return self._index.links(self.chain(a, b))
        return self._between(a, b) if verdict == "different" else ()

    def contradictions(self, limit: int = 100) -> list[Conflict]:
        """Every different answer that a chain of alike answers contradicts, with a shortest such chain."""
        found: list[Conflict] = []
        for (a, b), codes in self._index.pairs():
            if len(found) >= limit:
                break
            if DIFFERENT in codes and (self._name(a) == self._name(b) or ALIKE in codes):
                chain = self._index.chain(a, b)
                found.append(Conflict(chain, self._index.links(chain), self._index.answer(a, b, DIFFERENT)))
        return found

    def answered_pairs(self) -> tuple[Array, Array, Array, Array, Array]:
        """Every answered pair, five arrays ``[p]``: ids a < b, and whether alike, different, unticked was answered."""
        return self._index.table()

    # -- inside ------------------------------------------------------------------------------------------------

    def _pair(self, a: int, b: int) -> Pair:
        low, high = sorted(as_ids([a, b], self.n, "samples of an answer").tolist())
        if low == high:
            raise LikewiseError(f"sample {low} cannot be compared with itself: an answer is about two samples.")
        return low, high

    def _name(self, i: int) -> int:
        return self._components.name(int(as_ids([i], self.n)[0]))

    def _contradictory(self, name: int) -> bool:
        return name in self._cannot_links[DIFFERENT].of(name)

    def _class_of(self, i: int) -> int:
        """Samples of one class are alike: the component's name or, where that contradicts itself, one of their own."""
        name = self._components.name(i)
        return self.n + i if self._contradictory(name) else name

    def _between(self, a: int, b: int) -> tuple[Hashable, ...]:
        """Answers that set two samples apart; the smaller component is searched."""
        one, other = self._alike_with(a), self._alike_with(b)
        if len(one) > len(other):
            a, b, one, other = b, a, other, one
        there = set(other)
        crossing = (
            (code, i, j)
            for i in one
            for code in self._cannot_links
            for j in self._index.neighbors(code, i)
            if j in there
        )
        code, i, j = max(crossing)  # a different rather than an unticked
        links = self._index.links(self._index.chain(a, i)) + self._index.links(self._index.chain(j, b))
        return (self._index.answer(i, j, code), *links)

    def _alike_with(self, i: int) -> list[int]:
        """The samples for which an answer about i speaks."""
        return [i] if self.contradicted(i) else self._components.members(self._name(i))

    def _take_in(self, pair: Pair, code: int) -> None:
        self._table = None
        if code != ALIKE:
            self._add_cannot_link(pair, code, 1)
        elif self.transitive:
            self._join(*map(self._components.name, pair))

    def _give_up(self, pair: Pair, code: int) -> None:
        self._table = None
        if code != ALIKE:
            self._add_cannot_link(pair, code, -1)
        elif self.transitive:
            reached = self._index.reached(*pair)
            if pair[1] not in reached:
                self._part(self._components.name(pair[0]), set(reached))

    def _add_cannot_link(self, pair: Pair, code: int, count: int) -> None:
        self._cannot_links[code].add(self._components.name(pair[0]), self._components.name(pair[1]), count)

    def _weight(self, name: int) -> int:
        """What renaming a component costs."""
        return len(self._components.members(name)) + sum(len(links.of(name)) for links in self._cannot_links.values())

    def _join(self, a: int, b: int) -> None:
        if a == b:
            return
        kept, gone = (a, b) if self._weight(a) >= self._weight(b) else (b, a)
        for links in self._cannot_links.values():
            links.join(kept, gone)
        self._components.join(kept, gone)

    def _part(self, name: int, one: set[int]) -> None:
        """Split a component into ``one`` and the rest."""
        stays, leaves = self._components.parts(name, one)
        near = ((code, i, j) for code in self._cannot_links for i in leaves for j in self._index.neighbors(code, i))
        crossing = {(code, min(i, j), max(i, j)) for code, i, j in near}
        for code, i, j in crossing:
            self._add_cannot_link((i, j), code, -1)
        self._components.part(stays, leaves)
        for code, i, j in crossing:
            self._add_cannot_link((i, j), code, 1)

    def _tables(self) -> tuple[Array, Array, Array]:
        """What ``known_many`` looks up, made once a change: int64 classes ``[n]`` and two lists of pairs of them.

        Besides samples of one class, the first list is alike and the second apart, because an answer says so.
        """
        if self._table is None:
            class_of = self._components.names.astype(np.int64)
            contradictory = [
                i for name in self._cannot_links[DIFFERENT].within() for i in self._components.members(name)
            ]
            class_of[contradictory] = self.n + np.array(contradictory, np.int64)
            a, b, yes, no, unticked = self._index.table()
            pair = _packed(class_of[a], class_of[b])
            self._table = class_of, np.unique(pair[yes & ~no]), np.unique(pair[(no | unticked) & ~yes])
        return self._table


def _packed(a: Array, b: Array) -> Array:
    """Unordered pairs as single numbers."""
    return np.minimum(a, b) << 32 | np.maximum(a, b)
