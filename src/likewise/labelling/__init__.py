"""Several people on one loop, without HTTP: who holds which question, what was answered, and what is set right."""

from likewise.labelling.answer_state import AnswerState
from likewise.labelling.engine import Engine
from likewise.labelling.status import Status, status_of

__all__ = ["AnswerState", "Engine", "Status", "status_of"]
