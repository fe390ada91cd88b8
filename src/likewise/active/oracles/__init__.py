"""Who answers: known labels, metadata, a function, a person at the terminal, several annotators."""

from likewise.active.oracles.callables import CallableOracle
from likewise.active.oracles.labels import ColumnOracle, LabelOracle
from likewise.active.oracles.several import Annotators
from likewise.active.oracles.terminal import TerminalOracle

__all__ = ["Annotators", "CallableOracle", "ColumnOracle", "LabelOracle", "TerminalOracle"]
