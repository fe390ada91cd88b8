"""The store of answers: one SQLite file to which events are only ever added."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import numpy as np

from likewise.answers.database import COUNTS, connect, plain_errors, transaction
from likewise.answers.events import Counts, Event
from likewise.answers.questions import Answer, Question
from likewise.answers.sample_table import SampleTable, keys_of
from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.keys import Keys


class AnswerStore:
    """Questions and answers about samples, kept safely: what is recorded has reached the disk.

    Several threads and processes may use one store at a time. Samples are ids of the samples that the store is opened
    with; inside they are known by key, so that re-ordered or added samples do no harm. Nothing is ever overwritten:
    taking an answer back adds a retraction.

    Args:
        path: the SQLite file; made where there is none and samples are given.
        samples: whose ids are meant: Samples, or Keys. None: those that the store knows, in the order they came.
        partial: leave out answers about samples that are not here, instead of refusing.
        timeout: seconds to wait for another writer.
        clock: seconds since 1970.

    Raises:
        LikewiseError: not a store, a newer one, of other samples (the first unknown key is named), or locked.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        samples: Any = None,
        *,
        partial: bool = False,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = Path(path)
        self._clock, self._pid, self._lock = clock, os.getpid(), threading.RLock()
        keys = None if samples is None else keys_of(samples)
        self._connection = connect(self.path, create=keys is not None, timeout=timeout)
        try:
            with plain_errors(self.path):
                self._samples = SampleTable.fit(self._connection, keys, partial=partial, path=self.path)
        except BaseException:
            self._connection.close()
            raise

    @property
    def keys(self) -> Keys:
        """The keys of the samples whose ids are meant."""
        return self._samples.keys

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"AnswerStore({str(self.path)!r}, {len(self):,} samples)"

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was recorded is on the disk already."""
        with self._lock:
            self._connection.close()

    # -- who asks what -----------------------------------------------------------------------------------------

    def claim(
        self,
        questions: Iterable[Question],
        who: str,
        *,
        seconds: float = 300.0,
        limit: int | None = None,
        instead: Iterable[Question] = (),
    ) -> list[Question]:
        """Those of the questions, at most ``limit``, that ``who`` now holds; none of their pairs is held by another.

        They come free when answered, skipped, released or given up (``instead``), or after so many seconds.
        """
        held: list[Question] = []
        with self.writing(durable=False) as connection:
            now = self._clock()
            connection.execute("DELETE FROM leases WHERE until <= ?", (now,))
            connection.executemany("DELETE FROM leases WHERE question = ? AND who = ?", [(q.id, who) for q in instead])
            for question in questions:
                if limit is not None and len(held) >= limit:
                    break
                pairs = [tuple(sorted(pair)) for pair in self._samples.rows_of(question)]
                owners = [
                    connection.execute("SELECT who FROM leases WHERE a = ? AND b = ?", p).fetchone() for p in pairs
                ]
                if any(owner is not None and owner[0] != who for owner in owners):
                    continue
                self._ensure(question)
                leases = [(a, b, question.id, who, now + seconds) for a, b in pairs]
                connection.executemany("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?)", leases)
                self._log("asked", question.id, who, now)
                held.append(question)
        return held

    def held(self, *, but: str | None = None) -> Array:
        """int64 ``[m, 2]``: the pairs that are held at the moment, those of the annotator ``but`` left out."""
        with self.reading() as connection:
            query = "SELECT a, b FROM leases WHERE until > ? AND who IS NOT ?"
            rows = connection.execute(query, (self._clock(), but)).fetchall()
        places = self._samples.places(np.array(rows, np.int64).reshape(-1, 2))
        return places[(places >= 0).all(1)]

    def release(self, who: str) -> None:
        """Let go of all questions that an annotator holds: the page was closed."""
        with self.writing() as connection:
            connection.execute("DELETE FROM leases WHERE who = ?", (who,))

    # -- what is said ------------------------------------------------------------------------------------------

    def record(self, answers: Iterable[Answer]) -> list[Answer]:
        """Add answers, all or none; on the disk when this returns. Gives back those that are new, numbered.

        An answer of the same person to a question of the same id is the same answer: it counts once, even after it
        was taken back.

        Raises:
            LikewiseError: a sample that does not exist, another answer under the same id, a locked file, a full disk.
        """
        new = []
        with self.writing():
            for answer in answers:
                self._ensure(answer.question)
                at = self._clock() if answer.at is None else answer.at
                number = self._log("answered", answer.question.id, answer.who, at, answer.ms, answer.session)
                if number is None:
                    self._require_same(answer)
                    continue
                self._connection.executemany(
                    "INSERT INTO judgements SELECT ?, id, ? FROM pairs WHERE question = ? AND b = ?",
                    [
                        (number, value, answer.question.id, b)
                        for value, (_, b) in zip(answer.values, self._samples.rows_of(answer.question), strict=True)
                    ],
                )
                new.append(replace(answer, at=at, number=number))
        return new

    def skip(self, question: Question, who: str, *, ms: int | None = None) -> None:
        """Record that somebody passed a question over."""
        with self.writing():
            self._ensure(question)
            self._log("skipped", question.id, who, self._clock(), ms)

    def undo(self, who: str, number: int | None = None) -> Answer | None:
        """Take back an answer, a grid as a whole: the one of this number, or the last valid one of ``who``.

        Returns what was taken back; None where there is nothing, or where it was taken back before.

        Raises:
            LikewiseError: there is no answer of this number.
        """
        with self.writing() as connection:
            if number is None:
                query = "SELECT max(number) FROM answers WHERE who = ? AND NOT undone"
                number = connection.execute(query, (who,)).fetchone()[0]
                if number is None:
                    return None
            answer = next(self._answers("number = ?", (number,)), None)
            if answer is None:
                raise LikewiseError(f"{self.path} holds no answer {number}: nothing was taken back.")
            undone = self._log("undone", answer.question.id, who, self._clock(), target=number)
        return None if undone is None else answer

    # -- looking back ------------------------------------------------------------------------------------------

    def answers(self, since: int = 0) -> list[Answer]:
        """The valid answers after that of this number, in the order in which they were recorded."""
        with self.reading():
            return list(self._answers("NOT undone AND number > ?", (since,)))

    def question(self, id: str) -> Question:
        """The question of this id.

        Raises:
            LikewiseError: nobody was asked it.
        """
        query = (
            "SELECT q.id, kind, strategy, repeat, a, b FROM questions q JOIN pairs p ON p.question = q.id "
            "WHERE q.id = ? ORDER BY p.id"
        )
        with self.reading() as connection:
            rows = connection.execute(query, (id,)).fetchall()
        if not rows:
            raise LikewiseError(f"{self.path} holds no question {id!r}.")
        question = self._samples.question(rows)
        if question is None:
            raise LikewiseError(f"question {id!r} is about samples that are not here.")
        return question

    def events(self, since: int = 0) -> list[Event]:
        """The log after the event of this number: how another process learns what is new."""
        query = "SELECT id, event, question, who, at, ms, target FROM events WHERE id > ? ORDER BY id"
        with self.reading() as connection:
            return [Event(*row) for row in connection.execute(query, (since,))]

    def counts(self) -> Counts:
        """What asking has cost so far, and whom."""
        with self.reading() as connection:
            rows = {who: Counts(j, s, t or 0.0, u, k) for who, j, s, t, u, k in connection.execute(COUNTS)}
        return Counts.total(rows)

    # -- inside ------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection, for one thread at a time, its errors in plain words."""
        if os.getpid() != self._pid:
            raise LikewiseError("a store cannot be carried into another process: open it again there.")
        with self._lock, plain_errors(self.path):
            yield self._connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """The connection within a transaction: compute before, not inside."""
        with self.reading() as connection, transaction(connection, durable=durable):
            yield connection

    def _ensure(self, question: Question) -> None:
        """Write the question down, unless it is there; refuse another one of the same id."""
        values = (question.id, question.kind, question.strategy, question.repeat)
        pairs = self._samples.rows_of(question)
        if self._connection.execute("INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?)", values).rowcount:
            rows = [(question.id, a, b) for a, b in pairs]
            self._connection.executemany("INSERT INTO pairs (question, a, b) VALUES (?, ?, ?)", rows)
            return
        known = self._connection.execute("SELECT a, b FROM pairs WHERE question = ? ORDER BY id", (question.id,))
        if known.fetchall() != pairs:
            raise LikewiseError(f"the id {question.id!r} belongs to another question: give every question its own.")

    def _log(
        self,
        event: str,
        question: str,
        who: str,
        at: float,
        ms: int | None = None,
        session: str = "",
        target: int | None = None,
    ) -> int | None:
        """Add an event and end the lease that it settles; None where the same one is there already."""
        values = (question, event, who, at, ms, session, target)
        insert = (
            "INSERT OR IGNORE INTO events (question, event, who, at, ms, session, target) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        cursor = self._connection.execute(insert, values)
        if event in ("answered", "skipped"):
            self._connection.execute("DELETE FROM leases WHERE question = ? AND who = ?", (question, who))
        return cursor.lastrowid if cursor.rowcount else None

    def _require_same(self, answer: Answer) -> None:
        query = (
            "SELECT value FROM answers WHERE question = ? AND who = ? ORDER BY pair",
            (answer.question.id, answer.who),
        )
        if tuple(value for (value,) in self._connection.execute(*query)) != answer.values:
            raise LikewiseError(
                f"{answer.who} answered question {answer.question.id!r} otherwise before: take that back and ask anew."
            )

    def _answers(self, where: str, values: tuple[Any, ...]) -> Iterator[Answer]:
        query = (
            "SELECT question, kind, strategy, repeat, a, b, value, number, who, ms, session, at FROM answers "
            f"WHERE {where} ORDER BY number, pair"
        )
        for number, group in groupby(self._connection.execute(query, values), key=lambda row: row[7]):
            rows = [row for row in group if self._samples.place(row[4]) >= 0 and self._samples.place(row[5]) >= 0]
            question = self._samples.question(rows)
            if question is not None:
                _, who, ms, session, at = rows[0][7:]
                yield Answer(question, tuple(row[6] for row in rows), who, ms, session, at, number)
