"""Figures of a report, each drawn for light and for dark."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from likewise.show import data_uri
from likewise.show.planes import INKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIGHT, DARK = ("#15181e", "#596070", "#e3e4e8"), ("#eceef2", "#a4abb8", "#2a2e37")
"""Ink, soft and line, as the style sheet has them."""
FEW = 12
"""A curve of at most so many points also shows them."""


@dataclass(frozen=True)
class Drawing:
    """A figure as two addresses that hold it.

    Attributes:
        light: for a light page.
        dark: for a dark page.
        wide: whether it is to be scrolled rather than made small.
    """

    light: str
    dark: str
    wide: bool


def curves(runs: Mapping[str, Sequence[Mapping[str, float]]], measure: str, over: str = "epoch") -> Drawing:
    """One measure of several runs over their epochs, or over something else that they count.

    Args:
        runs: the rows of each; those in which the measure is missing or NaN are passed over.
        measure: what is drawn.
        over: what it is drawn over.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    several = len(runs) > 1
    page = Figure(figsize=(9.4, 3.6) if several else (4.6, 2.3), layout="constrained")
    axis = page.add_subplot()
    for number, (name, rows) in enumerate(runs.items()):
        points = [(row[over], row[measure]) for row in rows if measure in row and row[measure] == row[measure]]
        mark = "o" if len(points) <= FEW else None
        ink = INKS[number % len(INKS)]
        axis.plot(*np.array(points).reshape(-1, 2).T, label=name, color=ink, linewidth=1.8, marker=mark, markersize=4)
    axis.set_xlabel(over, fontsize=9)
    axis.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axis.grid(axis="y")
    axis.spines[["top", "right", "left"]].set_visible(False)
    if several:
        axis.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return _drawn(page, several)


def dots(rows: Sequence[tuple[str, Mapping[str, tuple[float, float]]]], measures: Sequence[str]) -> Drawing:
    """Means with their intervals as dots and whiskers, a panel for each measure.

    Args:
        rows: (name, by measure (mean, half of the interval)).
        measures: the panels.
    """
    from matplotlib.figure import Figure

    page = Figure(figsize=(2.9 * len(measures) + 1.4, 0.33 * len(rows) + 0.7), layout="constrained")
    axes: Any = page.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    places = np.arange(len(rows))[::-1]
    for axis, measure in zip(axes, measures, strict=True):
        for place, (_, values) in zip(places, rows, strict=True):
            if measure in values:
                mean, spread = values[measure]
                axis.errorbar(mean, place, xerr=spread, fmt="o", color=INKS[0], markersize=5, capsize=3)
        axis.set_title(measure, fontsize=10)
        axis.grid(axis="both")
        axis.spines[["top", "right", "left"]].set_visible(False)
    axes[0].set_yticks(places, [name for name, _ in rows])
    return _drawn(page, True)


def _drawn(page: Figure, wide: bool) -> Drawing:
    """The same figure in both looks, on the page's own ground."""
    from matplotlib.text import Text

    found = []
    for ink, soft, line in (LIGHT, DARK):
        for text in page.findobj(Text):
            text.set_color(ink)
        for axis in page.axes:
            axis.tick_params(length=0, labelcolor=soft, labelsize=9, grid_color=line, grid_linewidth=0.8)
            axis.set_axisbelow(True)
            axis.spines[:].set_color(line)
        content = io.BytesIO()
        page.savefig(content, format="png", dpi=160, transparent=True)
        found.append(data_uri(content.getvalue(), "image/png"))
    return Drawing(found[0], found[1], wide)
