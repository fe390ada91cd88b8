"""Positive Active Learning: who answers (oracles), what to ask (strategies), and what the answers mean."""

from likewise.asking.edges import NearestEdges, RandomPairs, UncertainEdges
from likewise.asking.guided import Guided
from likewise.asking.oracles import Annotators, CallableOracle, ColumnOracle, LabelOracle
from likewise.asking.protocol import Oracle, Stop, Strategy, Undo
from likewise.asking.published import Pal
from likewise.asking.scripted import ClosestGroups, Cobras
from likewise.asking.terminal import TerminalOracle

__all__ = [
    "Annotators",
    "CallableOracle",
    "ClosestGroups",
    "Cobras",
    "ColumnOracle",
    "Guided",
    "LabelOracle",
    "NearestEdges",
    "Oracle",
    "Pal",
    "RandomPairs",
    "Stop",
    "Strategy",
    "TerminalOracle",
    "UncertainEdges",
    "Undo",
]
