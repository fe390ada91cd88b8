"""Bending a space towards a graph, in closed form."""

from __future__ import annotations

import scipy.linalg

from likewise.adaptation.adapted import Adapted, AdaptedMap, prior_rows
from likewise.adaptation.blocks import Blocks
from likewise.adaptation.deciding import decide
from likewise.adaptation.directions import Directions, Form, directions_of
from likewise.adaptation.folds import Rows
from likewise.adaptation.landmarks import Landmarks
from likewise.adaptation.scatter import Real, scatter_of
from likewise.errors import LikewiseError, is_number
from likewise.graph import SimilarityGraph
from likewise.space import Space, SpaceLike

COMPONENTS = 256
"""Directions of a wider prior are sought among its first principal components."""


def adapt(
    space: SpaceLike,
    graph: SimilarityGraph,
    *,
    weight: float | None = None,
    form: Form | None = None,
    kernel: int = 0,
    check: SimilarityGraph | None = None,
    seed: int = 0,
) -> Adapted:
    """Bend a space towards a graph: the prior beside the directions in which alike samples agree.

    The directions are the optimum of PAL's theory (arXiv 2303.15256) with a linear model on the prior's rows
    (``likewise.adaptation.directions_of``). They stand beside the prior, so that similarities are the weighted mean of
    both. Form and weight are chosen on folds by whole groups (by samples, where there are fewer than 30 groups), and
    judged on folds that chose nothing, or by ``check``. Where the gain is not sure the weight is 0: the prior stays.

    Args:
        space: the prior, [n, d].
        graph: who is alike, of the same samples: answers, groups, a few labels, metadata, neighbours.
        weight: the share of the adapted block in [0, 1); None: chosen, at most a quarter.
        form: how directions are found; None: chosen.
        kernel: so many landmarks of a Gaussian kernel (at most 2,000) in place of linear directions; 0: linear.
        check: a graph that judges and chooses nothing, best of pairs that no strategy selected.
        seed: of the folds and landmarks.

    Raises:
        LikewiseError: the graph is of other samples or holds no alike pair, or an option is out of range.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal((90, 5)) + 4 * np.eye(5)[np.arange(90) % 3]
    >>> adapt(x, SimilarityGraph.from_labels(np.arange(90) % 3), weight=0.5).space
    Space('space, adapted', 90 x 7, cosine)
    """
    place = Space.of(space)
    graph, check = _of_these(graph, place), None if check is None else _of_these(check, place)
    if weight is not None and not (is_number(weight) and 0 <= weight < 1):
        raise LikewiseError(f"the weight of the adapted block must lie in [0, 1), got {weight!r}.")
    prior = prior_rows(place)
    landmarks = Landmarks.of(prior, kernel, seed) if kernel else None
    axes = _axes(prior) if landmarks is None else None
    features = landmarks(prior) if landmarks is not None else prior if axes is None else prior @ axes
    rows = Rows(prior, features)
    scatter = scatter_of(graph, features)
    decision = decide(graph, rows, place.metric, weight=weight, form=form, check=check, seed=seed)
    directions = directions_of(scatter, decision.form)
    blocks = Blocks.of(place.metric, prior, directions(features))
    if axes is not None:
        directions = Directions(axes @ directions.mean, axes @ directions.vectors, directions.correlations)
    facts = decision.as_json() | {"directions": len(directions.correlations), "graph": repr(graph)}
    made = AdaptedMap(place.metric, directions, blocks, decision.weight, landmarks, place.name)
    return Adapted.of(place, made, facts)


def _of_these(graph: SimilarityGraph, place: Space) -> SimilarityGraph:
    """The graph, if it is of the space's samples."""
    if graph.n != place.n:
        raise LikewiseError(f"the graph has {graph.n} samples, the space {place.n} rows: align one with the other.")
    if place.keys is not None and graph.keys is not None:
        graph.keys.require_same(place.keys, "the space")
    return graph


def _axes(prior: Real) -> Real | None:
    """The first principal axes ``[d, 256]`` of a wide prior; None for a narrow one."""
    d = prior.shape[1]
    if d <= COMPONENTS:
        return None
    centred = prior - prior.mean(0)
    axes: Real = scipy.linalg.eigh(centred.T @ centred, subset_by_index=(d - COMPONENTS, d - 1))[1]
    return axes
