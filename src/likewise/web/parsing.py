"""What a request says, checked field by field: whatever is wrong with it is one sentence and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from likewise.answers import CODES, Value
from likewise.errors import LikewiseError
from likewise.labelling.engine import KINDS

NAME = "likewise_name"
LONGEST_NAME = 40
JOINERS = "\u200c\u200d"
"""Signs that cannot be seen, and that names in some scripts need."""
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One request: of which page, by whom, and what it says."""

    context: Any
    who: str
    fields: Fields


def fields_of(body: bytes, kind: str) -> dict[str, Any]:
    """The fields of a body: of JSON as they are, of a form each a list of strings.

    Raises:
        LikewiseError: it cannot be read as what it says it is.
    """
    try:
        if kind.startswith("application/json"):
            found = json.loads(body)
            if not isinstance(found, dict):
                raise ValueError
            return found
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qs(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=2000))
    except (ValueError, RecursionError):
        raise LikewiseError("the request cannot be read.") from None
    raise LikewiseError("requests are sent as JSON, or as a form.")


def text(fields: Fields, name: str, default: str = "", most: int = 200) -> str:
    """A string; of a form, the first of its values.

    Raises:
        LikewiseError: it is none, or longer than ``most``.
    """
    value = fields.get(name, default)
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise LikewiseError(f"{name} must be a text of at most {most} characters.")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise LikewiseError(f"{name} must be a text of whole characters.") from None
    return value


def number(fields: Fields, name: str, most: int, least: int = 0) -> int | None:
    """A whole number from ``least`` to ``most``; None where there is none.

    Raises:
        LikewiseError: it is no such number.
    """
    value = fields.get(name)
    value = value[0] if isinstance(value, list) and value else value
    if value is None or value == "":
        return None
    return whole(value, name, most, least)


def required(fields: Fields, name: str, most: int, least: int = 0) -> int:
    """A whole number that must be there."""
    value = number(fields, name, most, least)
    if value is None:
        raise LikewiseError(f"{name} is missing.")
    return value


def numbers(fields: Fields, name: str, most: int) -> list[int]:
    """Distinct whole numbers from 0 to ``most``, at least one."""
    values = fields.get(name, [])
    if not isinstance(values, list) or not values:
        raise LikewiseError("nothing was ticked: tick what you mean first.")
    return list(dict.fromkeys(whole(value, name, most) for value in values))


def whole(value: Any, name: str, most: int, least: int = 0) -> int:
    """A whole number, given as one or in digits."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise LikewiseError(f"{name} must be a whole number from {least} to {most}.")
    return value


def values(fields: Fields) -> tuple[Value, ...]:
    """The values of an answer."""
    found = fields.get("values")
    if not isinstance(found, list) or not all(isinstance(value, str) and value in CODES for value in found):
        raise LikewiseError(f"values must be a list of {', '.join(CODES)}.")
    return tuple(found)


def kind_of(fields: Fields) -> str:
    """The kind of question that is wanted."""
    return one_of(fields, "kind", KINDS, KINDS[0])


def one_of(fields: Fields, name: str, choices: Sequence[str], default: str = "") -> str:
    """One of a few words."""
    word = text(fields, name, default)
    if word not in choices:
        raise LikewiseError(f"{name} must be one of {', '.join(choices)}.")
    return word


def operation(fields: Fields) -> str:
    """The id that the client gave to what it wants done, so that it is done once."""
    found = text(fields, "operation", most=64)
    if not (found.isascii() and found.isalnum()):
        raise LikewiseError("operation must be letters and digits.")
    return found


def name_of(given: str) -> str:
    """An annotator's name, as it is kept.

    Raises:
        LikewiseError: it is empty, too long, or holds what cannot be printed.
    """
    name = " ".join(given.split())
    seen = "".join(sign for sign in name if sign not in JOINERS)
    if not seen or len(name) > LONGEST_NAME or not seen.isprintable():
        raise LikewiseError(f"a name has 1 to {LONGEST_NAME} printable characters.")
    return name


def who(cookies: Mapping[str, str], default: str) -> str:
    """Who is asking."""
    try:
        return name_of(unquote(cookies.get(NAME, ""), errors="strict"))
    except (LikewiseError, UnicodeDecodeError):
        return default
