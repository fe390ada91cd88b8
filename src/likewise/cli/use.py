"""``likewise evaluate``, ``embed``, ``export`` and ``report``: what a run is good for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from likewise.cli.options import (
    MORE,
    SAMPLES,
    Json,
    Seed,
    emit,
    option,
    require_suffix,
    tell,
)
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.run import Run

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that `likewise fit` made.")]


def _run(path: Path) -> Run:
    from likewise.run import Run

    return Run.load(path)


@with_samples
def evaluate(
    run: RunFolder,
    data: Data,
    opening: Opening = AS_IT_IS,
    test: Annotated[
        str | None, option(SAMPLES, "Samples to measure on, as DATA is named. Default: a random part of DATA.")
    ] = None,
    holdout: Annotated[float, option(SAMPLES, "How large that part is.")] = 0.3,
    group: Annotated[
        str | None, option(SAMPLES, "A column of which no value may be on both sides, such as a patient.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure an encoder: kNN, linear probe, few-shot, retrieval, clustering.

    Probes are fitted on one part of the labelled samples and measured on another, which nothing is chosen by. Give
    --test samples that the encoder never saw; without them it says how many of the measured ones it was trained on.

    Example: likewise evaluate runs/one photos/ --test more-photos/
    """
    trained = _run(run)
    samples = opening.samples(data)
    if samples.labels is None:
        raise LikewiseError("evaluating needs labels: name their column with --labels.")
    if test is None:
        measured, fitted = samples.split(holdout, group=group, seed=seed)
    else:
        fitted, measured = (
            samples,
            opening.samples(test),
        )
    found = trained.evaluate(fitted, measured, seed=seed)
    seen = _seen(trained, measured)
    emit({**found.as_json(), "seen_in_training": seen}, str(found), as_json=as_json, samples=samples)
    if seen:
        tell(
            f"note: {seen:,} of the {len(measured):,} samples measured have the keys of samples that the encoder was "
            "trained on (their labels played no part unless its graph has them); --test takes samples that it never "
            "saw. Files of the same name in another folder are not told apart."
        )


def _seen(run: Run, samples: Samples) -> int:
    """How many of the samples have the keys of samples that the encoder was trained on."""
    keys = run.graph.keys
    return 0 if keys is None else int((keys.positions(samples.keys) >= 0).sum())


@with_samples
def embed(
    run: RunFolder,
    data: Data,
    opening: Opening = AS_IT_IS,
    out: Annotated[Path, option(MORE, "Where to write: .parquet (with keys) or .npy.")] = Path("embeddings.parquet"),
    as_json: Json = False,
) -> None:
    """Turn samples into features with a trained encoder.

    Example: likewise embed runs/one photos/ --out embeddings.parquet
    """
    from likewise.training import write_embeddings

    require_suffix(out, [".parquet", ".npy"], "embeddings")
    trained = _run(run)
    samples = opening.samples(data)
    features = trained.embed(samples)
    write_embeddings(out, samples.keys, features)
    n, d = features.shape
    emit(
        {"path": str(out), "samples": n, "dimension": d},
        f"{n:,} samples x {d} features written to {out}",
        as_json=as_json,
        samples=samples,
    )


def export(
    run: RunFolder,
    out: Annotated[Path, option(MORE, "Where to write the weights (.safetensors).")] = Path("encoder.safetensors"),
    as_json: Json = False,
) -> None:
    """Write a trained encoder as safetensors, with a small JSON that rebuilds it.

    Example: likewise export runs/one --out encoder.safetensors
    """
    require_suffix(out, [".safetensors"], "weights")
    path = _run(run).export(out)
    beside = path.with_suffix(".json")
    emit({"weights": str(path), "description": str(beside)}, f"written to {path} and {beside}", as_json=as_json)


@with_samples
def report(
    run: RunFolder,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="The samples of the run, for pictures."),
    ] = None,
    opening: Opening = AS_IT_IS,
    out: Annotated[Path | None, option(MORE, "The HTML file. Default: report.html in the run's folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write one HTML file on a run: its graph, positives, curves, the space it learned.

    Example: likewise report runs/one photos/
    """
    trained = _run(run)
    samples = None
    if data is not None:
        samples = opening.samples(data)
    path = trained.report(out, samples)
    emit({"path": str(path)}, f"written to {path}", as_json=as_json)
