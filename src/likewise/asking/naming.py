"""Strategies by name."""

from __future__ import annotations

from typing import Any

from likewise.asking.edges import NearestEdges, RandomPairs, UncertainEdges
from likewise.asking.guided import Guided
from likewise.asking.protocol import Strategy
from likewise.asking.published import Pal
from likewise.asking.scripted import ClosestGroups, Cobras
from likewise.errors import LikewiseError, unknown_name
from likewise.space import Space

STRATEGIES: dict[str, Any] = {
    made.name: made for made in (Guided, RandomPairs, NearestEdges, UncertainEdges, ClosestGroups, Cobras, Pal)
}


def make_strategy(name: str, space: Space, *, tiles: int = 0, seed: int = 0, **options: Any) -> Strategy:
    """The strategy of a name: "ours", "random", "nearest", "uncertain", "ward", "cobras" or "pal".

    Args:
        name: which.
        space: the prior space.
        tiles: samples on a screen beside the anchor, for "ours"; 0 asks about pairs.
        seed: of its random choices.
        options: what else the strategy takes, such as ``seeds`` for "pal".

    Raises:
        LikewiseError: an unknown name, or a strategy that asks about pairs only.
    """
    require_strategy(name, tiles=tiles, **options)
    if tiles:
        options["tiles"] = tiles
    made: Strategy = STRATEGIES[name](space, seed=seed, **options)
    return made


def require_strategy(name: str, *, tiles: int = 0, **options: Any) -> None:
    """Refuse what ``make_strategy`` would refuse, before a space is at hand.

    Raises:
        LikewiseError: as there.
    """
    if name not in STRATEGIES:
        raise unknown_name("strategy", name, STRATEGIES)
    if tiles < 0:
        raise LikewiseError(f"a screen has at least one tile beside the anchor (0 asks about pairs), got {tiles}.")
    if tiles and name != Guided.name:
        raise LikewiseError(f"the strategy {name!r} asks about pairs: leave tiles out, or take 'ours'.")
    if name == Pal.name and "seeds" not in options:
        raise LikewiseError("the strategy 'pal' knows the classes: give it seeds, the id of one sample of each.")
