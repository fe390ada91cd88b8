"""What the tests of methods share: every method, small, over a small encoder."""

import torch

from likewise.methods import METHODS, build_method
from likewise.testing.methods import ANCHORS as B
from likewise.testing.methods import FEATURES, filled
from likewise.testing.methods import SAMPLES as N
from likewise.testing.methods import small_batch as batch
from likewise.testing.methods import small_encoder as encoder
from likewise.testing.methods import small_step as step

V = 2
SMALL = {"hidden": 12, "dim": 5}
CONTRASTS = ("moco", "nnclr", "simclr", "spectral", "supcon")
QUEUES = ("moco", "nnclr")
MOMENTUM = ("byol", "moco")
STOPS = ("byol", "moco", "nnclr", "simsiam")
ALL = sorted(METHODS.builtin)

__all__ = ["ALL", "CONTRASTS", "FEATURES", "MOMENTUM", "QUEUES", "SMALL", "STOPS", "B", "N", "V", "batch", "encoder"]
__all__ += ["make", "small", "step"]


def small(name, **options):
    """The options that make a method small."""
    return SMALL | ({"queue": 16} if name in QUEUES else {}) | options


def make(name, **options):
    torch.manual_seed(0)
    return filled(build_method(name, encoder(), FEATURES, N, **small(name, **options)))
