"""``likewise evaluate``, ``embed``, ``export`` and ``report``: what a run is good for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from likewise.cli.options import Columns, Data, Json, Labels, Seed, Size, Skip, emit, load_samples
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.run import Run

RunFolder = Annotated[Path, typer.Argument(help="The folder of a run.")]


def _run(path: Path) -> Run:
    from likewise.run import Run
    from likewise.training import TrainedRun

    found = TrainedRun.load(path)
    return Run(found.path, found.record)


def evaluate(
    run: RunFolder,
    data: Data,
    test: Annotated[str | None, typer.Option(help="Samples to measure on; default a random part of DATA.")] = None,
    holdout: Annotated[float, typer.Option(help="How large that part is.")] = 0.3,
    group: Annotated[
        str | None, typer.Option(help="A column of which no value may be on both sides, such as a patient.")
    ] = None,
    labels: Labels = None,
    columns: Columns = None,
    size: Size = None,
    skip: Skip = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure a run's features: kNN, linear probe, few-shot, retrieval, clustering.

    Probes are fitted on one part of the labelled samples and measured on another, which nothing is chosen by.

    Example: likewise evaluate runs/one photos/ --test more-photos/
    """
    trained = _run(run)
    samples = load_samples(data, labels=labels, columns=columns, size=size, skip=skip)
    if samples.labels is None:
        raise LikewiseError("evaluating needs labels: name their column with --labels.")
    if test is None:
        measured, fitted = samples.split(holdout, group=group, seed=seed)
    else:
        fitted, measured = samples, load_samples(test, labels=labels, columns=columns, size=size, skip=skip)
    found = trained.evaluate(fitted, measured, seed=seed)
    emit(found.as_json(), str(found), as_json=as_json)


def embed(
    run: RunFolder,
    data: Data,
    out: Annotated[Path, typer.Option(help="Where to write: .parquet (with keys) or .npy.")] = Path(
        "embeddings.parquet"
    ),
    columns: Columns = None,
    size: Size = None,
    skip: Skip = False,
    as_json: Json = False,
) -> None:
    """Turn samples into features with a run's encoder.

    Example: likewise embed runs/one photos/ --out embeddings.parquet
    """
    from likewise.training import write_embeddings

    trained = _run(run)
    samples = load_samples(data, labels=None, columns=columns, size=size, skip=skip)
    features = trained.embed(samples)
    write_embeddings(out, samples.keys, features)
    n, d = features.shape
    emit(
        {"path": str(out), "samples": n, "dimension": d},
        f"{n:,} samples x {d} features written to {out}",
        as_json=as_json,
    )


def export(
    run: RunFolder,
    out: Annotated[Path, typer.Option(help="Where to write the weights (.safetensors).")] = Path("encoder.safetensors"),
    as_json: Json = False,
) -> None:
    """Write a run's encoder: safetensors, and a small JSON that rebuilds it.

    Example: likewise export runs/one --out encoder.safetensors
    """
    path = _run(run).export(out)
    beside = path.with_suffix(".json")
    emit({"weights": str(path), "description": str(beside)}, f"written to {path} and {beside}", as_json=as_json)


def report(
    run: RunFolder,
    data: Annotated[str | None, typer.Argument(help="The samples of the run, for pictures.")] = None,
    out: Annotated[Path | None, typer.Option(help="The HTML file; default report.html in the run's folder.")] = None,
    labels: Labels = None,
    columns: Columns = None,
    size: Size = None,
    skip: Skip = False,
    as_json: Json = False,
) -> None:
    """Write one HTML file on a run: its graph, its positives, its curves, the space it learned.

    Example: likewise report runs/one photos/
    """
    trained = _run(run)
    samples = None
    if data is not None:
        samples = load_samples(data, labels=labels, columns=columns, size=size, skip=skip)
    path = trained.report(out, samples)
    emit({"path": str(path)}, f"written to {path}", as_json=as_json)
