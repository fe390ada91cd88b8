"""Several priors as one: what is near in all of them, each weighing as much as is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.space import Space


def joined(spaces: Sequence[Space], weights: Sequence[float] | None = None) -> Space:
    """The rows of spaces of the same samples side by side, compared by cosine.

    Rows of a space that is compared by cosine are divided by their norm, those of a Euclidean one centred on their
    mean; each block is then scaled to a mean length of 1 and multiplied by the root of its weight, so that the
    similarity is the weighted mean of those of the blocks, where all rows are of one length.

    Args:
        spaces: one or more.
        weights: positive, one a space; default all equal.

    Raises:
        LikewiseError: no space, other samples, or a weight that is missing or not positive.
    """
    weights = [1.0] * len(spaces) if weights is None else [float(weight) for weight in weights]
    if not spaces or len(weights) != len(spaces) or not all(0 < weight < np.inf for weight in weights):
        raise LikewiseError(f"joining needs spaces and a positive weight for each, got {len(spaces)} and {weights}.")
    first = spaces[0]
    for space in spaces[1:]:
        if space.n != first.n:
            raise LikewiseError(f"{first.name!r} has {first.n} rows and {space.name!r} {space.n}: they must agree.")
        if first.keys is not None and space.keys is not None:
            first.keys.require_same(space.keys, f"space {space.name!r}")
    rows = [_block(space) * weight**0.5 for space, weight in zip(spaces, weights, strict=True)]
    parts = [{"name": space.name, "weight": weight} for space, weight in zip(spaces, weights, strict=True)]
    known = [space.info["samples"] for space in spaces if "samples" in space.info]
    keys = next((space.keys for space in spaces if space.keys is not None), None)
    info = {"prior": "joined", "parts": parts} | ({"samples": known[0]} if known else {})
    name = " + ".join(s.name if w == 1 else f"{s.name} * {w:g}" for s, w in zip(spaces, weights, strict=True))
    return Space(np.concatenate(rows, 1).astype(np.float32), "cosine", name, keys, info)


def _block(space: Space) -> Array:
    """The rows of a space with a mean length of 1."""
    rows = space.normalized if space.metric == "cosine" else space.array - space.array.mean(0, dtype=np.float64)
    length = float(np.linalg.norm(rows, axis=1).mean())
    return rows / (length or 1.0)


def parts_of(text: str) -> list[tuple[str, float]]:
    """The names and weights of a sum of priors.

    Raises:
        LikewiseError: a part has no name, or a weight is no positive number.

    >>> parts_of("color*2+texture")
    [('color', 2.0), ('texture', 1.0)]
    """
    parts = []
    for part in text.split("+"):
        name, _, weight = part.strip().rpartition("*") if "*" in part else (part.strip(), "", "1")
        try:
            parts.append((name.strip(), float(weight)))
        except ValueError:
            parts.append(("", 0.0))
        if not parts[-1][0] or not 0 < parts[-1][1] < np.inf:
            raise LikewiseError(f"a sum of priors is NAME+NAME or NAME*WEIGHT+NAME, positive weights, got {text!r}.")
    return parts
