"""The report of a run: what was alike, how training went, what came out."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from likewise.arrays import Array
from likewise.data import Samples
from likewise.report.documents import write_document
from likewise.report.figures import Drawing, curves
from likewise.show import GraphView, HeldPictures
from likewise.training import TrainedRun

MEASURES = {
    "loss": "Loss",
    "knn": "kNN accuracy on the held-out part",
    "rankme": "RankMe: how many directions are used",
    "std": "Relative spread",
    "alignment": "Alignment of partners",
    "uniformity": "Uniformity",
    "images_per_second": "Samples a second",
    "waiting": "Share of time spent waiting for samples",
}
"""What a run writes down each epoch, in words."""
DRAWN = ("loss", "knn", "rankme", "std")
ANCHORS, EDGES, HUBS = 8, 12, 16


def report_run(run: TrainedRun, out: str | Path, samples: Samples | None = None, *, seed: int = 0) -> Path:
    """Write one HTML file on a run: graph, curves, how to repeat it; with samples also what is alike, and a map.

    Args:
        run: the run.
        out: the file.
        samples: those that it trained on, for pictures; others beside them do no harm.
        seed: of the samples that are shown.

    Raises:
        LikewiseError: the samples are not those of the run, or the disk refuses.
    """
    view = _view(run, samples, seed)
    rows, record = run.metrics(), run.record
    values = {
        "view": view,
        "title": f"{run.settings.objective} on {view.graph.n:,} samples",
        "lead": _lead(run, any("knn" in row for row in rows)),
        "warnings": record.get("warnings", []),
        "pictures": samples is not None,
        "anchors": view.examples(ANCHORS),
        "edges": view.edges(0, EDGES),
        "hubs": view.hubs(HUBS),
        "drawings": _drawings(rows),
        "last": _last(rows),
        "version": record["versions"]["likewise"],
        "record": json.dumps(dict(record), indent=1),
    }
    return write_document(out, "run.html", values)


def _lead(run: TrainedRun, watched: bool) -> str:
    done = f"{run.done}, encoder {run.record['encoder']['name']}."
    held = f" {run.settings.monitor:.0%} of the samples were held out of it and of this graph to watch kNN accuracy."
    lead = done + held if watched else done
    if run.settings.sample != "pairs":
        return lead
    effective = run.record["effective_anchors"]
    return lead + f" Its pairs weigh the {run.record['n']:,} samples as {effective:,.0f} evenly drawn ones would."


def _view(run: TrainedRun, samples: Samples | None, seed: int) -> GraphView:
    """The run's graph, with the pictures and the features of its samples where these are at hand."""
    graph = run.graph
    if samples is None:
        return GraphView(graph, HeldPictures(None, np.arange(graph.n)), "", seed=seed)
    inside = run.trained_on(samples)

    def features(ids: Array) -> Array:
        return run.embed(inside.subset(ids))

    trained = (run.path / "encoder.safetensors").is_file()
    return GraphView(
        graph,
        HeldPictures(inside),
        "",
        labels=inside.label_names,
        features=features if trained else None,
        seed=seed,
    )


def _drawings(rows: list[dict[str, float]]) -> list[tuple[str, Drawing]]:
    measured = [name for name in DRAWN if any(row.get(name, math.nan) == row.get(name) for row in rows)]
    return [(MEASURES[name], curves({"": rows}, name)) for name in measured]


def _last(rows: list[dict[str, float]]) -> list[tuple[str, str]]:
    """(value, name) of all that was measured, each where it was measured last."""
    found = {name: value for row in rows for name, value in row.items() if name != "epoch" and value == value}
    order = [name for name in dict.fromkeys([*MEASURES, *found]) if name in found]
    return [(_number(found[name]), MEASURES.get(name, name)) for name in order]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
