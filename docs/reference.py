"""Writes docs/reference.md: every public name of every room, with the first sentence of its docstring.

python docs/reference.py
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

from likewise.registry import Registry

ROOMS = {
    "likewise": "What most people need; `lw.NAME` after `import likewise as lw`.",
    "likewise.graph": "The similarity graph and what is known of it.",
    "likewise.sources": "Each returns a graph.",
    "likewise.priors": "Each makes a space.",
    "likewise.search": "Nearest neighbours.",
    "likewise.adaptation": "A prior bent towards a graph.",
    "likewise.active": "Asking: strategies and oracles.",
    "likewise.answers": "What people said, what follows from it, and how sure that is.",
    "likewise.data": "Samples, and which of them make up a batch.",
    "likewise.modalities": "Kinds of data.",
    "likewise.views": "Augmentations.",
    "likewise.losses": "Functions of `(q, k, relation)`, and the same as modules.",
    "likewise.methods": "A loss with heads, momentum encoder and queue; encoders.",
    "likewise.training": "Training, runs, callbacks.",
    "likewise.metrics": "What an embedding is worth.",
    "likewise.evaluation": "Probes, controls, intervals.",
    "likewise.closed_form": "The optimum of a loss for a graph.",
    "likewise.labelling": "Several people on one loop.",
    "likewise.web": "The page.",
    "likewise.show": "What pages and reports are made of.",
    "likewise.report": "One HTML file.",
    "likewise.testing": "What parts of your own are checked by.",
}


def main() -> None:
    """Write the file."""
    (Path(__file__).parent / "reference.md").write_text(reference())


def reference() -> str:
    """The page as Markdown."""
    lines = ["# Reference", "", "Every public name; `help(NAME)` says more. Written by `python docs/reference.py`.", ""]
    for room, what in ROOMS.items():
        module = import_module(room)
        lines += [f"## {room}", "", what, "", "| name | |", "|---|---|"]
        lines += [f"| `{name}` | {sentence(getattr(module, name))} |" for name in sorted(names_of(module))]
        lines.append("")
    return "\n".join(lines)


def names_of(module: Any) -> list[str]:
    """The public names of a room; in a room without a list, the functions and classes that it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__ and callable(value)
    ]


def sentence(value: Any) -> str:
    """The first paragraph of a docstring as one line, or what a constant is."""
    if inspect.ismodule(value):
        text = value.__doc__ or ""
    elif inspect.isclass(value) or inspect.isroutine(value):
        text = inspect.getdoc(value) or ""
    elif isinstance(value, Path):
        text = f"The folder `{value.name}` of the package."
    elif type(value).__module__.startswith("likewise"):
        names = sorted(value.builtin) if isinstance(value, Registry) else []  # what others register is not ours
        text = f"{type(value).__name__}: {', '.join(names)}." if names else str(value)
    else:
        text = f"`{value!r}`" if len(repr(value)) < 100 else type(value).__name__
    first = " ".join(text.partition("\n\n")[0].split())
    return first.replace("|", "\\|")


if __name__ == "__main__":
    main()
