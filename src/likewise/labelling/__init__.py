"""Several people on one loop, without HTTP: who holds which question, what was answered, and what is set right."""

from likewise.labelling.engine import Engine
from likewise.labelling.status import status_of

__all__ = ["Engine", "status_of"]
