"""The templates' environment: the macros that every page shares, beside the templates of a room of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from likewise.show.formatting import FILTERS
from likewise.show.planes import ink

HERE = Path(__file__).parent
STATIC = HERE / "static"
"""The style sheet, the script of the map and the mark, which a server serves and a file holds."""


@cache
def templates(*folders: Path) -> Any:
    """The environment of the templates in these folders and of ours: all is escaped, what is missing is an error.

    Args:
        folders: where a room keeps its own templates; those of an earlier folder come first.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([*folders, HERE / "templates"])
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters.update(FILTERS | {"ink": ink})
    return made
