"""The demo's report: pictures of what each source calls alike, the table, the spaces, a few honest sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from likewise import priors
from likewise.demo.asking import Point
from likewise.demo.digits import ROWS, Results, run_folder
from likewise.demo.folds import Fold, make_fold, open_digits
from likewise.demo.words import ANSWERS, LEGEND, METHOD, OWN, sentences
from likewise.evaluation import Summary
from likewise.randomness import numpy_generator
from likewise.report import FRAMES, Page, code, curves, dots, figure, maps, paragraph, positives, table
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


def cells(summary: Summary, row: str) -> list[tuple[str, str] | None]:
    """A row's means with half the width of their intervals."""
    found = summary.rows[row]
    out: list[tuple[str, str] | None] = []
    for column in COLUMNS:
        interval = found.get(column)
        spread = "" if interval is None or interval.half != interval.half else f"± {interval.half:.3f}"
        out.append(None if interval is None else (f"{interval.mean:.3f}", spread))
    return out


def write_page(
    folder: Path,
    results: Results,
    summary: Summary,
    answers: dict[str, list[Point]],
    seeds: tuple[int, ...],
    epochs: int,
) -> Path:
    """Write the report of a demo and return where it is."""
    fold = make_fold(open_digits(), seeds[0])
    page = Page(
        "What choosing the positives does",
        f"1,797 handwritten digits of 8 x 8 pixels, one small encoder, {epochs} epochs for all, {len(seeds)} seeds. "
        "The rows differ in one thing: what counts as alike.",
    )
    page.section(
        "The table", paragraph(LEGEND), table(list(COLUMNS.values()), [(r, cells(summary, r)) for r in results])
    )
    page.section("The same as a picture", _dots(results, summary), *map(paragraph, sentences(summary)))
    page.section("What each source calls alike", paragraph(FRAMES), _cards(fold))
    page.section("What answers buy", paragraph(ANSWERS), figure(*_answers(answers)))
    page.section("The spaces they learned", _maps(folder, fold, seeds[0]))
    page.section("Training", _curves(folder, seeds[0]))
    page.section("The same on your own folder", code(OWN))
    page.section("How this was measured", *map(paragraph, METHOD))
    return page.write(folder / "report.html", "Made by `likewise demo`.")


def _dots(results: Results, summary: Summary) -> str:
    shown = {"1-shot": "1-shot", "linear": "linear", "ari": "ARI"}
    rows = [
        (row, {name: (i.mean, i.half) for key, name in shown.items() if (i := summary.rows[row].get(key)) is not None})
        for row in results
    ]
    return figure(
        dots(rows, list(shown.values())), "Means and intervals of each row", "Held-out digits; 95 % intervals."
    )


def _answers(answers: dict[str, list[Point]]) -> tuple[str, str]:
    picture = curves(answers, "value", "of the training digits", over="answers")
    return picture, "Purity, coverage and ARI of the groups after so many answers"


def _cards(fold: Fold) -> str:
    anchors = numpy_generator(fold.seed, "anchors").permutation(len(fold.train))[:5].tolist()
    cards = []
    for row in ROWS:
        if row.graph.__name__ == "none":
            continue
        pictures = positives(fold.train, row.graph(fold), anchors, count=6, seed=fold.seed)
        cards.append(f'<div class="card"><h3>{row.name}</h3><p>{row.says}</p>{pictures}</div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _maps(folder: Path, fold: Fold, seed: int) -> str:
    names = (
        "no graph, weak views",
        "no graph, strong views",
        "GPS",
        "GPS + 50 answers",
        "GPS + 150 answers",
        "SPPS",
        "random graph",
        "a few labels",
        "all labels",
    )
    spaces = {"raw pixels": priors.pixels(fold.test).array}
    spaces |= {name: TrainedRun.load(run_folder(folder, name, seed)).embed(fold.test) for name in names}
    truth = fold.test.labels
    assert truth is not None
    picture = maps(spaces, truth, [str(c) for c in range(int(np.max(truth)) + 1)], seed)
    return figure(
        picture, "2-D maps of the held-out digits", "t-SNE of the held-out digits: pictures, not measurements."
    )


def _curves(folder: Path, seed: int) -> str:
    runs = {row.name: TrainedRun.load(run_folder(folder, row.name, seed)).metrics() for row in ROWS}
    loss = figure(curves(runs, "loss", "loss"), "Loss by epoch")
    rank = figure(
        curves(runs, "rankme", "RankMe of the features"), "RankMe by epoch", "How many directions the features use."
    )
    return loss + rank
