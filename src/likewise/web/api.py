"""What the asking screen's script asks of the server, as JSON."""

from __future__ import annotations

from typing import Any

from likewise.answers import Answer, Question
from likewise.labelling.status import status_of
from likewise.web import parsing
from likewise.web.context import AskContext
from likewise.web.parsing import Call

AHEAD = 3
"""Questions at a time: the one that is shown, and those behind it."""
RECENT = 6
NUMBER = 2**53
LONG = 24 * 3600 * 1000
MORE = 1000
SUMMARY = {"alike": "alike", "different": "different", "unsure": "unsure"}


def questions(call: Call) -> dict[str, Any]:
    """The questions that somebody is to answer next, and the status."""
    kind, showing = _wanted(call)
    found = call.context.engine.ask(call.who, AHEAD, kind=kind, showing=showing)
    return {
        "questions": [as_json(call.context, question) for question in found],
        "status": status_of(call.context.engine, call.who, bool(found)).as_json(),
        "recent": [recent(call.context, answer) for answer in call.context.engine.state.latest(call.who, RECENT)],
        "who": call.who,
    }


def answer(call: Call) -> dict[str, Any]:
    """Keep an answer; then as ``questions``."""
    ms, session = parsing.number(call.fields, "ms", LONG), parsing.text(call.fields, "session", most=64)
    id, values = parsing.text(call.fields, "id", most=64), parsing.values(call.fields)
    _wanted(call)
    call.context.engine.tell(call.who, id, values, ms=ms, session=session)
    return questions(call)


def skip(call: Call) -> dict[str, Any]:
    """Pass a question over; then as ``questions``."""
    ms, id = parsing.number(call.fields, "ms", LONG), parsing.text(call.fields, "id", most=64)
    _wanted(call)
    call.context.engine.skip(call.who, id, ms=ms)
    return questions(call)


def undo(call: Call) -> dict[str, Any]:
    """Take an answer back, the last one or the one of a number; then as ``questions``."""
    _wanted(call)
    call.context.engine.undo(call.who, parsing.number(call.fields, "number", NUMBER, 1))
    return questions(call)


def go_on(call: Call) -> dict[str, Any]:
    """Ask on, with so many more judgements; then as ``questions``."""
    more = parsing.number(call.fields, "more", MORE) or 0
    _wanted(call)
    call.context.engine.go_on(more)
    return questions(call)


def as_json(context: AskContext, question: Question) -> dict[str, Any]:
    """A question with what is shown of its samples; whether it is a deliberate repeat is not told."""
    return {
        "id": question.id,
        "kind": question.kind,
        "anchor": context.pictures.card(question.anchor),
        "tiles": [context.pictures.card(tile) for tile in question.tiles],
    }


def recent(context: AskContext, answer: Answer) -> dict[str, Any]:
    """An answer in the list of the last ones."""
    ticked = sum(value == "alike" for value in answer.values)
    grid = answer.question.kind == "grid"
    return {
        "number": answer.number,
        "said": f"{ticked} of {len(answer.values)} alike" if grid else SUMMARY[answer.values[0]],
        "value": ("alike" if ticked else "different") if grid else answer.values[0],
        "anchor": context.pictures.card(answer.question.anchor),
        "tile": context.pictures.card(_shown(answer)),
    }


def _wanted(call: Call) -> tuple[str, str]:
    """The kind of question and the id of the one that is shown; read before anything is done."""
    return parsing.kind_of(call.fields), parsing.text(call.fields, "showing", most=64)


def _shown(answer: Answer) -> int:
    """The tile that stands for an answer: the first ticked one."""
    tiles = zip(answer.question.tiles, answer.values, strict=True)
    return next((tile for tile, value in tiles if value == "alike"), answer.question.tiles[0])
