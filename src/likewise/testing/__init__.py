"""What every loss, method, source and prior promises, as functions that check one: for our own and for others.

Each raises an ``AssertionError`` whose sentence says what does not hold; none needs pytest.
"""

from likewise.testing.losses import Watch, check_loss
from likewise.testing.methods import check_method
from likewise.testing.priors import check_prior
from likewise.testing.sources import check_source

__all__ = ["Watch", "check_loss", "check_method", "check_prior", "check_source"]
