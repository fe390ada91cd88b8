"""Strategies by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from likewise.active.abilities import require_strategy_protocol
from likewise.active.protocol import Strategy
from likewise.errors import LikewiseError
from likewise.registry import Registry, require_options
from likewise.space import Space

STRATEGIES: Registry[Callable[..., Strategy]] = Registry(
    "strategy",
    {
        "cobras": "likewise.active.strategies.cobras:Cobras",
        "nearest": "likewise.active.strategies.nearest_edges:NearestEdges",
        "ours": "likewise.active.strategies.guided:Guided",
        "pal": "likewise.active.strategies.pal:Pal",
        "random": "likewise.active.strategies.random_pairs:RandomPairs",
        "uncertain": "likewise.active.strategies.uncertain_edges:UncertainEdges",
        "ward": "likewise.active.strategies.ward:WardMerging",
    },
    group="likewise.strategies",
)
"""Strategies by name, each made by a class or function ``(space, *, seed, **options)``; with an option ``tiles`` where
it can ask about screens."""


def make_strategy(name: str, space: Space, *, tiles: int = 0, seed: int = 0, **options: Any) -> Strategy:
    """The strategy of a name: "ours", "random", "nearest", "uncertain", "ward", "cobras", "pal", or a registered one.

    Args:
        name: which.
        space: the prior space.
        tiles: samples on a screen beside the anchor, for strategies that have this option; 0 asks about pairs.
        seed: of its random choices.
        options: what else the strategy takes, such as ``seeds`` for "pal".

    Raises:
        LikewiseError: an unknown name or option, an option that is missing, or a strategy that asks about pairs only.
    """
    require_strategy(name, tiles=tiles, **options)
    if tiles:
        options["tiles"] = tiles
    return require_strategy_protocol(STRATEGIES[name](space, seed=seed, **options))


def require_strategy(name: str, *, tiles: int = 0, **options: Any) -> None:
    """Refuse what ``make_strategy`` would refuse, before a space is at hand.

    Raises:
        LikewiseError: as there.
    """
    make = STRATEGIES[name]
    known = inspect.signature(make).parameters
    if tiles < 0:
        raise LikewiseError(f"a screen has at least one tile beside the anchor (0 asks about pairs), got {tiles}.")
    if tiles and "tiles" not in known:
        raise LikewiseError(f"the strategy {name!r} asks about pairs: leave tiles out, or take 'ours'.")
    require_options(make, f"the strategy {name!r}", options)
    needed = (each.name for each in known.values() if each.kind is each.KEYWORD_ONLY and each.default is each.empty)
    missing = [option for option in needed if option != "seed" and option not in options]
    if missing:
        raise LikewiseError(
            f"the strategy {name!r} cannot do without {' and '.join(missing)}: give it {missing[0]}= (see its "
            "documentation), or take another."
        )
