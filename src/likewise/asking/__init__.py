"""Positive Active Learning: who answers (oracles), what to ask (strategies), the loop, and the audit."""

from likewise.asking.abilities import Abilities
from likewise.asking.auditing import Audit, audit
from likewise.asking.edges import NearestEdges, RandomPairs, UncertainEdges
from likewise.asking.guided import Guided
from likewise.asking.loop import ask
from likewise.asking.naming import STRATEGIES, make_strategy, require_strategy
from likewise.asking.oracles import Annotators, CallableOracle, ColumnOracle, LabelOracle
from likewise.asking.progressing import Progress
from likewise.asking.protocol import Oracle, Stop, Strategy, Undo
from likewise.asking.published import Pal
from likewise.asking.scripted import ClosestGroups, Cobras
from likewise.asking.stopping import Returns
from likewise.asking.strata import Stratum
from likewise.asking.terminal import TerminalOracle

__all__ = [
    "STRATEGIES",
    "Abilities",
    "Annotators",
    "Audit",
    "CallableOracle",
    "ClosestGroups",
    "Cobras",
    "ColumnOracle",
    "Guided",
    "LabelOracle",
    "NearestEdges",
    "Oracle",
    "Pal",
    "Progress",
    "RandomPairs",
    "Returns",
    "Stop",
    "Strategy",
    "Stratum",
    "TerminalOracle",
    "UncertainEdges",
    "Undo",
    "ask",
    "audit",
    "make_strategy",
    "require_strategy",
]
