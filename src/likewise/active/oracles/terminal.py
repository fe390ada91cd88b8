"""An oracle at the terminal: a person reads two samples and presses a key."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import zip_longest
from typing import TextIO

from likewise.active.protocol import Stop, Undo
from likewise.answers import Answer, Question, Value
from likewise.data import Samples
from likewise.keys import Keys

LETTERS: dict[str, Value] = {"y": "alike", "n": "different", "u": "unsure"}
HELP = "(y)es, (n)o, (u)nsure, (s)kip, undo (b), (q)uit"
GRID_HELP = "numbers of the alike ones, enter for none, (a)ll, (s)kip, undo (b), (q)uit"
WIDTH, BETWEEN = 100, "   |   "


class TerminalOracle:
    """Asks a person: y and n, u for unsure, s to pass over, b or "undo" to take the last answer back, q to stop.

    Shows what there is to show of a sample: its key (a path opens in most terminals), its metadata, and a sketch: the
    values of a vector, a small image in characters.

    Args:
        samples: the samples; None shows their keys alone.
        keys: of the samples, by default their own; without either, ids are shown.
        who: the annotator's name.
        read: returns a line; the terminal by default.
        out: where questions are written; standard error by default.
    """

    def __init__(
        self,
        samples: Samples | None = None,
        *,
        keys: Keys | None = None,
        who: str = "me",
        read: Callable[[], str] | None = None,
        out: TextIO | None = None,
    ) -> None:
        self.samples, self.who, self._read, self._out = samples, who, read or input, out
        self.keys = keys if samples is None else samples.keys

    def ask(self, question: Question) -> Answer | None:
        """The person's answer.

        Raises:
            Stop: the person, or the end of the input, said that it is enough.
            Undo: the last answer is taken back.
        """
        started = time.monotonic()
        self._write(self._page(question))
        while True:
            values = self._values(question, self._line())
            if values == ():
                return None
            if values is not None:
                return Answer(question, values, self.who, round(1000 * (time.monotonic() - started)))
            self._write(f"Please answer: {HELP if question.kind == 'pair' else GRID_HELP}\n")

    def _values(self, question: Question, line: str) -> tuple[Value, ...] | None:
        """The values of a line; () to pass over, None for what cannot be read."""
        every: dict[str, Value] = {"u": "unsure", "unsure": "unsure", "a": "alike", "all": "alike"}
        word = line.strip().lower()
        if word in ("q", "quit"):
            raise Stop
        if word in ("b", "undo"):
            raise Undo
        if word in ("s", "skip"):
            return ()
        if question.kind == "pair":
            return (LETTERS[word[0]],) if word in ("y", "yes", "n", "no", "u", "unsure") else None
        if word in every:
            return (every[word],) * len(question.tiles)
        ticked = word.replace(",", " ").split()
        if not all(number.isdecimal() and 1 <= int(number) <= len(question.tiles) for number in ticked):
            return None
        return question.ticked({question.tiles[int(number) - 1] for number in ticked})

    def _line(self) -> str:
        try:
            return self._read()
        except EOFError:
            raise Stop from None

    def _write(self, text: str) -> None:
        out = self._out or sys.stderr  # standard output stays for results
        out.write(text)
        out.flush()

    def _page(self, question: Question) -> str:
        if question.kind == "pair":
            both = [self._sample(i).splitlines() for i in question.pairs[0]]
            parts = [*_side_by_side(*both), f"Alike? {HELP} "]
        else:
            tiles = [f"{at:>3}  {self._sample(tile)}" for at, tile in enumerate(question.tiles, 1)]
            parts = [f"     {self._sample(question.anchor)}", *tiles, f"Which are like the first? {GRID_HELP} "]
        return "\n" + "\n".join(parts)

    def _sample(self, i: int) -> str:
        name = f"sample {i}" if self.keys is None else str(self.keys.values[i])
        columns = {} if self.samples is None else self.samples.facts
        facts = [f"{column}: {values[i]}" for column, values in columns.items()]
        picture = self._picture(i)
        return "  ".join([name, *facts]) + (f"\n{picture}" if picture else "")

    def _picture(self, i: int) -> str:
        """The sample in characters, as its kind of data shows it."""
        return "" if self.samples is None else self.samples.modality.sketch(self.samples.read([i])[0])


def _side_by_side(left: list[str], right: list[str]) -> list[str]:
    """Two texts beside each other where a terminal has room for them, else one under the other."""
    width = max(map(len, left))
    if width + max(map(len, right)) > WIDTH - len(BETWEEN):
        return [*left, *right]
    pairs = zip_longest(left, right, fillvalue="")
    return [f"{a:<{width}}{BETWEEN}{b}".rstrip() for a, b in pairs]
