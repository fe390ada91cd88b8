"""Who holds which question at the moment."""

from __future__ import annotations

from contextlib import suppress

from likewise.answers.questions import Question
from likewise.answers.store import AnswerStore
from likewise.errors import LikewiseError


def current_leases(store: AnswerStore) -> list[tuple[Question, str, float]]:
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
