"""From what a caller gives to settings, which a record holds, and parts, which it can only name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from likewise.errors import unknown_name
from likewise.methods import METHODS, method_options
from likewise.training.files import plain
from likewise.training.settings import PARTS, Settings
from likewise.views import Compose


@dataclass(frozen=True)
class Parts:
    """The parts of a run that were given as objects or functions; None where a name, or nothing, was given."""

    method: Any = None
    loss: Any = None
    encoder: Any = None
    projector: Any = None
    predictor: Any = None
    views: Any = None
    optimizer: Any = None
    schedule: Any = None


def read_arguments(given: Mapping[str, Any], others: tuple[str, ...] = ()) -> tuple[Settings, Parts]:
    """Settings and parts of keyword arguments, the method's own options among them.

    Args:
        given: keyword arguments.
        others: names that the caller takes besides, for the error.

    Raises:
        LikewiseError: a name is neither a setting nor an option of the method.
    """
    parts = {name: given[name] for name in PARTS if not isinstance(given.get(name), str | None)}
    method = given.get("method", "simclr")
    if "method" not in parts and method not in METHODS:
        raise unknown_name("method", method, METHODS)
    settings = [name for name in Settings.names() if name != "options"]
    known = [] if "method" in parts else method_options(method)
    options = {**given.get("options", {}), **{name: value for name, value in given.items() if name in known}}
    if "method" in parts:
        options |= {name: value for name, value in given.items() if name not in (*settings, "options")}
    else:
        for name in (*given.get("options", {}), *given):
            if name not in (*settings, *known, "options"):
                raise unknown_name(f"setting of fit with method {method}", name, [*settings, *known, *others])
    chosen = {name: value for name, value in given.items() if name in settings}
    chosen |= {name: name_of(part) for name, part in parts.items()}
    return Settings(**plain({**chosen, "options": options})), Parts(**parts)


def name_of(part: Any) -> str:
    """How a record names a part that was given as an object: a pipeline as it reads, all else by qualified name."""
    if isinstance(part, Compose):
        return repr(part)
    named = part if hasattr(part, "__qualname__") else type(part)
    return f"{named.__module__}.{named.__qualname__}"
