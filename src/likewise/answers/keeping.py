"""What a store keeps besides answers: who holds which question at the moment, and the names of groups."""

from __future__ import annotations

import json
from contextlib import suppress

from likewise.answers.questions import Question
from likewise.answers.store import Store
from likewise.arrays import as_ids
from likewise.errors import LikewiseError
from likewise.graph.keys import Keys

NAMED = "group of "


def leases(store: Store) -> list[tuple[Question, str, float]]:
    """The questions that are held and not answered: (question, who, until in seconds since 1970), oldest first."""
    query = (
        "SELECT l.question, l.who, max(l.until), min(e.id) FROM leases l "
        "JOIN events e ON e.question = l.question AND e.who = l.who AND e.event = 'asked' "
        "WHERE NOT EXISTS (SELECT 1 FROM events x WHERE x.question = l.question AND x.who = l.who "
        "AND x.event IN ('answered', 'skipped')) GROUP BY l.question, l.who ORDER BY 4"
    )
    with store.reading() as connection:
        rows = connection.execute(query).fetchall()
    held = []
    for id, who, until, _ in rows:
        with suppress(LikewiseError):  # about samples that are not here
            held.append((store.question(id), who, until))
    return held


def name_group(store: Store, sample: int, name: str) -> None:
    """Name the group that this sample is in; an empty name takes the name away. It stays with the sample.

    Raises:
        LikewiseError: there is no such sample.
    """
    key = str(store.keys.values[int(as_ids([sample], len(store))[0])])
    with store.writing() as connection:
        if name:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (NAMED + key, json.dumps(name)))
        else:
            connection.execute("DELETE FROM facts WHERE name = ?", (NAMED + key,))


def group_names(store: Store) -> dict[int, str]:
    """The names that were given to groups, by the sample that carries each; of samples that are here."""
    query = "SELECT name, value FROM facts WHERE substr(name, 1, ?) = ?"
    with store.reading() as connection:
        rows = connection.execute(query, (len(NAMED), NAMED)).fetchall()
    places = store.keys.positions(Keys.of(fact[len(NAMED) :] for fact, _ in rows)).tolist()
    return {place: json.loads(name) for place, (_, name) in zip(places, rows, strict=True) if place >= 0}
