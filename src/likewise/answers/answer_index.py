"""An index of the valid answers by pair, and the chains that they form."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterator
from itertools import pairwise

import numpy as np

from likewise.answers.questions import ALIKE, DIFFERENT, UNTICKED
from likewise.arrays import Array
from likewise.errors import LikewiseError

Pair = tuple[int, int]
BIT = {ALIKE: 1, DIFFERENT: 2, UNTICKED: 4}


class AnswerIndex:
    """Answers by pair and pairs by answer; a pair is two samples, the lower one first."""

    def __init__(self) -> None:
        self._codes: dict[Pair, dict[Hashable, int]] = {}
        self._pairs: dict[Hashable, list[Pair]] = {}
        self._flags: dict[int, int] = {}  # what is answered of each pair, both as numbers: quick to make arrays of
        self._neighbors: dict[int, dict[int, dict[int, None]]] = {ALIKE: {}, DIFFERENT: {}, UNTICKED: {}}

    def add(self, pair: Pair, code: int, answer: Hashable) -> bool:
        """Add what an answer says of a pair; whether that is new."""
        codes = self._codes.setdefault(pair, {})
        if answer in codes:
            if codes[answer] != code:
                raise LikewiseError(f"answer {answer!r} already says something else of {pair}: retract it first.")
            return False
        new = code not in codes.values()
        codes[answer] = code
        self._pairs.setdefault(answer, []).append(pair)
        if new:
            self._flag(pair, code)
        for one, other in (pair, pair[::-1]):
            self._neighbors[code].setdefault(one, {})[other] = None
        return new

    def pop(self, answer: Hashable) -> Iterator[tuple[Pair, int]]:
        """Take an answer back; each pair of which no other answer says the same, with its code."""
        if answer not in self._pairs:
            raise LikewiseError(f"there is no answer {answer!r} to take back.")
        for pair in self._pairs.pop(answer):
            codes = self._codes[pair]
            code = codes.pop(answer)
            if code not in codes.values():
                self._flag(pair, code)
                for one, other in (pair, pair[::-1]):
                    del self._neighbors[code][one][other]
                if not codes:
                    del self._codes[pair]
                yield pair, code

    def of(self, a: int, b: int) -> Collection[int]:
        """The codes of the answers about two samples."""
        return self._codes.get((min(a, b), max(a, b)), {}).values()

    def pairs(self) -> Iterator[tuple[Pair, Collection[int]]]:
        """Every answered pair, with the codes of its answers."""
        return ((pair, codes.values()) for pair, codes in self._codes.items())

    def table(self) -> tuple[Array, Array, Array, Array, Array]:
        """Those pairs as arrays: the lower and the higher ids, and whether alike, different, unticked was answered."""
        ends = np.fromiter(self._flags.keys(), np.int64, len(self._flags))
        flags = np.fromiter(self._flags.values(), np.int8, len(self._flags))
        flagged = [(flags & bit) > 0 for bit in (BIT[ALIKE], BIT[DIFFERENT], BIT[UNTICKED])]
        return ends >> 32, ends & 0xFFFFFFFF, flagged[0], flagged[1], flagged[2]

    def neighbors(self, code: int, i: int) -> Collection[int]:
        """The samples that have an answer of this code together with i."""
        return self._neighbors[code].get(i, {}).keys()

    def answer(self, a: int, b: int, code: int) -> Hashable:
        """The first answer that says this of two samples."""
        codes = self._codes[min(a, b), max(a, b)]
        return next(answer for answer, value in codes.items() if value == code)

    def reached(self, start: int, end: int) -> dict[int, int]:
        """Samples reached from ``start`` by alike answers, breadth first until ``end``, each with the one before."""
        before, queue = {start: start}, deque([start])
        while queue and end not in before:
            here = queue.popleft()
            for there in self.neighbors(ALIKE, here):
                if there not in before:
                    before[there] = here
                    queue.append(there)
        return before

    def chain(self, start: int, end: int) -> tuple[int, ...]:
        """A shortest chain of samples, each alike the next; empty where there is none."""
        before = self.reached(start, end)
        chain = [end] if end in before else []
        while chain and chain[-1] != start:
            chain.append(before[chain[-1]])
        return tuple(reversed(chain))

    def _flag(self, pair: Pair, code: int) -> None:
        """Turn one flag of a pair round."""
        key = pair[0] << 32 | pair[1]
        self._flags[key] = self._flags.get(key, 0) ^ BIT[code]
        if not self._flags[key]:
            del self._flags[key]

    def links(self, chain: tuple[int, ...]) -> tuple[Hashable, ...]:
        """An answer for each step of a chain."""
        return tuple(self.answer(a, b, ALIKE) for a, b in pairwise(chain))
