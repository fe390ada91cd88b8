"""The demo's report: pictures of what each source calls alike, the table, the spaces, a few honest sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from likewise import priors
from likewise.arrays import Array
from likewise.demo.answer_curve import Point
from likewise.demo.digits import ROWS, Results, run_folder
from likewise.demo.folds import Fold, make_fold, open_digits
from likewise.demo.words import ANSWERS, LEGEND, METHOD, OWN, sentences
from likewise.evaluation import Summary
from likewise.randomness import numpy_generator
from likewise.report import Drawing, curves, dots, write_document
from likewise.show import GraphView, HeldPictures, Plane, map_data
from likewise.training import TrainedRun

COLUMNS = {
    "purity": "purity",
    "connected": "connected",
    "1-shot": "1-shot",
    "5-shot": "5-shot",
    "linear": "linear",
    "knn": "kNN",
    "ari": "ARI",
}
DOTTED = {"1-shot": "1-shot", "linear": "linear", "ari": "ARI"}
FIRST = ("no graph, weak views", "GPS", "GPS + 50 answers", "GPS + 150 answers", "all labels")
"""Rows whose 1-shot accuracy stands at the top."""
ANCHORS = 5


def write_page(
    folder: Path,
    results: Results,
    summary: Summary,
    answers: dict[str, list[Point]],
    seeds: tuple[int, ...],
    epochs: int,
) -> Path:
    """Write the report of a demo and return where it is.

    Args:
        folder: of the demo, with the runs in it.
        results: by row the evaluation of each seed.
        summary: of these.
        answers: by measure what so many answers bring.
        seeds: of the runs; the first is that of which pictures are shown.
        epochs: of each run.

    Raises:
        LikewiseError: the disk refuses.
    """
    fold = make_fold(open_digits(), seeds[0])
    values = {
        "title": "What choosing the positives does",
        "lead": f"1,797 handwritten digits of 8 x 8 pixels, one small encoder, {epochs} epochs for all, {len(seeds)} "
        "seeds. The rows differ in one thing: what counts as alike.",
        "first": [(f"{summary.rows[row]['1-shot'].mean:.1%}", row) for row in FIRST],
        "columns": list(COLUMNS.values()),
        "rows": [(row, cells(summary, row)) for row in results],
        "dots": dots([(row, _dotted(summary, row)) for row in results], list(DOTTED.values())),
        "sentences": sentences(summary),
        "sources": _sources(fold),
        "answers": curves(answers, "value", over="answers"),
        "spaces": _spaces(folder, fold, seeds[0]),
        "training": _training(folder, seeds[0]),
        "words": {"legend": LEGEND, "answers": ANSWERS, "own": OWN, "method": METHOD},
    }
    return write_document(folder / "report.html", "demo.html", values, Path(__file__).parent / "templates")


def cells(summary: Summary, row: str) -> list[tuple[str, str] | None]:
    """A row's means with half the width of their intervals."""
    found = summary.rows[row]
    out: list[tuple[str, str] | None] = []
    for column in COLUMNS:
        interval = found.get(column)
        spread = "" if interval is None or interval.half != interval.half else f"± {interval.half:.3f}"
        out.append(None if interval is None else (f"{interval.mean:.3f}", spread))
    return out


def _dotted(summary: Summary, row: str) -> dict[str, tuple[float, float]]:
    found = {name: summary.rows[row].get(key) for key, name in DOTTED.items()}
    return {name: (interval.mean, interval.half) for name, interval in found.items() if interval is not None}


def _sources(fold: Fold) -> list[tuple[str, str, GraphView, list[int]]]:
    """Each row with a graph: its name, what it says, its graph to look at, and the same anchors for all."""
    pictures = HeldPictures(fold.train)
    shown = [row for row in ROWS if row.graph.__name__ != "none"]
    found = [GraphView(row.graph(fold), pictures, row.name, labels=fold.truth, seed=fold.seed) for row in shown]
    able = np.flatnonzero(np.all([view.degree > 0 for view in found], axis=0))
    able = numpy_generator(fold.seed, "anchors").permutation(able)
    first = np.sort(np.unique(fold.truth[able], return_index=True)[1])  # of each class one
    anchors: list[int] = able[first[:ANCHORS]].tolist()
    return [(row.name, row.says, view, anchors) for row, view in zip(shown, found, strict=True)]


def _spaces(folder: Path, fold: Fold, seed: int) -> dict[str, Any]:
    """The held-out digits in pixel space and in the space of each run."""
    truth = fold.test.labels
    assert truth is not None
    spaces: dict[str, Array] = {"raw pixels": priors.pixels(fold.test).array}
    spaces |= {row.name: TrainedRun.load(run_folder(folder, row.name, seed)).embed(fold.test) for row in ROWS}
    planes = [Plane.of(name, features, seed) for name, features in spaces.items()]
    classes = [str(code) for code in range(int(np.max(truth)) + 1)]
    pictures = HeldPictures(fold.test)
    cards = [pictures.card(row) for row in range(len(pictures))]
    return {"planes": planes, "codes": truth, "classes": classes, "data": map_data(planes, truth, classes, cards)}


def _training(folder: Path, seed: int) -> list[tuple[str, Drawing]]:
    runs = {row.name: TrainedRun.load(run_folder(folder, row.name, seed)).metrics() for row in ROWS}
    return [("Loss", curves(runs, "loss")), ("RankMe: how many directions the features use", curves(runs, "rankme"))]
