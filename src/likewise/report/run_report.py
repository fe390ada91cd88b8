"""The report of a run: what was alike, how training went, what came out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator
from likewise.report.html import Page, code, figure, paragraph, table
from likewise.report.pictures import curves, maps, positives
from likewise.training import TrainedRun

MAPPED = 1000
MEASURES = {"loss": "loss", "knn": "kNN accuracy, held-out part", "rankme": "RankMe", "std": "relative spread"}


def report_run(run: TrainedRun, out: str | Path, samples: Samples | None = None, *, seed: int = 0) -> Path:
    """Write one HTML file on a run: settings, graph, curves; with samples also its positives and a 2-D map.

    Raises:
        LikewiseError: the samples are not those of the run, or the disk refuses.
    """
    settings, graph = run.settings, run.graph
    page = Page(
        f"{settings.method} on {graph.n:,} samples", f"{run.record['epochs_done']} of {settings.epochs} epochs."
    )
    inside = None if samples is None else _trained_on(run, samples)
    labels = None if inside is None else inside.label_names
    page.section("Who is alike", code(str(graph.diagnose(labels))))
    if inside is not None:
        anchors = numpy_generator(seed, "report").permutation(len(inside))[:8].tolist()
        page.section("Positives", paragraph(FRAMES), positives(inside, graph, anchors, seed=seed))
    rows = run.metrics()
    drawn = [figure(curves({"": rows}, m, text), text) for m, text in MEASURES.items() if rows and m in rows[-1]]
    page.section("Training", *(drawn or [paragraph("No epoch has finished yet.")]), _last(rows))
    for warning in run.record.get("warnings", []):
        page.section("Warning", paragraph(warning))
    if inside is not None and (run.path / "encoder.safetensors").is_file():
        page.section("The space it learned", _map(run, inside, seed))
    page.section("How to repeat it", code(json.dumps(dict(run.record), indent=1)))
    return page.write(out, f"likewise {run.record['versions']['likewise']}")


FRAMES = (
    "Each row is an anchor, framed in dark, and partners that the graph draws for it. Where labels are known, a green "
    "frame says that they agree and a dashed red one that they do not."
)


def _trained_on(run: TrainedRun, samples: Samples) -> Samples:
    """The samples that the run trained on, found by their keys, in its order."""
    keys = run.graph.keys
    places = None if keys is None else samples.keys.positions(keys)
    if keys is None or places is None or (places < 0).any():
        missing = (
            "" if keys is None or places is None else f": {str(keys.values[int(np.argmax(places < 0))])!r} is missing"
        )
        raise LikewiseError(f"these are not the samples that the run trained on{missing}.")
    return samples.subset(places)


def _last(rows: list[dict[str, float]]) -> str:
    if not rows:
        return ""
    names = [name for name in rows[-1] if name != "epoch" and rows[-1][name] == rows[-1][name]]
    return table(names, [("last epoch", [(f"{rows[-1][name]:.4g}", "") for name in names])])


def _map(run: TrainedRun, samples: Samples, seed: int) -> str:
    chosen = np.sort(numpy_generator(seed, "map").permutation(len(samples))[:MAPPED])
    part = samples.subset(chosen)
    labels = np.zeros(len(part), int) if part.labels is None else part.labels
    classes = part.classes if part.labels is not None else ("",)
    features = run.embed(part)
    return figure(
        maps({"trained encoder": features}, labels, classes, seed), "2-D map", "t-SNE: a picture, not a measurement."
    )
