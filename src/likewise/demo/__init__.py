"""The demo: what choosing the positives does, on handwritten digits."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.demo.answer_curve import answer_curve, mean_curves
from likewise.demo.digits import run_rows, workers
from likewise.demo.page import COLUMNS, write_page
from likewise.errors import LikewiseError
from likewise.evaluation import Evaluation, Summary, summarise


@dataclass(frozen=True)
class Demo:
    """What a demo found.

    Attributes:
        summary: a row for each choice of what is alike.
        report: the HTML file.
    """

    summary: Summary
    report: Path

    def as_json(self) -> dict[str, Any]:
        """The summary as JSON holds it, and where the report is."""
        return {**self.summary.as_json(), "report": str(self.report)}

    def __str__(self) -> str:
        return str(self.summary)


def run_demo(folder: Path, seeds: tuple[int, ...] = (0, 1, 2), epochs: int = 25) -> Demo:
    """Train every row with every seed, write the report, and return the table.

    Raises:
        LikewiseError: the folder holds something that is not an earlier demo.
    """
    marker = folder / "runs"
    if folder.exists() and any(folder.iterdir()) and not marker.is_dir():
        raise LikewiseError(f"{folder} holds something that is not a demo: choose another folder with --out.")
    shutil.rmtree(marker, ignore_errors=True)
    with workers() as pool:
        curves = pool.map_async(answer_curve, seeds)
        results = run_rows(pool, folder, seeds, epochs)
        answers = mean_curves(curves.get())
    summary = summarise({name: [_shown(one) for one in each] for name, each in results.items()})
    return Demo(summary, write_page(folder, results, summary, answers, seeds, epochs))


def _shown(found: Evaluation) -> Evaluation:
    """The figures that the table has room for."""
    return Evaluation({key: found.values[key] for key in COLUMNS if key in found.values}, {}, found.facts)


__all__ = ["run_demo"]
