"""The one exception that likewise raises for bad input, and the sentence for an unknown name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from numbers import Integral, Real


class LikewiseError(ValueError):
    """Bad input: one sentence that says what was wrong, where, and what to do.

    The commands print the sentence and exit with code 2; from Python it is a ``ValueError``.
    """


class UnknownName(LikewiseError, KeyError):
    """A name that does not exist; also a ``KeyError``, as mappings raise it."""

    __str__ = Exception.__str__  # a KeyError would show its sentence in quotes


def unknown_name(kind: str, name: object, choices: Iterable[str]) -> UnknownName:
    """The error for a name that does not exist, naming the nearest ones.

    >>> print(unknown_name("method", "simclrr", ["simclr", "byol", "vicreg"]))
    unknown method 'simclrr': did you mean 'simclr'? Choose from byol, simclr, vicreg.
    """
    known = sorted(choices)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return UnknownName(f"unknown {kind} {str(name)!r}: {hint}Choose from {', '.join(known)}.")


def is_number(value: object) -> bool:
    """Whether it is a number, whole or not, of Python's or numpy's."""
    return isinstance(value, Real)


def require_whole(name: str, value: object) -> None:
    """Refuse what is no whole number.

    >>> require_whole("k", 3.5)
    Traceback (most recent call last):
    likewise.errors.LikewiseError: k must be a whole number, got 3.5.
    """
    if not isinstance(value, Integral):
        raise LikewiseError(f"{name} must be a whole number, got {value!r}.")


def missing_extra(package: str, extra: str, purpose: str) -> LikewiseError:
    """The error for an optional package that is not installed."""
    return LikewiseError(f"{purpose} needs the package {package!r}: pip install 'likewise[{extra}]'.")
