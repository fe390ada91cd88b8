"""From what a caller gives to settings, which a record holds, and parts, which it can only name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from likewise.errors import LikewiseError, unknown_name
from likewise.methods import method_options
from likewise.registry import qualified_name
from likewise.settings import PARTS, Execution, Settings
from likewise.training.files import plain
from likewise.views import describe


@dataclass(frozen=True)
class Parts:
    """The parts of a run that were given as objects or functions; None where a name, or nothing, was given."""

    method: Any = None
    loss: Any = None
    encoder: Any = None
    output: Any = None
    projector: Any = None
    predictor: Any = None
    views: Any = None
    optimizer: Any = None
    schedule: Any = None

    def chosen(self, name: str, settings: Settings) -> Any:
        """A part as it was given: the object, else the name in the settings."""
        given = getattr(self, name)
        return getattr(settings, name) if given is None else given


def read_arguments(given: Mapping[str, Any]) -> tuple[Settings, Parts, Execution]:
    """Settings, parts and how to carry them out, of keyword arguments; the method's own options are among them.

    Raises:
        LikewiseError: a name is neither an option of training nor of the method, or a value is not allowed.
    """
    settings, execution = Settings.names(), Execution.names()
    for name in ("options", "encoder_options"):
        if not isinstance(given.get(name, {}), Mapping):
            raise LikewiseError(f"{name}= takes options by name, got {given[name]!r}.")
    plain_kinds: Any = {"output": str | int | None}
    parts = {name: given[name] for name in PARTS if not isinstance(given.get(name), plain_kinds.get(name, str | None))}
    _check_parts(parts, given)
    method = given.get("method")
    if method is None and given.get("loss") is None:
        method = "simclr"
    known = method_options(method, given.get("loss"))
    options = {**given.get("options", {}), **{name: value for name, value in given.items() if name in known}}
    for name in (*given.get("options", {}), *given):
        if name not in (*settings, *known, *execution):
            what = f"method {_label(method)}" if method is not None else f"loss {_label(given['loss'])}"
            raise unknown_name(f"setting of fit with {what}", name, [*settings, *known, *execution])
    chosen = {name: value for name, value in given.items() if name in settings}
    chosen |= {name: describe(part) if name == "views" else _name_of(part) for name, part in parts.items()}
    try:
        chosen = plain({**chosen, "method": chosen.get("method") or method, "options": options})
    except (TypeError, AttributeError, ValueError) as error:
        raise LikewiseError(f"options must be numbers, words or lists of them, to be recorded: {error}.") from None
    carried = {name: value for name, value in given.items() if name in execution}
    return Settings(**chosen), Parts(**parts), Execution(**carried)


def _check_parts(parts: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse what is no part of its kind, and options of named parts beside parts of the user's."""
    if "encoder" in parts and not isinstance(parts["encoder"], nn.Module):
        raise LikewiseError(
            f"an encoder is a name or a module, got {parts['encoder']!r:.80}: call what makes it, or register it."
        )
    for name, part in parts.items():
        if not callable(part) and name not in ("views", "optimizer"):
            raise LikewiseError(f"{name}= takes a name, a function or a module, got {part!r:.80}.")
    for name, owner in (("pretrained", "encoder"), ("encoder_options", "encoder"), ("lr", "optimizer")):
        if given.get(name) and owner in parts:
            raise LikewiseError(f"{name}= belongs to {owner}s by name: say it where you make the {owner}.")


def _name_of(part: Any) -> str:
    return describe(part) if isinstance(part, partial) else qualified_name(part)


def _label(part: object) -> str:
    return part if isinstance(part, str) else qualified_name(part)
