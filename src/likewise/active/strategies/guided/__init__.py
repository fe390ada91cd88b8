"""The strategy of likewise: label propagation, correlation clustering and expected gain (docs/strategy.md)."""

from likewise.active.strategies.guided.strategy import Guided

__all__ = ["Guided"]
