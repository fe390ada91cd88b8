"""Which row of a store's table of samples each id means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import numpy as np

from likewise.answers.database import transaction
from likewise.answers.questions import Question
from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError
from likewise.keys import Keys


def keys_of(samples: Any) -> Keys:
    """The keys of samples, or the keys themselves.

    Raises:
        LikewiseError: what is given has no keys.
    """
    keys = samples if isinstance(samples, Keys) else getattr(samples, "keys", None)
    if not isinstance(keys, Keys):
        raise LikewiseError(f"a store needs samples that have keys, or Keys, got {type(samples).__name__}.")
    return keys


@dataclass(frozen=True, eq=False)
class SampleTable:
    """Ids of samples (places) and rows of the store's table of samples, one for the other.

    Attributes:
        keys: the samples' keys, by id.
        row: int64 ``[n]``, the table's row of each id.
        place_of_row: int64 ``[rows + 1]``, the id of each row (they count from 1), -1 for samples that are not here.
    """

    keys: Keys
    row: Array
    place_of_row: Array

    @classmethod
    def fit(cls, connection: Connection, keys: Keys | None, *, partial: bool, path: Path) -> SampleTable:
        """The table of an open store, grown by the keys that it did not know.

        Raises:
            LikewiseError: a sample that somebody was asked about is missing, or none is known; names the first one.
        """
        saved = connection.execute("SELECT value FROM facts WHERE name = 'keys'").fetchone()
        if keys is not None and saved == (keys.hash,):
            return cls(keys, np.arange(1, len(keys) + 1), np.arange(-1, len(keys)))
        known = _known(connection)
        if keys is None:
            return cls._of(known, known)
        if len(known):
            _require_fit(connection, known, keys, partial, path)
        with transaction(connection):
            known = _known(connection)  # another process may have added to it
            new = keys.values[known.positions(keys) < 0].tolist()
            connection.executemany("INSERT INTO samples (key) VALUES (?)", [(key,) for key in new])
            known = Keys(np.array([*known.values.tolist(), *new], np.dtypes.StringDType()))
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('keys', ?)", (known.hash,))
        return cls._of(known, keys)

    @classmethod
    def _of(cls, known: Keys, keys: Keys) -> SampleTable:
        return cls(keys, known.positions(keys) + 1, np.r_[-1, keys.positions(known)])

    def rows_of(self, question: Question) -> list[tuple[int, int]]:
        """The question's pairs as rows of the table.

        Raises:
            LikewiseError: one of its samples does not exist.
        """
        anchor, *tiles = self.row[as_ids([question.anchor, *question.tiles], len(self.keys), "samples of a question")]
        return [(int(anchor), int(tile)) for tile in tiles]

    def place(self, row: int) -> int:
        """The id of a row, -1 where its sample is not here."""
        return int(self.place_of_row[row]) if row < len(self.place_of_row) else -1  # another process added it

    def places(self, rows: Array) -> Array:
        """The ids of rows, of any shape."""
        return np.where(
            rows < len(self.place_of_row), self.place_of_row[np.minimum(rows, len(self.place_of_row) - 1)], -1
        )

    def question(self, rows: Sequence[Any]) -> Question | None:
        """The question of rows (id, kind, strategy, repeat, a, b, ...); None where anchor or tiles are not here."""
        tiles = [self.place(row[5]) for row in rows]
        if not rows or self.place(rows[0][4]) < 0 or max(tiles) < 0:
            return None
        id, kind, strategy, repeat, anchor = rows[0][:5]
        return Question(
            self.place(anchor), tuple(tile for tile in tiles if tile >= 0), kind, strategy, bool(repeat), id
        )


def _known(connection: Connection) -> Keys:
    keys = [key for (key,) in connection.execute("SELECT key FROM samples ORDER BY id")]
    return Keys(np.array(keys, np.dtypes.StringDType()))


def _require_fit(connection: Connection, known: Keys, keys: Keys, partial: bool, path: Path) -> None:
    missing = keys.positions(known) < 0
    if missing.all():
        raise LikewiseError(
            f"{path} is about other samples: {str(known.values[0])!r}, the first that it knows, is not among these."
        )
    asked = {row for pair in connection.execute("SELECT a, b FROM pairs") for row in pair}
    first = next((row for row in sorted(asked) if missing[row - 1]), None)
    if first is not None and not partial:
        raise LikewiseError(
            f"{path} holds answers about {str(known.values[first - 1])!r}, which is not among these samples: open the "
            "store with the samples that it was made for, or with partial=True to leave such answers out."
        )
