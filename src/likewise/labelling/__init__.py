"""Several people on one loop, without HTTP: who holds which question, what was answered, and what is set right."""

from likewise.labelling.answer_state import Ledger
from likewise.labelling.engine import Engine
from likewise.labelling.status import Standing, standing_of

__all__ = ["Engine", "Ledger", "Standing", "standing_of"]
