"""What the commands share: how samples and spaces are named on the command line, and how results are printed."""

from __future__ import annotations

import inspect
import json
import re
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


Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="Your samples: a folder of images (nested as you like), a pattern in quotes ('photos/*/*.jpg'), or an "
        ".npy, .npz, .csv or .parquet file of images, vectors or series (FILE.npz:train for one part of several). "
        "'digits' is the small set of handwritten digits that comes with scikit-learn.",
    ),
]
Labels = Annotated[
    str | None,
    option(
        SAMPLES,
        "The column that holds the labels; or of a folder's paths the level that does: level:1 is the outermost, "
        "level:-1 the one that holds the image. Default: the deepest level whose names repeat, train/val/test apart.",
    ),
]
Columns = Annotated[
    Path | None, option(SAMPLES, "A CSV or Parquet file of metadata; its column 'key' holds each sample's path.")
]
Size = Annotated[
    int | None,
    option(SAMPLES, "Resize images to squares of so many pixels. Default: as they are; mixed sizes take the median."),
]
ModalityName = Annotated[
    str | None,
    option(
        SAMPLES,
        "The kind of data: image, vector, series, text or a registered one, with its options after a colon "
        "(series:by=patient,time=day reads a table with a row for each step). Default: a folder holds images, a table "
        "vectors, an array what its shape and range say.",
        "--modality",
    ),
]
Skip = Annotated[bool, option(SAMPLES, "Leave unreadable images out, and say which.", "--skip-unreadable")]
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


def load_samples(
    data: str,
    *,
    labels: str | None,
    columns: Path | None,
    size: int | None,
    skip: bool,
    modality: str | None = None,
) -> Samples:
    """The samples that a command names; what was done to them is said on standard error."""
    from likewise.data import open_samples

    source: Any = data
    given: Any = labels
    if data == "digits" and not Path(data).exists():
        from sklearn.datasets import load_digits

        bunch = load_digits()
        source, given = (bunch.images * (255 / 16)).round().astype("uint8"), bunch.target
    name, options = _modality(modality)
    samples = open_samples(
        source,
        labels=given,
        columns=columns,
        size=size,
        modality=name,
        modality_options=options,
        unreadable="skip" if skip else "error",
    )
    tell(repr(samples))
    return samples


def _modality(text: str | None) -> tuple[str | None, dict[str, Any]]:
    """The name and the options of "series:by=patient,values=a,b"; whole numbers are read as such."""
    name, _, rest = (text or "").partition(":")
    given = [part.partition("=") for part in re.split(r",(?=\w+=)", rest)] if rest else []
    if not all(key and between for key, between, _ in given):
        raise LikewiseError(f"options of a modality are NAME=VALUE after its colon, with commas between, got {rest!r}.")
    return name or None, {key: int(value) if value.isdecimal() else value for key, _, value in given}


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


def emit(result: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print a result: as JSON, or as text."""
    print(json.dumps(result, indent=1, default=_plain) if as_json else text, flush=True)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "as_json"):
        return value.as_json()
    return str(value)
