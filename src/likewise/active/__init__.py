"""Positive Active Learning: the ask-and-tell loop, strategies (what to ask), oracles (who answers), and the audit."""

from likewise.active.abilities import Abilities
from likewise.active.auditing import Audit, audit
from likewise.active.loop import ask
from likewise.active.oracles import Annotators, CallableOracle, ColumnOracle, LabelOracle, TerminalOracle
from likewise.active.progress import Progress
from likewise.active.protocol import Oracle, Stop, Strategy, Undo
from likewise.active.stopping import StoppingRule
from likewise.active.strata import Stratum
from likewise.active.strategies import (
    STRATEGIES,
    Cobras,
    Guided,
    NearestEdges,
    Pal,
    RandomPairs,
    UncertainEdges,
    WardMerging,
    make_strategy,
    require_strategy,
)

__all__ = [
    "STRATEGIES",
    "Abilities",
    "Annotators",
    "Audit",
    "CallableOracle",
    "Cobras",
    "ColumnOracle",
    "Guided",
    "LabelOracle",
    "NearestEdges",
    "Oracle",
    "Pal",
    "Progress",
    "RandomPairs",
    "Stop",
    "StoppingRule",
    "Strategy",
    "Stratum",
    "TerminalOracle",
    "UncertainEdges",
    "Undo",
    "WardMerging",
    "ask",
    "audit",
    "make_strategy",
    "require_strategy",
]
