"""What to ask next: one file a strategy, and their names."""

from likewise.active.strategies.cobras import Cobras
from likewise.active.strategies.guided import Guided
from likewise.active.strategies.nearest_edges import NearestEdges
from likewise.active.strategies.pal import Pal
from likewise.active.strategies.random_pairs import RandomPairs
from likewise.active.strategies.registry import STRATEGIES, make_strategy, require_strategy
from likewise.active.strategies.uncertain_edges import UncertainEdges
from likewise.active.strategies.ward import WardMerging

__all__ = [
    "STRATEGIES",
    "Cobras",
    "Guided",
    "NearestEdges",
    "Pal",
    "RandomPairs",
    "UncertainEdges",
    "WardMerging",
    "make_strategy",
    "require_strategy",
]
