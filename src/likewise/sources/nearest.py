"""Positives that are neighbours in a prior metric space: GPS-SSL (arXiv 2401.01990)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from likewise.arrays import Array, fingerprint
from likewise.errors import LikewiseError, require_whole, unknown_name
from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import Edges, edges_from_neighbors
from likewise.search import furthest_within, nearest
from likewise.sources.calibrated import Calibrated, calibrated_edges
from likewise.sources.partitioned import group_codes, nearest_across, nearest_within
from likewise.sources.spaces import directed_rows, squared_distances, without_blanks
from likewise.space import Space, SpaceLike

Pick = Literal["uniform", "nearest", "softmax", "furthest"]
PICKS = ("uniform", "nearest", "softmax", "furthest")
FIRST = 20
"""How many first neighbours the released code averages for its adaptive radius."""


def neighbors(
    space: SpaceLike,
    k: int = 5,
    *,
    radius: float | Literal["adaptive"] | None = None,
    pick: Pick = "uniform",
    metric: str | None = None,
    keep_self: bool = False,
    mutual: bool = False,
    cap: int | None = None,
    temperature: float | None = None,
    calibrated: Calibrated | None = None,
    precision: float | None = None,
    within: Any = None,
    across: Any = None,
    engine: str = "exact",
) -> SimilarityGraph:
    """The graph of each sample's near neighbours in a prior space: GPS-SSL (arXiv 2401.01990).

    ``pick="uniform"`` with k is the released code: a positive is drawn evenly from the k nearest. ``pick="furthest"``
    with a radius is the paper's equation: the furthest sample closer than the radius. Where directions are compared
    (cosine), a row of zeros has none: it gets no neighbours and is nobody's, and a warning says how many there are.

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
        calibrated: answers (a store, its file, or a ``Calibration``) that turn distance, rank and density into the
            probability that two samples are alike, which is the weight of an edge.
        precision: with ``calibrated``: how pure each sample's neighbours shall be, in (0, 1]; of its k nearest each
            keeps as many as it can trust to be.
        within: a column ``[n]``: only neighbours that agree in it (the same plate, the same hospital).
        across: a column ``[n]``: only neighbours that differ in it (other plates), so that what a batch has in common
            is not what is learned. A sample without a value has no neighbours in either.
        engine: "exact" or "faiss".

    Raises:
        LikewiseError: k >= n, a radius or temperature that is not positive, NaN in the space, unknown names.
    """
    place = Space.of(space, metric)
    require_whole("k", k)
    _check(place, radius, pick, temperature)
    parts = _parts(place, within, across, plain=calibrated is None and pick != "furthest" and radius != "adaptive")
    if calibrated is not None or precision is not None:
        if calibrated is None or pick != "uniform" or radius is not None:
            raise LikewiseError("precision belongs to calibrated=, which replaces a radius and any pick but 'uniform'.")
        edges = calibrated_edges(place, k, calibrated, precision, engine)
        return _graph(place, edges, keep_self, mutual, cap)
    k = {"nearest": 1, "furthest": 0}.get(pick, k)
    limit = adaptive_radius(place, engine) if isinstance(radius, str) else radius
    if pick == "furthest":
        ids, weights = furthest_within(place, float(limit or 0))[:, None], None
    else:
        ids, weights = _candidates(place, k, limit, temperature, pick, engine, parts)
    arguments: dict[str, Any] = {"k": k or None, "radius": limit, "metric": place.metric, "pick": pick}
    arguments |= {"keep_self": keep_self or None, "temperature": temperature}
    arguments |= {} if parts is None else {parts[0]: fingerprint(parts[1])}
    source = Source("neighbors", {k: v for k, v in arguments.items() if v is not None}, place.fingerprint)
    ids = without_blanks(place, ids)
    return _graph(place, edges_from_neighbors(ids, weights, source=source), keep_self, mutual, cap)


def _graph(place: Space, edges: Edges, keep_self: bool, mutual: bool, cap: int | None) -> SimilarityGraph:
    graph = SimilarityGraph.of_term(edges, self_weight=1.0 if keep_self else 0.0, keys=place.keys)
    if mutual:
        graph = graph.mutual()
    return graph if cap is None else graph.cap_in_degree(cap)


def _check(place: Space, radius: float | str | None, pick: str, temperature: float | None) -> None:
    if pick not in PICKS:
        raise unknown_name("pick", pick, PICKS)
    if radius is not None and radius != "adaptive" and (isinstance(radius, str) or not radius > 0):
        raise LikewiseError(f"the radius must be a positive squared distance or 'adaptive', got {radius!r}.")
    if pick == "furthest" and radius is None:
        raise LikewiseError("pick='furthest' is the furthest sample within a radius: give radius=.")
    if temperature is not None and (pick != "softmax" or not temperature > 0):
        raise LikewiseError(f"the temperature must be positive, and belongs to pick='softmax', got {temperature}.")
    if place.n == 1:
        raise LikewiseError("neighbours need at least two samples, the space has 1.")


def _parts(place: Space, within: Any, across: Any, *, plain: bool) -> tuple[str, Array] | None:
    """Which side of a column neighbours are to be on, and the codes of its values; None without one."""
    if within is None and across is None:
        return None
    if within is not None and across is not None:
        raise LikewiseError("give within= or across=, not both.")
    if not plain:
        raise LikewiseError("within= and across= do not go with calibrated=, pick='furthest' or radius='adaptive'.")
    side = "within" if across is None else "across"
    return side, group_codes(within if across is None else across, place.n, f"{side}=")


def _candidates(
    place: Space,
    k: int,
    limit: float | None,
    temperature: float | None,
    pick: str,
    engine: str,
    parts: tuple[str, Array] | None,
) -> tuple[Array, Array | None]:
    """Ids ``[n, k]`` of the nearest, -1 beyond the radius, and their weights where these are not all equal."""
    if parts is None:
        found = nearest(place, k=k, metric=place.metric, engine=engine)
        near, scores = found.ids, found.scores
    else:
        search = nearest_within if parts[0] == "within" else nearest_across
        near, scores = search(place, k, parts[1], engine)
    distance = squared_distances(scores, place.metric)
    ids = near if limit is None else np.where(distance < limit, near, -1)
    if pick != "softmax":
        return ids, None
    scale = float(distance[directed_rows(place) & (near[:, 0] >= 0), 0].mean()) if temperature is None else temperature
    nearer = distance - distance[:, :1]
    return ids, np.exp(-nearer / max(scale, 1e-12)).astype(np.float32)


def adaptive_radius(space: SpaceLike, engine: str = "exact") -> float:
    """The released GPS code's radius: mean plus standard deviation of the squared distances of 20 first neighbours.

    Raises:
        LikewiseError: fewer than two samples.
    """
    place = Space.of(space)
    if place.n == 1:
        raise LikewiseError("an adaptive radius needs at least two samples, the space has 1.")
    found = nearest(place, k=min(FIRST, place.n - 1), metric=place.metric, engine=engine)
    distance = squared_distances(found.scores, place.metric)[directed_rows(place)]
    return float(distance.mean() + distance.std())
