"""What a graph holds; operations take it and return the same kind of it, changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from likewise.arrays import FloatArray
from likewise.errors import LikewiseError
from likewise.graph import tree
from likewise.graph.terms import Edges, Groups
from likewise.keys import Keys

Part = tuple[tree.Node, FloatArray]
"""A tree of terms and the self weights ``[n]`` that belong to it."""


@dataclass(frozen=True, eq=False, repr=False)
class Content:
    """Who is alike and who is different among n samples, as data.

    Attributes:
        root: the terms and how they combine.
        self_weight: float32 ``[n]``, the weight with which a sample is drawn as its own partner; of a mixture, the
            mean of its parts'.
        keys: the samples' stable names, or None where samples are known by position alone.
        vetoes: whether a pair known to be different attracts nobody, whatever else says that it is alike.
    """

    root: tree.Node
    self_weight: FloatArray
    keys: Keys | None = None
    vetoes: bool = True

    def __post_init__(self) -> None:
        if self.keys is not None and len(self.keys) != self.n:
            raise LikewiseError(f"the graph has {self.n} samples, but {len(self.keys)} keys were given.")

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.self_weight)

    @property
    def terms(self) -> tuple[Edges | Groups, ...]:
        """The terms, in the order in which they joined."""
        return tuple(tree.terms_of(self.root))


G = TypeVar("G", bound=Content)


def shared_keys(g: Content, h: Content) -> Keys | None:
    """The keys of two graphs over the same samples; a graph without keys takes the other's.

    Raises:
        LikewiseError: the graphs have different numbers of samples or different keys.
    """
    if g.n != h.n:
        raise LikewiseError(f"the graphs have {g.n} and {h.n} samples: align one with graph.align(samples).")
    if g.keys is not None and h.keys is not None:
        g.keys.require_same(h.keys, "the second graph")
    return g.keys if g.keys is not None else h.keys


def combined(
    g: G,
    h: Content,
    combine: Callable[[tree.Node, tree.Node], tree.Node],
    weigh: Callable[[FloatArray, FloatArray], FloatArray],
) -> G:
    """Two graphs as one; a mixture is combined part by part, two of them drawn from independently of each other."""
    keys = shared_keys(g, h)
    parts = [
        (p * q, combine(a, b), weigh(own, other).astype(np.float32))
        for p, a, own in tree.parts_of(g.root, g.self_weight)
        for q, b, other in tree.parts_of(h.root, h.self_weight)
    ]
    return _of_parts(replace(g, keys=keys, vetoes=g.vetoes and h.vetoes), parts)


def mapped(graph: G, change: Callable[[tree.Node, FloatArray], Part]) -> G:
    """The graph with its tree and self weights changed; of a mixture, those of each part."""
    parts = tree.parts_of(graph.root, graph.self_weight)
    return _of_parts(graph, [(share, *change(node, own)) for share, node, own in parts])


def mixed(g: G, h: Content, share: float) -> G:
    """Draws from h with probability ``share``, else from g; mixtures are flat, parts without probability left out."""
    keys = shared_keys(g, h)
    parts = [
        (probability * inner, node, own)
        for probability, graph in ((1 - share, g), (share, h))
        for inner, node, own in tree.parts_of(graph.root, graph.self_weight)
        if probability * inner > 0
    ]
    return _of_parts(replace(g, keys=keys, vetoes=g.vetoes and h.vetoes), parts)


def _of_parts(graph: G, parts: list[tuple[float, tree.Node, FloatArray]]) -> G:
    """The graph of these parts, a mixture where there are several; keys of another length are the caller's to give."""
    root, own = parts[0][1:]
    if len(parts) > 1:
        shares, nodes, weights = zip(*parts, strict=True)
        root = tree.Mixture(nodes, shares, weights)
        own = sum((share * weight for share, _, weight in parts), np.zeros(len(own))).astype(np.float32)
    return replace(graph, root=root, self_weight=own)
