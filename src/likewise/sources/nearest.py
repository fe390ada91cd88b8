"""Positives that are neighbours in a prior metric space: GPS-SSL (arXiv 2401.01990)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from likewise.arrays import Array
from likewise.errors import LikewiseError, unknown_name
from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import edges_from_neighbors
from likewise.search import furthest_within, nearest
from likewise.sources.spaces import Prior, as_space, squared_distances

Pick = Literal["uniform", "nearest", "softmax", "furthest"]
FIRST = 20
"""How many first neighbours the released code averages for its adaptive radius."""


def neighbors(
    space: Prior,
    k: int = 5,
    *,
    radius: float | Literal["adaptive"] | None = None,
    pick: Pick = "uniform",
    metric: str | None = None,
    keep_self: bool = False,
    mutual: bool = False,
    cap: int | None = None,
    temperature: float | None = None,
    engine: str = "exact",
) -> SimilarityGraph:
    """The graph of each sample's near neighbours in a prior space: GPS-SSL (arXiv 2401.01990).

    ``pick="uniform"`` with k is the released code: a positive is drawn evenly from the k nearest. ``pick="furthest"``
    with a radius is the paper's equation: the furthest sample closer than the radius.

    Args:
        space: a Space, an array or a tensor [n, d].
        k: how many neighbours at most.
        radius: neighbours no closer than this fall away. A squared Euclidean distance; with the cosine metric that of
            the normalised vectors, 2 - 2 cos. "adaptive" is the released code's: mean plus standard deviation of the
            squared distances of all samples' 20 first neighbours.
        pick: "uniform", "nearest" (only the first), "softmax" (in proportion to exp(-squared distance / temperature),
            the nearest of a row having weight 1) or "furthest".
        metric: "cosine" or "euclidean"; the space's own by default, cosine for a bare array.
        keep_self: whether a sample may also be drawn as its own partner, with the weight of one neighbour.
        mutual: keep only pairs that choose each other.
        cap: each sample is a neighbour of at most so many others (against hubs).
        temperature: of "softmax", in squared distance; by default the mean over the first neighbours.
        engine: "exact" or "faiss".

    Raises:
        LikewiseError: k >= n, a radius that is not positive, NaN in the space, unknown names.
    """
    place = as_space(space, metric)
    if radius is not None and radius != "adaptive" and not (isinstance(radius, int | float) and radius > 0):
        raise LikewiseError(f"the radius must be a positive squared distance or 'adaptive', got {radius!r}.")
    if pick not in ("uniform", "nearest", "softmax", "furthest"):
        raise unknown_name("pick", pick, ["uniform", "nearest", "softmax", "furthest"])
    if place.n == 1:
        raise LikewiseError("neighbours need at least two samples, the space has 1.")
    limit: float | None
    if pick == "furthest":
        if radius is None:
            raise LikewiseError("pick='furthest' is the furthest sample within a radius: give radius=.")
        limit = adaptive_radius(place, engine) if radius == "adaptive" else float(radius)
        ids, weights = furthest_within(place, limit)[:, None], None
    else:
        ids, weights, limit = _candidates(place, 1 if pick == "nearest" else k, radius, pick, temperature, engine)
    arguments: dict[str, Any] = {"k": None if pick == "furthest" else k, "radius": limit, "metric": place.metric}
    arguments |= {"pick": pick, "keep_self": keep_self or None, "mutual": mutual or None, "cap": cap}
    source = Source("neighbors", {k: v for k, v in arguments.items() if v is not None}, place.fingerprint)
    edges = edges_from_neighbors(ids, weights, source=source)
    graph = SimilarityGraph.of_term(edges, self_weight=1.0 if keep_self else 0.0, keys=place.keys)
    if mutual:
        graph = graph.mutual()
    return graph if cap is None else graph.cap_in_degree(cap)


def _candidates(
    place: Any, k: int, radius: float | str | None, pick: str, temperature: float | None, engine: str
) -> tuple[Array, Array | None, float | None]:
    found = nearest(place, k=k, metric=place.metric, engine=engine)
    distance = squared_distances(found.scores, place.metric)
    limit = None
    ids = found.ids
    if radius is not None:
        limit = adaptive_radius(place, engine) if radius == "adaptive" else float(radius)
        ids = np.where(distance < limit, ids, -1)
    if pick != "softmax":
        return ids, None, limit
    scale = float(distance[:, 0].mean()) if temperature is None else temperature
    if temperature is not None and not temperature > 0:
        raise LikewiseError(f"the temperature must be positive, got {temperature}.")
    nearer = distance - distance[:, :1]
    return ids, np.exp(-nearer / max(scale, 1e-12)).astype(np.float32), limit


def adaptive_radius(space: Prior, engine: str = "exact") -> float:
    """The released GPS code's radius: mean plus standard deviation of the squared distances of 20 first neighbours."""
    place = as_space(space, None)
    found = nearest(place, k=min(FIRST, place.n - 1), metric=place.metric, engine=engine)
    distance = squared_distances(found.scores, place.metric)
    return float(distance.mean() + distance.std())
