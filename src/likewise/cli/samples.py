"""How commands open samples: the options that all of them share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from likewise.cli.options import SAMPLES, option, tell
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.data import Samples

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="Your samples: a folder of images (nested as you like), a pattern in quotes ('photos/*/*.jpg'), a table "
        "with one in each row (.csv, .tsv, "
        ".parquet or a folder of its parts, .arrow, .jsonl), or an .npy or .npz file of images, vectors or series "
        "(FILE.npz:train for one part of several). "
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
Keys = Annotated[str | None, option(SAMPLES, "The column that names the samples. Default: a table's column 'key'.")]
Columns = Annotated[Path | None, option(SAMPLES, "A table of metadata; its column 'key' holds each sample's path.")]
Features = Annotated[
    list[str] | None,
    option(
        SAMPLES,
        "A table's columns that make up a sample, with commas between. Default: all numbers but the key, the label, "
        "and what looks like an id, an index or a target.",
    ),
]
Exclude = Annotated[list[str] | None, option(SAMPLES, "A table's columns to leave out, with commas between.")]
Types = Annotated[
    list[str] | None, option(SAMPLES, "What a table's column holds: NAME=text, NAME=number or NAME=date. Repeatable.")
]
Missing = Annotated[
    list[str] | None, option(SAMPLES, "A cell that means missing, beside '', NA, NaN, null and their like. Repeatable.")
]
Unlabelled = Annotated[
    list[str] | None, option(SAMPLES, "A label that means none, beside what is missing. Repeatable.")
]
Dialect = Annotated[
    list[str] | None,
    option(
        SAMPLES,
        "How a CSV is written, where the guess is wrong: delimiter=;, decimal=, (the comma), header=no, "
        "encoding=latin-1. Repeatable.",
    ),
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


@dataclass(frozen=True)
class Opening:
    """How samples are to be opened, as a command line says it."""

    labels: Labels = None
    keys: Keys = None
    columns: Columns = None
    features: Features = None
    exclude: Exclude = None
    types: Types = None
    missing: Missing = None
    unlabelled: Unlabelled = None
    dialect: Dialect = None
    size: Size = None
    modality: ModalityName = None
    skip: Skip = False

    def samples(self, data: str, *, quiet: bool = False) -> Samples:
        """The samples of a place; what was done to them is said on standard error, unless the command shows it."""
        from likewise.data import open_samples

        source: Any = data
        labels: Any = self.labels
        if data == "digits" and not Path(data).exists():
            from sklearn.datasets import load_digits

            bunch = load_digits()
            source, labels = (bunch.images * (255 / 16)).round().astype("uint8"), bunch.target
        name, options = _modality(self.modality)
        samples = open_samples(
            source,
            labels=labels,
            keys=self.keys,
            columns=self.columns,
            features=_listed(self.features),
            exclude=_listed(self.exclude),
            types=_pairs(self.types, "--types"),
            missing=self.missing,
            unlabelled=self.unlabelled,
            dialect=_pairs(self.dialect, "--dialect"),
            size=self.size,
            modality=name,
            modality_options=options,
            unreadable="skip" if self.skip else "error",
        )
        if not quiet:
            tell(repr(samples))
        return samples


AS_IT_IS = Opening()


def with_samples(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each choice in ``Opening``, which it is given as ``opening``."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())
    place = next(at for at, parameter in enumerate(own) if parameter.name == "opening")
    kinds = inspect.get_annotations(Opening, eval_str=True)
    words = inspect.Parameter.POSITIONAL_OR_KEYWORD
    choices = [inspect.Parameter(f.name, words, default=f.default, annotation=kinds[f.name]) for f in fields(Opening)]

    @wraps(command)
    def filled(**given: Any) -> None:
        chosen = {choice.name: given.pop(choice.name) for choice in choices}
        command(**given, opening=Opening(**chosen))

    made = [*own[:place], *choices, *own[place + 1 :]]
    filled.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]  # read by inspect
    filled.__annotations__ = {parameter.name: parameter.annotation for parameter in made}
    return filled


def _listed(given: Sequence[str] | None) -> list[str]:
    return [name.strip() for part in given or () for name in part.split(",")]


def _pairs(given: Sequence[str] | None, flag: str) -> dict[str, str]:
    found = [part.partition("=") for part in given or ()]
    for name, between, value in found:
        if not name or not between or not value:
            raise LikewiseError(f"{flag} takes NAME=VALUE, got {name + between + value!r}.")
    return {name.strip(): value for name, _, value in found}


def _modality(text: str | None) -> tuple[str | None, dict[str, Any]]:
    """The name and the options of "series:by=patient,values=a,b"; whole numbers are read as such."""
    name, _, rest = (text or "").partition(":")
    given = [part.partition("=") for part in re.split(r",(?=\w+=)", rest)] if rest else []
    if not all(key and between for key, between, _ in given):
        raise LikewiseError(f"options of a modality are NAME=VALUE after its colon, with commas between, got {rest!r}.")
    return name or None, {key: int(value) if value.isdecimal() else value for key, _, value in given}
