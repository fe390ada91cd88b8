"""How terms combine: union, sum and restriction as a small tree that is evaluated only when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from likewise.arrays import FloatArray
from likewise.graph.terms import Edges, Groups, Term

PAIR_LIMIT = 50_000_000
"""Above this many pairs nothing turns groups into edges unless told to."""


@dataclass(frozen=True, eq=False)
class Union:
    """The maximum of the parts, in each channel; no parts: nobody is alike."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, eq=False)
class Mixture(Union):
    """Draws come from one of the parts, each with its share; in everything else it is their union. Always the root.

    Attributes:
        shares: the probability of each part; they sum to 1.
        weights: float32 ``[n]`` each, the self weights of each part.
    """

    shares: tuple[float, ...] = ()
    weights: tuple[FloatArray, ...] = ()


@dataclass(frozen=True, eq=False)
class Sum:
    """The weighted sum of the parts, in each channel."""

    parts: tuple[tuple[float, Node], ...]


@dataclass(frozen=True, eq=False)
class Without:
    """The part where ``drop`` does not say alike; what ``part`` knows to be different stays."""

    part: Node
    drop: Node


Node = Edges | Groups | Union | Sum | Without


def union(*nodes: Node) -> Node:
    """The union, flattened, without empty parts; a part that stands twice counts once, and shares are forgotten."""
    parts: list[Node] = []
    for node in nodes:
        for part in node.parts if isinstance(node, Union) else (node,):
            if not any(part is known for known in parts):
                parts.append(part)
    return parts[0] if len(parts) == 1 else Union(tuple(parts))


def scaled(scale: float, node: Node) -> Node:
    """The node times a number of at least 0; times 0 it says nothing."""
    return Sum(((scale, node),)) if scale > 0 else Union()


def terms_of(node: Node) -> Iterator[Term]:
    """The terms that can make a pair alike or different, in order (a restriction's ``drop`` can do neither)."""
    if isinstance(node, Union):
        for part in node.parts:
            yield from terms_of(part)
    elif isinstance(node, Sum):
        for _, part in node.parts:
            yield from terms_of(part)
    elif isinstance(node, Without):
        yield from terms_of(node.part)
    else:
        yield node


def parts_of(root: Node, self_weight: FloatArray) -> list[tuple[float, Node, FloatArray]]:
    """(share, tree, self weights) of each part of a mixture; any other tree is the one part of itself."""
    if isinstance(root, Mixture):
        return list(zip(root.shares, root.parts, root.weights, strict=True))
    return [(1.0, root, self_weight)]


def differences_of(node: Node) -> list[Term]:
    """The terms that know pairs to be different, without what they say is alike."""
    return [
        replace(term, weight=0.0) if isinstance(term, Groups) else term
        for term in terms_of(node)
        if (len(term.apart) if isinstance(term, Groups) else term.different)
    ]


def drawn_parts(root: Node, self_weight: FloatArray) -> list[tuple[float, Node, FloatArray]]:
    """(share, tree, self weights) of what draws come from; what one part knows to be different, all of them know."""
    parts = parts_of(root, self_weight)
    if len(parts) == 1:
        return parts
    different = differences_of(root)
    return [(share, union(node, *different), own) for share, node, own in parts]


def map_terms(node: Node, change: Callable[[Term], Node]) -> Node:
    """The same tree with every term changed, the restrictions' included."""
    if isinstance(node, Mixture):
        return replace(node, parts=tuple(map_terms(part, change) for part in node.parts))
    if isinstance(node, Union):
        return union(*(map_terms(part, change) for part in node.parts))
    if isinstance(node, Sum):
        return Sum(tuple((scale, map_terms(part, change)) for scale, part in node.parts))
    if isinstance(node, Without):
        return Without(map_terms(node.part, change), map_terms(node.drop, change))
    return change(node)


def holds_differences(node: Node) -> bool:
    """Whether any term knows pairs to be different."""
    return any(len(term.apart) if isinstance(term, Groups) else term.different for term in terms_of(node))


def holds_groups(node: Node) -> bool:
    """Whether any term is Groups, so that edges would have to be spelled out."""
    return any(isinstance(term, Groups) for term in terms_of(node))
