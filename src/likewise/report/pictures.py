"""Pictures of samples, graphs and spaces, as addresses that hold them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from likewise.arrays import Array
from likewise.data import Samples
from likewise.graph import SimilarityGraph
from likewise.report.html import data_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INKS = ["#2f5fd0", "#d1495b", "#2a9d6f", "#e0a100", "#7b4fb5", "#1aa6b7", "#8a5a2b", "#e377c2", "#6b7280", "#9bbf1e"]
PIXELATED = 64
"""Images of at most this side are enlarged with visible pixels."""


def thumbnail(samples: Samples, row: int, side: int = 96) -> str:
    """One sample as a small PNG: an image, or a vector as a bar chart."""
    from PIL import Image

    sample = samples.read([row])[0]
    if samples.kind == "vector":
        return _bars(sample.numpy(), side)
    array = sample.permute(1, 2, 0).numpy()
    picture = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    if max(picture.size) > side:
        picture.thumbnail((side, side))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return data_uri(content.getvalue())


def _bars(values: Array, side: int) -> str:
    """A vector as a strip of bars, the first hundred entries."""
    from PIL import Image, ImageDraw

    shown = values[:100].astype(float)
    span = max(float(np.abs(shown).max()), 1e-12)
    picture = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(picture)
    for number, value in enumerate(shown):
        left, right = number * side / len(shown), (number + 1) * side / len(shown)
        top = side / 2 * (1 - value / span)
        pen.rectangle([left, min(top, side / 2), max(left, right - 1), max(top, side / 2)], fill=60)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return data_uri(content.getvalue())


def positives(samples: Samples, graph: SimilarityGraph, anchors: Sequence[int], count: int = 6, seed: int = 0) -> str:
    """Anchors with partners that the graph draws for them; framed by whether their labels agree, where known."""
    partners = graph.draw(torch.tensor(anchors)[:, None].expand(-1, count), torch.Generator().manual_seed(seed))
    labels = samples.labels
    rows = []
    for anchor, drawn in zip(anchors, partners.tolist(), strict=True):
        shown = [_framed(samples, anchor, "anchor", "anchor"), '<span class="gap"></span>']
        for other in drawn:
            known = labels is not None and min(labels[anchor], labels[other]) >= 0
            agree = known and labels is not None and labels[anchor] == labels[other]
            frame = "" if not known else "alike" if agree else "unlike"
            shown.append(_framed(samples, other, frame, "itself" if other == anchor else "partner"))
        rows.append(f'<div class="row">{"".join(shown)}</div>')
    small = samples.kind == "image" and max(samples.shape[1:]) <= PIXELATED
    return f'<div class="{"pixel" if small else ""}">{"".join(rows)}</div>'


def _framed(samples: Samples, row: int, frame: str, what: str) -> str:
    label = samples.labels
    name = f", {samples.classes[label[row]]}" if label is not None and label[row] >= 0 else ""
    alt = escape(f"{what}: {samples.keys.values[row]}{name}", quote=True)
    return f'<img class="{frame}" src="{thumbnail(samples, row)}" alt="{alt}" title="{alt}">'


def flat_map(features: Array, seed: int = 0) -> Array:
    """Two coordinates for each row: t-SNE of the normalised features (a picture, not a measurement)."""
    from sklearn.manifold import TSNE

    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    perplexity = min(30.0, max(2.0, (len(unit) - 1) / 4))
    placed: Array = TSNE(2, init="pca", perplexity=perplexity, random_state=seed, max_iter=500).fit_transform(unit)
    return placed


def maps(spaces: Mapping[str, Array], labels: Array, classes: Sequence[str], seed: int = 0) -> str:
    """Scatter plots of several spaces side by side, coloured by label."""
    from matplotlib.figure import Figure

    columns = min(4, len(spaces))
    rows = -(-len(spaces) // columns)
    page = Figure(figsize=(3.1 * columns, 3.2 * rows + 0.3), layout="constrained")
    for number, (name, features) in enumerate(spaces.items()):
        axis = page.add_subplot(rows, columns, number + 1)
        placed = flat_map(features, seed)
        for code, label in enumerate(classes):
            mine = labels == code
            axis.scatter(placed[mine, 0], placed[mine, 1], s=7, color=INKS[code % len(INKS)], label=label, linewidths=0)
        axis.set(xticks=[], yticks=[])
        axis.set_title(name, fontsize=10)
        axis.spines[:].set_color("#d0d7de")
    if len(classes) <= len(INKS):
        handles, names = page.axes[0].get_legend_handles_labels()
        page.legend(handles, names, loc="outside lower center", ncols=len(classes), frameon=False, markerscale=2)
    return as_uri(page)


def curves(runs: Mapping[str, Sequence[Mapping[str, float]]], measure: str, label: str, over: str = "epoch") -> str:
    """One measure of several runs over their epochs, or over something else that they count."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(7.2, 3.6), layout="constrained")
    axis = page.add_subplot()
    for number, (name, rows) in enumerate(runs.items()):
        points = [(row[over], row[measure]) for row in rows if measure in row]
        axis.plot(*zip(*points, strict=True), label=name, color=INKS[number % len(INKS)], linewidth=1.6)
    axis.set(xlabel=over, ylabel=label)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    if len(runs) > 1:
        axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return as_uri(page)


def dots(rows: Sequence[tuple[str, Mapping[str, tuple[float, float]]]], measures: Sequence[str]) -> str:
    """Means with their intervals as dots and whiskers, a panel for each measure."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(3.0 * len(measures) + 1.4, 0.36 * len(rows) + 0.9), layout="constrained")
    axes: Any = page.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    places = np.arange(len(rows))[::-1]
    for axis, measure in zip(axes, measures, strict=True):
        for place, (_, values) in zip(places, rows, strict=True):
            if measure in values:
                mean, spread = values[measure]
                axis.errorbar(mean, place, xerr=spread, fmt="o", color=INKS[0], markersize=5, capsize=3)
        axis.set_title(measure, fontsize=10)
        axis.grid(axis="x", alpha=0.25)
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[0].set_yticks(places, [name for name, _ in rows])
    return as_uri(page)


def as_uri(page: Figure) -> str:
    """A matplotlib figure as an address that holds it."""
    content = io.BytesIO()
    page.savefig(content, format="png", dpi=140)
    return data_uri(content.getvalue())
