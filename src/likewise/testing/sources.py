"""What every source promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from likewise.graph import SimilarityGraph, Source
from likewise.graph.terms import Term
from likewise.testing.requiring import require

DRAWS = 20


def check_source(build: Callable[[Any], SimilarityGraph], given: Any) -> None:
    """Check what is demanded of any source.

    It gives a graph over what it was given, with finite weights and no pair of a sample and itself; samples draw their
    neighbours, and themselves where they have none; equal arguments give equal graphs; its terms say where they came
    from; and it carries over the keys of what it was given.

    Args:
        build: gives the graph of ``given``.
        given: samples, a space, keys, or whatever else has a length and perhaps ``keys``.

    Raises:
        AssertionError: one of these does not hold.
    """
    graph = build(given)
    require(isinstance(graph, SimilarityGraph), f"a source gives a SimilarityGraph, got a {type(graph).__name__}.")
    keys = given if hasattr(given, "require_same") else getattr(given, "keys", None)
    require(graph.keys == keys, "the graph does not have the keys of what it was made of: pass keys=samples.keys.")
    if keys is not None:
        require(graph.n == len(keys), f"the graph has {graph.n} samples, but {len(keys)} were given.")
    _matrix(graph)
    _draws(graph)
    _repeats(graph, build(given))
    for term in graph.terms:
        _provenance(term)


def _matrix(graph: SimilarityGraph) -> None:
    matrix = graph.to_scipy()
    require(matrix.shape == (graph.n, graph.n), f"the matrix of {graph.n} samples is {matrix.shape}.")
    require(matrix.nnz > 0 or any(_differs(term) for term in graph.terms), "the graph says nothing of anybody.")
    require(not matrix.diagonal().any(), "a sample is a neighbour of itself: self weights say that.")
    require(bool((matrix.data > 0).all() and np.isfinite(matrix.data).all()), "weights must be positive and finite.")
    require(bool(matrix.has_canonical_format), "edges are not sorted and unique within a row.")
    own = graph.self_weight
    require(bool((np.isfinite(own) & (own >= 0)).all()), "self weights must be finite and at least 0.")


def _differs(term: Term) -> bool:
    return bool(getattr(term, "different", False) or len(getattr(term, "apart", ())))


def _draws(graph: SimilarityGraph) -> None:
    dense = graph.transition().toarray()
    ids = torch.arange(graph.n)
    drawn = graph.draw(ids.repeat(DRAWS), torch.Generator().manual_seed(0)).view(DRAWS, graph.n).numpy()
    alone = np.diag(dense) == 1
    require(bool((drawn[:, alone] == ids.numpy()[alone]).all()), "a sample without neighbours draws another one.")
    allowed = dense[np.arange(graph.n)[None].repeat(DRAWS, 0), drawn] > 0
    require(bool(allowed[:, ~alone].all()), "a sample draws one that it is not alike.")


def _repeats(one: SimilarityGraph, two: SimilarityGraph) -> None:
    equal = (one.to_scipy() != two.to_scipy()).nnz == 0
    require(equal, "the same arguments give another graph: randomness needs a seed.")
    sources = [[term.source for term in graph.terms] for graph in (one, two)]
    require(sources[0] == sources[1], "the same arguments give another provenance.")


def _provenance(term: Term) -> None:
    source = term.source
    require(bool(source.function), "a term does not name the function that made it.")
    try:
        again = Source.from_json(json.loads(json.dumps(source.as_json())))
    except TypeError as error:
        raise AssertionError(f"the arguments of {source.function} are not such as JSON holds: {error}.") from None
    require(again == source, f"the provenance of {source.function} does not survive JSON.")
