"""What every loss, method, source, prior and strategy promises, as functions that check one: ours and others'.

Each raises an ``AssertionError`` whose sentence says what does not hold; none needs a test framework.
"""

from likewise.testing.losses import Watch, check_loss
from likewise.testing.methods import check_method
from likewise.testing.priors import check_prior
from likewise.testing.sources import check_source
from likewise.testing.strategies import check_strategy

__all__ = ["Watch", "check_loss", "check_method", "check_prior", "check_source", "check_strategy"]
