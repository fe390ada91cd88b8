"""The file behind a store: its tables, how it is opened, and what its errors mean."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likewise.errors import LikewiseError

APPLICATION = 0x6C776173  # "lwas"; tells a store from any other SQLite file
VERSION = 1

TABLES = """
CREATE TABLE samples (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE questions (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('pair', 'grid')),
  strategy TEXT NOT NULL,
  repeat INTEGER NOT NULL
);
CREATE TABLE pairs (
  id INTEGER PRIMARY KEY,
  question TEXT NOT NULL REFERENCES questions,
  a INTEGER NOT NULL REFERENCES samples,
  b INTEGER NOT NULL REFERENCES samples,
  UNIQUE (question, b),
  CHECK (a <> b)
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  question TEXT NOT NULL REFERENCES questions,
  event TEXT NOT NULL CHECK (event IN ('asked', 'answered', 'undone', 'skipped')),
  who TEXT NOT NULL,
  at REAL NOT NULL,
  ms INTEGER,
  session TEXT NOT NULL DEFAULT '',
  target INTEGER UNIQUE REFERENCES events,
  CHECK ((event = 'undone') = (target IS NOT NULL))
);
CREATE UNIQUE INDEX once ON events (question, event, who) WHERE event <> 'undone';
CREATE TABLE judgements (
  event INTEGER NOT NULL REFERENCES events,
  pair INTEGER NOT NULL REFERENCES pairs,
  value TEXT NOT NULL CHECK (value IN ('alike', 'different', 'unticked', 'unsure')),
  PRIMARY KEY (event, pair)
) WITHOUT ROWID;
CREATE TABLE leases (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  question TEXT NOT NULL,
  who TEXT NOT NULL,
  until REAL NOT NULL,
  PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE VIEW answers AS
  SELECT e.id AS number, e.question, q.kind, q.strategy, q.repeat, e.who, e.at, e.ms, e.session, p.id AS pair, p.a, p.b,
    j.value, EXISTS (SELECT 1 FROM events u WHERE u.target = e.id) AS undone
  FROM events e JOIN questions q ON q.id = e.question JOIN judgements j ON j.event = e.id JOIN pairs p ON p.id = j.pair;
"""
COUNTS = """
SELECT who, sum((SELECT count(*) FROM judgements WHERE event = e.id)), sum(event IN ('answered', 'skipped')),
  sum(ms) / 1000.0, sum(event = 'answered' AND EXISTS (SELECT 1 FROM events u WHERE u.target = e.id)),
  sum(event = 'skipped')
FROM events e GROUP BY who ORDER BY who
"""
APPEND_ONLY = ("questions", "pairs", "events", "judgements")


def connect(path: Path, *, create: bool, timeout: float) -> sqlite3.Connection:
    """A connection to a store, made where there is none and ``create`` allows it; checked to be durable.

    Every commit reaches the disk before it returns: write-ahead log, synchronous FULL, and both are read back.

    Raises:
        LikewiseError: not a store, a newer one, locked, or on a file system that cannot keep the promise.
    """
    if not create and not path.is_file():
        raise LikewiseError(f"there is no store of answers at {path}: `likewise ask` begins one.")
    until = time.monotonic() + timeout
    while True:
        try:
            return _opened(path, timeout)
        except LikewiseError as error:  # several who begin a store at once: SQLite gives way without waiting
            busy = getattr(error.__context__, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _opened(path: Path, timeout: float) -> sqlite3.Connection:
    with plain_errors(path):
        connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        try:
            empty = _recognise(connection, path)
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            connection.execute("PRAGMA synchronous = FULL")
            level = connection.execute("PRAGMA synchronous").fetchone()[0]
            if (mode, level) != ("wal", 2):
                raise LikewiseError(
                    f"{path} lies where answers cannot be kept safely (journal {mode!r}, synchronous {level}): "
                    "put the store on a local disk."
                )
            connection.execute("PRAGMA foreign_keys = ON")
            if empty:
                _build(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _recognise(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is still empty; refuses what is not a store before anything in it is touched."""
    connection.execute("BEGIN")  # one state of the file, though somebody may be building it at this moment
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.execute("COMMIT")
    if application != APPLICATION and (tables or application or version):
        raise LikewiseError(f"{path} is not a store of answers, but another program's SQLite file.")
    if version > VERSION:
        raise LikewiseError(
            f"{path} was written by a newer likewise (version {version}, this one reads {VERSION}): update likewise."
        )
    return not tables


def _build(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return  # somebody else was faster
        for statement in TABLES.split(";\n"):
            connection.execute(statement)
        for table in APPEND_ONLY:
            for change in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER no_{change}_of_{table} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} are only added to'); END"
                )
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
    """All or nothing, on the disk when it ends; takes the write lock at once, so that it cannot fail half-way.

    What is not ``durable`` survives a crash of the program, but perhaps not of the machine, and costs no wait for the
    disk: who holds which question.
    """
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled back already
            connection.execute("ROLLBACK")
        raise


SENTENCES = {
    "SQLITE_NOTADB": "{path} is not a store of answers.",
    "SQLITE_CORRUPT": "{path} is damaged: restore a copy of it.",
    "SQLITE_BUSY": "{path} is locked by another program: close that and try again; what was recorded is safe.",
    "SQLITE_LOCKED": "{path} is locked by another program: close that and try again; what was recorded is safe.",
    "SQLITE_FULL": "the disk of {path} is full: this was not recorded, earlier answers are safe; free some space.",
    "SQLITE_CANTOPEN": "{path} cannot be opened: does its folder exist, and may you write there?",
    "SQLITE_READONLY": "{path} cannot be written: its file or folder is read-only.",
    "SQLITE_PERM": "{path} cannot be written: its file or folder is read-only.",
}


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns SQLite's errors that a person can act on into one sentence each."""
    try:
        yield
    except sqlite3.Error as error:
        if "closed database" in str(error):
            raise LikewiseError(f"the store {path} was closed: open it again.") from None
        name = getattr(error, "sqlite_errorname", "")
        sentence = next((text for code, text in SENTENCES.items() if name.startswith(code)), None)
        if sentence is None and name.startswith("SQLITE_IOERR"):
            sentence = "the disk of {path} refuses to read or write: this was not recorded (" + name + ")."
        if sentence is None:
            raise
        raise LikewiseError(sentence.format(path=path)) from None
