"""What every part promises, as functions that check one, ours and others': losses, methods, kinds of data, and so on.

Each raises an ``AssertionError`` whose sentence says what does not hold; none needs a test framework.
"""

from likewise.testing.losses import Watch, check_loss
from likewise.testing.methods import check_method
from likewise.testing.modalities import check_modality
from likewise.testing.priors import check_prior
from likewise.testing.sources import check_source
from likewise.testing.strategies import check_strategy

__all__ = ["Watch", "check_loss", "check_method", "check_modality", "check_prior", "check_source", "check_strategy"]
