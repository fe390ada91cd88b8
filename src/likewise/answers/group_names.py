"""The names that people give to groups, kept in the store."""

from __future__ import annotations

import json

from likewise.answers.store import AnswerStore
from likewise.arrays import as_ids
from likewise.keys import Keys

NAMED = "group of "


def name_group(store: AnswerStore, sample: int, name: str) -> None:
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


def group_names(store: AnswerStore) -> dict[int, str]:
    """The names that were given to groups, by the sample that carries each; of samples that are here."""
    query = "SELECT name, value FROM facts WHERE substr(name, 1, ?) = ?"
    with store.reading() as connection:
        rows = connection.execute(query, (len(NAMED), NAMED)).fetchall()
    places = store.keys.positions(Keys.of(fact[len(NAMED) :] for fact, _ in rows)).tolist()
    return {place: json.loads(name) for place, (_, name) in zip(places, rows, strict=True) if place >= 0}
