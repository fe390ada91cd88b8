"""The page: an engine that asks several people, and the screens on which they answer and look."""

from likewise.page.engine import Engine
from likewise.page.ledger import Ledger
from likewise.page.standing import Standing, standing_of

__all__ = ["Engine", "Ledger", "Standing", "standing_of"]
