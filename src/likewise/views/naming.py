"""What callables are called, in reports and in the record of a run: the same in every process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import nn

from likewise.registry import qualified_name


def describe(views: Any) -> str:
    """Views as a run records them: a name, or of callables their parameters or their qualified name, no addresses.

    Args:
        views: what ``make_views`` takes.

    >>> def shaken(x):
    ...     return x
    >>> describe([shaken, "weak"])
    '[likewise.views.naming.shaken, weak]'
    """
    if isinstance(views, str):
        return views
    if isinstance(views, Sequence):
        return f"[{', '.join(map(describe, views))}]"
    if isinstance(views, partial):
        given = [*map(repr, views.args), *(f"{name}={value!r}" for name, value in views.keywords.items())]
        return f"partial({', '.join([describe(views.func), *given])})"
    if hasattr(views, "__qualname__"):
        return qualified_name(views)
    shown = " ".join(repr(views).split())
    return qualified_name(views) if " at 0x" in shown else shown


def short_name(views: Callable[..., Any]) -> str:
    """The name without its module: of the function, or of the class."""
    if isinstance(views, partial):
        return short_name(views.func)
    return str(getattr(views, "__qualname__", type(views).__qualname__))


def libraries(views: Callable[..., Any]) -> set[str]:
    """The packages that a callable's class, its bases and the modules inside it come from."""
    parts = list(views.modules()) if isinstance(views, nn.Module) else [views]
    return {base.__module__.partition(".")[0] for part in parts for base in type(part).__mro__}
