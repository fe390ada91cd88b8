"""What a strategy can do beyond the protocol, as it states itself: nobody asks of which class it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likewise.answers import Question
from likewise.arrays import FloatArray, IntArray
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.active.protocol import Strategy

Membership = Callable[[IntArray], FloatArray]
REQUIRED = ("name", "next", "tell", "groups", "abilities")


@dataclass(frozen=True)
class Abilities:
    """What a strategy can do beyond the protocol: functions, None for what it cannot.

    ``Abilities()`` is what a strategy states that can do none of it. A wrapper hands on those of the strategy that it
    wraps, or replaces some (``dataclasses.replace``).

    Attributes:
        membership: ``membership(groups)``, float32 ``[n]`` in [0, 1]: how probably each sample belongs to its group,
            those included that nobody was asked about. ``groups`` is what ``groups()`` gives now. For ``expected=``,
            and for the page to order who is expected in a group.
        quality: ``quality(groups)``, two floats in [0, 1]: the expected share of pairs within a group that are alike
            (purity), and of alike pairs that are within a group (coverage). For reports of progress.
        screens: ``screens(n, tiles)``: what ``next(n)`` gives, each with at most so many tiles beside its anchor; 0
            asks about pairs. For the page, where people choose between pairs and grids.
        copy: ``copy()``: an independent strategy of the same class in the same state; what one is told the other is
            not. For the page, which begins anew after an answer was taken back; without it the strategy is made again.
    """

    membership: Membership | None = None
    quality: Callable[[IntArray], tuple[float, float]] | None = None
    screens: Callable[[int, int], list[Question]] | None = None
    copy: Callable[[], Strategy] | None = None


def require_strategy_protocol(strategy: Any) -> Strategy:
    """The strategy, if it has what every strategy has.

    Raises:
        LikewiseError: it lacks something.
    """
    missing = [name for name in REQUIRED if not hasattr(strategy, name)]
    if missing:
        raise LikewiseError(
            f"{type(strategy).__name__} is no strategy, for it has no {' and no '.join(missing)}: give it name, next, "
            "tell, groups and abilities (likewise.active.Strategy; Abilities() where it can do no more)."
        )
    found: Strategy = strategy
    return found


def require_membership(strategy: Strategy) -> Membership:
    """How probably samples belong to their groups.

    Raises:
        LikewiseError: the strategy gives no membership probabilities.
    """
    if strategy.abilities.membership is None:
        raise LikewiseError(
            f"the strategy {strategy.name!r} gives no membership probabilities, so expected= cannot be used: leave it "
            "out, or take a strategy that gives them, such as 'ours'."
        )
    return strategy.abilities.membership
