"""Samples as points in a plane: where they are placed, and a drawing of them that needs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.arrays import Array

INKS = ("#3b6fe0", "#d1495b", "#2a9d6f", "#d18f00", "#8b5cc7", "#1aa6b7", "#9a6a36", "#e377c2", "#7b8494", "#8db31c")
"""Of the classes, legible on light and on dark; further classes begin again."""
NO_INK = "#8a93a3"
"""Of a sample without a class."""
TOLD = 8
"""Facts of a sample that is pointed at; its own page has all."""


@dataclass(frozen=True)
class Plane:
    """Samples placed in the unit square, x to the right and y down.

    Attributes:
        name: what is placed; empty where there is but one plane.
        points: ``[m, 2]``.
    """

    name: str
    points: Array

    @classmethod
    def of(cls, name: str, features: Array, seed: int = 0) -> Plane:
        """Features ``[m, F]`` placed by ``flat_map``."""
        placed = flat_map(features, seed)
        low, high = placed.min(0), placed.max(0)
        return cls(name, (placed - low) / np.maximum(high - low, 1e-9))

    def as_json(self) -> dict[str, Any]:
        """As the script of the map reads it."""
        return {"name": self.name, "points": [[round(float(x), 4), round(float(y), 4)] for x, y in self.points]}

    def strokes(self, codes: Array, wide: int = 160, tall: int = 100) -> list[tuple[str, str]]:
        """(ink, SVG path) of each class that has points: a dot is a line of no length with round ends.

        Args:
            codes: the class of each point; negative: none.
            wide: units of the drawing, of which a margin is kept free.
            tall: likewise.
        """
        places = np.round(4 + self.points * (wide - 8, tall - 8), 1)
        return [
            (ink(code), "".join(f"M{x:g} {y:g}h0" for x, y in places[codes == code].tolist()))
            for code in np.unique(codes).tolist()
        ]


def map_data(
    planes: Sequence[Plane], codes: Array, classes: Sequence[str], cards: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Planes of the same samples as the map's script reads them.

    Args:
        planes: one or several.
        codes: int ``[m]``: the class of each sample; negative: none.
        classes: their names.
        cards: what is shown of each sample that is pointed at.
    """
    return {
        "planes": [plane.as_json() for plane in planes],
        "codes": np.maximum(codes, -1).tolist(),
        "classes": list(classes),
        "inks": [*map(ink, range(len(classes))), NO_INK],
        "cards": [_peeked(card) for card in cards],
    }


def _peeked(card: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of a sample that is pointed at."""
    facts = card["facts"]
    seen = facts if len(facts) <= TOLD else [*facts[:TOLD], ["…", ""]]
    return {name: card.get(name) for name in ("name", "picture", "text", "page")} | {"facts": seen}


def ink(code: int) -> str:
    """The colour of a class."""
    return NO_INK if code < 0 else INKS[code % len(INKS)]


def flat_map(features: Array, seed: int = 0) -> Array:
    """Two coordinates for each row: t-SNE of the normalised features (a picture, not a measurement)."""
    if len(features) < 4:  # too few for neighbourhoods
        return np.column_stack([np.arange(len(features)), np.zeros(len(features))])
    from sklearn.manifold import TSNE

    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    perplexity = min(30.0, max(2.0, (len(unit) - 1) / 4))
    start = "pca" if unit.shape[1] > 1 else "random"
    placed: Array = TSNE(2, init=start, perplexity=perplexity, random_state=seed, max_iter=500).fit_transform(unit)
    return placed
