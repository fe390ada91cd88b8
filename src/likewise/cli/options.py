"""What the commands share: how samples and spaces are named on the command line, and how results are printed."""

from __future__ import annotations

import inspect
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from likewise.errors import LikewiseError, unknown_name

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.space import Space

SAMPLES, ALIKE, NETWORK, TRAINING, PAGE, MORE = (
    "Your samples",
    "Who is alike",
    "The network",
    "Training",
    "The page",
    "More",
)
"""The headings under which --help lists options."""

UNITS = 20
"""From so much wider a column than the typical one on, a table's units are spoken of."""


def option(heading: str, text: str, *names: str, **rules: Any) -> Any:
    """An option with its help under a heading."""
    return typer.Option(*names, help=text, rich_help_panel=heading, **rules)


Json = Annotated[bool, option(MORE, "Print the result as JSON, for machines.", "--json")]
Seed = Annotated[int, option(MORE, "Equal seeds give equal results.", min=0)]
PriorName = Annotated[
    str,
    option(
        ALIKE,
        "The space whose neighbours count: pixels (samples value by value; large images at 32 pixels a side, or at "
        "pixels:SIDE), color, texture, scaled (a table's columns alike), pca, spectrum (series), autoencoder, "
        "timm:MODEL, run:FOLDER, columns:A,B, a registered prior (NAME or NAME:TEXT), or a file of embeddings (.npz, "
        ".npy, .parquet, .csv; compared by their angle). Several are joined by +, with weights: 'color*2+texture'.",
    ),
]


def load_space(name: str, samples: Samples, *, seed: int = 0, **options: Any) -> Space:
    """The space that a command names, made of the samples or read from a file."""
    from likewise import priors

    parts = _parts(name)
    if parts:
        spaces = [load_space(part, samples, seed=seed, **options) for part, _ in parts]
        return priors.joined(spaces, [weight for _, weight in parts])
    kind, _, rest = name.partition(":")
    if kind == "pixels" and rest.isdecimal():
        return priors.pixels(samples, int(rest))
    if kind == "timm":
        return priors.timm(rest, samples, **options)
    if kind == "columns":
        return priors.columns(samples, rest.split(","))
    if kind == "run":
        return priors.run(rest, samples)
    if Path(name).exists():
        return priors.from_file(name, samples)
    if kind not in priors.PRIORS or kind == "from_file":
        if Path(name).suffix:
            raise LikewiseError(f"no file of embeddings at {name}.")
        plain = [known for known in priors.PRIORS if known not in ("columns", "from_file", "run", "timm")]
        raise unknown_name("prior", name, [*plain, "timm:MODEL", "run:FOLDER", "columns:A,B"])
    if rest and kind in priors.PRIORS.builtin:
        raise LikewiseError(f"the prior {kind!r} takes nothing after a colon, got {name!r}.")
    space = _made(priors.PRIORS[kind], kind, [samples, *([rest] if rest else [])], seed, options)
    if kind == "pixels" and samples.modality.mixed_units:
        _warn_of_units(space)
    if kind == "pixels" and space.name != "pixels":
        side = max(samples.shape[1:])
        tell(f"note: images of {side} pixels a side are compared as {space.name}; pixels:{side} takes all of them.")
    return space


def _parts(name: str) -> list[tuple[str, float]]:
    """The parts of a sum of priors and their weights; none where the name is that of one prior or of a file."""
    from likewise import priors
    from likewise.priors.joining import parts_of

    if not {"+", "*"} & set(name) or Path(name).exists():
        return []
    kinds = [part.partition(":")[0].partition("*")[0].strip() for part in name.split("+")]
    known = [kind in priors.PRIORS or Path(kind).exists() for kind in kinds]
    return parts_of(name) if any(known) and (all(known) or ":" not in name) else []


def _made(prior: Callable[..., Space], name: str, arguments: list[Any], seed: int, options: Mapping[str, Any]) -> Space:
    """The space of a registered prior, which is given a seed where it takes one."""
    from likewise.space import Space

    signature = inspect.signature(prior)
    given = {**options, **({"seed": seed} if "seed" in signature.parameters else {})}
    try:
        signature.bind(*arguments, **given)
    except TypeError as error:
        what = ", ".join(["the samples", *map(repr, arguments[1:]), *(f"{key}=" for key in given)])
        raise LikewiseError(f"the prior {name!r} does not take {what}: {error}.") from None
    made = prior(*arguments, **given)
    if not isinstance(made, Space):
        raise LikewiseError(f"the prior {name!r} must give a Space, got a {type(made).__name__}.")
    return made


def _warn_of_units(space: Space) -> None:
    """Say so where a few columns of a table decide what is near, because their numbers are larger."""
    spread = space.array.std(0)
    spread = spread[spread > 0]
    if len(spread) and spread.max() > UNITS * np.median(spread):
        tell(
            f"note: the widest column spreads {spread.max() / np.median(spread):,.0f} times as far as the typical one "
            "and decides what is near; --prior scaled weighs all columns equally."
        )


def require_suffix(path: Path, suffixes: Sequence[str], what: str) -> None:
    """Refuse a file of another kind before any work is done for it."""
    if path.suffix not in suffixes:
        raise LikewiseError(f"{what} are written as {' or '.join(suffixes)}, got {path.name!r}.")
    if path.is_dir():
        raise LikewiseError(f"{path} is a folder: choose another name with --out.")


def tell(text: str) -> None:
    """Say something to the person, on standard error, so that standard output stays for results."""
    print(text, file=sys.stderr, flush=True)


def emit(result: Mapping[str, Any], text: str, *, as_json: bool, samples: Samples | None = None) -> None:
    """Print a result: as JSON, with what was guessed of the samples, or as text."""
    said = {} if samples is None else {"samples": describe(samples)}
    shown = json.dumps(_finite({**result, **said}), indent=1, allow_nan=False) if as_json else text
    print(shown, flush=True)


def describe(samples: Samples) -> dict[str, Any]:
    """What samples were read as, for machines."""
    return {
        "count": len(samples),
        "kind": samples.kind,
        "shape": list(samples.shape),
        "features": list(samples.features),
        "columns": list(samples.columns),
        "classes": len(samples.classes),
        "notes": list(samples.notes),
    }


def _finite(value: Any) -> Any:
    """A value as JSON has it: what is no number is null there."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return _finite(_plain(value))


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "as_json"):
        return value.as_json()
    return str(value)
