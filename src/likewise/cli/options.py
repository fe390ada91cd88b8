"""What the commands share: how samples and spaces are named on the command line, and how results are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from likewise.errors import LikewiseError, unknown_name

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.space import Space

Data = Annotated[
    str,
    typer.Argument(
        help="Your samples: a folder of images (nested as you like), or an .npy, .npz, .csv or .parquet file. "
        "'digits' is the small set of handwritten digits that comes with scikit-learn."
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(help="The column that holds the labels, if any. A folder's first-level subfolders count as labels."),
]
Columns = Annotated[
    Path | None, typer.Option(help="A CSV or Parquet file of metadata, whose column 'key' holds each sample's path.")
]
Size = Annotated[int | None, typer.Option(help="Resize images so that the shorter side has this many pixels.")]
Skip = Annotated[bool, typer.Option("--skip-unreadable", help="Leave unreadable images out, and say how many.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal results.")]
PriorName = Annotated[
    str,
    typer.Option(
        help="The space whose neighbours count: pixels, pca, autoencoder, timm:MODEL, run:FOLDER, columns:A,B, or a "
        "file of embeddings (.npz, .npy, .parquet, .csv)."
    ),
]


def load_samples(
    data: str, *, labels: str | None, columns: Path | None, size: int | None, skip: bool, quiet: bool = False
) -> Samples:
    """The samples that a command names; what was done to them is said on standard error."""
    from likewise.data import open_samples

    source: Any = data
    given: Any = labels
    if data == "digits" and not Path(data).exists():
        from sklearn.datasets import load_digits

        bunch = load_digits()
        source, given = (bunch.images * (255 / 16)).round().astype("uint8"), bunch.target
    samples = open_samples(source, labels=given, columns=columns, size=size, unreadable="skip" if skip else "error")
    if not quiet:
        tell(repr(samples))
    return samples


def load_space(name: str, samples: Samples, *, seed: int = 0, **options: Any) -> Space:
    """The space that a command names, made of the samples or read from a file."""
    from likewise import priors

    kind, _, rest = name.partition(":")
    if kind == "timm":
        return priors.timm(rest, samples, **options)
    if kind == "columns":
        return priors.columns(samples, rest.split(","))
    if kind == "run":
        from likewise.space import Space
        from likewise.training import TrainedRun

        return Space(TrainedRun.load(rest).embed(samples), name=name, keys=samples.keys)
    if Path(name).exists():
        return priors.from_file(name, samples)
    made: dict[str, Callable[..., Space]] = {
        "pixels": priors.pixels,
        "pca": priors.pca,
        "autoencoder": priors.autoencoder,
    }
    if kind not in made:
        if Path(name).suffix:
            raise LikewiseError(f"no file of embeddings at {name}.")
        raise unknown_name("prior", name, [*made, "timm:MODEL", "run:FOLDER", "columns:A,B"])
    if kind == "autoencoder":
        options["seed"] = seed
    return made[kind](samples, **options)


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
