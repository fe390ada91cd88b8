"""Kinds of data by name, and which of them an array is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from likewise.errors import LikewiseError
from likewise.modalities.base import Modality, require_numbers
from likewise.registry import Registry, call_with

MODALITIES: Registry[type[Modality]] = Registry(
    "modality",
    {
        "image": "likewise.modalities.image:Image",
        "series": "likewise.modalities.series:Series",
        "vector": "likewise.modalities.vector:Vector",
        "text": "likewise.modalities.text:Text",
    },
    group="likewise.modalities",
)
"""Kinds of data by name, each a class derived from ``Modality``."""


def make_modality(given: str | Modality, options: Mapping[str, Any] | None = None) -> Modality:
    """A kind of data by name, with its options; or one that is ready.

    Raises:
        LikewiseError: there is no such kind or option, or what is registered is no kind of data.
    """
    if isinstance(given, Modality):
        if options:
            raise LikewiseError(
                f"{', '.join(options)}: options are for a modality by name, and this one is made already."
            )
        return given
    if not isinstance(given, str):
        raise LikewiseError(f"a modality is a name or a Modality, got {given!r:.80}.")
    made = call_with(MODALITIES[given], f"the modality {given!r}", options or {})
    if not isinstance(made, Modality):
        raise LikewiseError(f"the modality {given!r} must be derived from Modality, got a {type(made).__name__}.")
    if made.name != given:
        raise LikewiseError(f"the modality {given!r} has the name {made.name!r}: register it under its name.")
    return made


def known() -> list[str]:
    """The names of all kinds, the built-in ones first, so that no other takes what is theirs."""
    return [*MODALITIES.builtin, *(name for name in MODALITIES if name not in MODALITIES.builtin)]


def guess(array: Any) -> tuple[Modality, str]:
    """The kind of an array of which nobody said it, and what is to be said of the guess ("" where it is beyond doubt).

    Raises:
        LikewiseError: none takes it.
    """
    for name in known():
        modality = make_modality(name)
        claim = modality.claims(array)
        if claim is not None:
            return modality.guessed(array), claim
    require_numbers(array)
    wanted = ", ".join(f"{MODALITIES[name].reads} ({MODALITIES[name].plural})" for name in MODALITIES.builtin)
    raise LikewiseError(f"samples must have the shape {wanted}, got {list(array.shape)}.")


def modality_of(shape: tuple[int, ...]) -> Modality:
    """The built-in kind whose samples have such a shape.

    Raises:
        LikewiseError: there is none.
    """
    for name in MODALITIES.builtin:
        if MODALITIES[name].rank == len(shape):
            return make_modality(name)
    raise LikewiseError(f"no kind of data has samples of shape {shape}.")
