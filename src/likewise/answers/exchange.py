"""Answers as tables that other tools read, and two stores made one.

A table has one row for each judged pair: a, b (keys; a is the anchor), answer, who, when (ISO 8601, UTC), ms, kind,
repeat, session, strategy, question. Rows of one question and one person are one answer. Read back, only a, b and answer
are needed; what a store holds already counts once, so reading a table twice changes nothing.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from likewise.answers.questions import Answer, Question
from likewise.answers.store import AnswerStore
from likewise.arrays import fingerprint
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.tables import read_frame

Row = dict[str, Any]
COLUMNS = ("a", "b", "answer", "who", "when", "ms", "kind", "repeat", "session", "strategy", "question")


def export_answers(store: AnswerStore, path: str | Path) -> Path:
    """Write the valid answers as .csv, .parquet or .jsonl.

    Raises:
        LikewiseError: another ending, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in WRITERS:
        raise unknown_name("ending of a table of answers", path.suffix, WRITERS)
    write = WRITERS[path.suffix]
    try:
        write(path, [row for answer in store.answers() for row in _rows_of(answer, store.keys)])
    except OSError as error:
        raise LikewiseError(f"could not write {path}: {error.strerror or error}.") from None
    return path


def import_answers(store: AnswerStore, table: Any) -> list[Answer]:
    """Add the answers of a table, in a file or in memory, all or none; gives back those that are new.

    Raises:
        LikewiseError: no such file, a column is missing, a key or answer does not exist (the row is named).
    """
    frame = read_frame(table, what="the table of answers", words=frozenset(("",)))
    if not frame.names:  # as JSON lines of no answers are
        return []
    missing = [name for name in ("a", "b", "answer") if name not in frame]
    if missing:
        raise LikewiseError(f"{frame.where} needs the columns a, b and answer, {missing[0]!r} is missing.")
    columns = [frame.text(name).tolist() for name in frame.names]
    rows = [dict(zip(frame.names, row, strict=True)) for row in zip(*columns, strict=True)]
    return store.record(_answers_of(rows, store.keys, frame.where))


def merge(store: AnswerStore, other: AnswerStore | str | Path) -> None:
    """Add all that another store holds, its log included: answers, retractions, what was asked and skipped.

    Merging twice changes nothing more, and the order of merging does not matter.

    Raises:
        LikewiseError: the other one is about a sample that is not here, or both hold one question differently.
    """
    if isinstance(other, AnswerStore):
        path = other.path
    else:
        path = Path(other)
        AnswerStore(path).close()  # refuses what is not a store
    with store.reading() as connection:
        connection.execute("ATTACH ? AS other", (str(path),))
        try:
            with store.writing():
                for query, sentence in CLASHES:
                    clash = connection.execute(query).fetchone()
                    if clash is not None:
                        raise LikewiseError(f"{path} cannot be merged into {store.path}: {sentence.format(*clash)}.")
                for statement in MERGE:
                    connection.execute(statement)
        finally:
            connection.execute("DETACH other")


CLASHES = (
    (
        "SELECT key FROM other.samples WHERE id IN (SELECT a FROM other.pairs UNION SELECT b FROM other.pairs) "
        "AND key NOT IN (SELECT key FROM main.samples) ORDER BY id",
        "it is about {0!r}, which is not among the samples",
    ),
    (
        "WITH theirs AS (SELECT question, who, x.key AS a, y.key AS b, value FROM other.answers "
        "JOIN other.samples x ON x.id = a JOIN other.samples y ON y.id = b), "
        "mine AS (SELECT question, who, x.key AS a, y.key AS b, value FROM main.answers "
        "JOIN main.samples x ON x.id = a JOIN main.samples y ON y.id = b), "
        "both AS (SELECT question, who FROM mine INTERSECT SELECT question, who FROM theirs) "
        "SELECT question, who FROM both JOIN (SELECT * FROM theirs EXCEPT SELECT * FROM mine) USING (question, who)",
        "both hold an answer of {1} to question {0!r}, and they differ",
    ),
)
MERGE = (
    "INSERT OR IGNORE INTO main.questions SELECT * FROM other.questions",
    "INSERT OR IGNORE INTO main.pairs (question, a, b) SELECT p.question, ma.id, mb.id FROM other.pairs p "
    "JOIN other.samples oa ON oa.id = p.a JOIN main.samples ma ON ma.key = oa.key "
    "JOIN other.samples ob ON ob.id = p.b JOIN main.samples mb ON mb.key = ob.key ORDER BY p.id",
    "INSERT OR IGNORE INTO main.events (question, event, who, at, ms, session) "
    "SELECT question, event, who, at, ms, session FROM other.events WHERE event <> 'undone' ORDER BY id",
    "INSERT OR IGNORE INTO main.judgements SELECT me.id, mp.id, t.value FROM other.answers t "
    "JOIN main.events me ON me.question = t.question AND me.who = t.who AND me.event = 'answered' "
    "JOIN other.samples ob ON ob.id = t.b JOIN main.samples mb ON mb.key = ob.key "
    "JOIN main.pairs mp ON mp.question = t.question AND mp.b = mb.id",
    "INSERT OR IGNORE INTO main.events (question, event, who, at, ms, session, target) "
    "SELECT u.question, u.event, u.who, u.at, u.ms, u.session, me.id FROM other.events u "
    "JOIN other.events oe ON oe.id = u.target "
    "JOIN main.events me ON me.question = oe.question AND me.who = oe.who AND me.event = 'answered' ORDER BY u.id",
)


def _rows_of(answer: Answer, keys: Keys) -> Iterable[Row]:
    question = answer.question
    when = None if answer.at is None else datetime.fromtimestamp(answer.at, UTC).isoformat(timespec="microseconds")
    for a, b, value in answer.judgements:
        pair = (str(keys.values[a]), str(keys.values[b]))
        how = (value, answer.who, when, answer.ms, question.kind, question.repeat, answer.session, question.strategy)
        yield dict(zip(COLUMNS, (*pair, *how, question.id), strict=True))


def _answers_of(rows: list[Row], keys: Keys, path: str) -> list[Answer]:
    ends = Keys.of(dict.fromkeys(str(row[side]) for row in rows for side in "ab"))
    ids = dict(zip(ends.values.tolist(), keys.positions(ends).tolist(), strict=True))
    screens: dict[tuple[str, str], list[Row]] = {}
    for number, row in enumerate(rows):
        for side in "ab":
            if ids[str(row[side])] < 0:
                raise LikewiseError(f"row {number} of {path} names {row[side]!r}, which is not among the samples.")
        question = row.get("question") or fingerprint(*(str(row.get(name)) for name in COLUMNS))
        group = screens.setdefault((str(question), row.get("who") or "me"), [])
        if row not in group:
            group.append(row)
    return [_answer_of(id, who, group, ids, path) for (id, who), group in screens.items()]


def _answer_of(id: str, who: str, rows: list[Row], ids: Mapping[str, int], path: str) -> Answer:
    first = rows[0]
    if len({str(row["a"]) for row in rows}) > 1:
        raise LikewiseError(f"question {id!r} of {path} has two anchors: column a must be the same in all its rows.")
    kind: Any = first.get("kind") or ("grid" if len(rows) > 1 or first["answer"] == "unticked" else "pair")
    repeat = str(first.get("repeat")).lower() in ("true", "1")
    try:
        ms = int(first["ms"]) if first.get("ms") not in (None, "") else None
        at = datetime.fromisoformat(first["when"]).timestamp() if first.get("when") else None
        tiles = tuple(ids[str(row["b"])] for row in rows)
        question = Question(ids[str(first["a"])], tiles, kind, first.get("strategy") or "", repeat, id)
        return Answer(question, tuple(row["answer"] for row in rows), who, ms, first.get("session") or "", at)
    except (TypeError, ValueError) as error:
        raise LikewiseError(f"question {id!r} of {path} cannot be read: {str(error).rstrip('.')}.") from None


def _write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _write_jsonl(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _write_parquet(path: Path, rows: list[Row]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"ms": pa.int64(), "repeat": pa.bool_()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


Writer = Callable[[Path, list[Row]], None]
WRITERS: dict[str, Writer] = {".csv": _write_csv, ".jsonl": _write_jsonl, ".parquet": _write_parquet}
