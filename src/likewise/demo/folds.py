"""The digits that the demo learns from, and those that it holds out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise import priors
from likewise.arrays import Array
from likewise.data import Samples, open_samples
from likewise.space import Space

HELD_OUT = 0.3


@dataclass(frozen=True)
class Fold:
    """One split of the digits: what is trained on, what is held out, and the pixels of the former as a prior."""

    train: Samples
    test: Samples
    space: Space
    seed: int

    @property
    def truth(self) -> Array:
        """The labels of the training part."""
        assert self.train.labels is not None
        return self.train.labels


def open_digits() -> Samples:
    """The 1,797 handwritten digits that come with scikit-learn, 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pictures = (bunch.images * (255 / 16)).round().astype(np.uint8)
    return open_samples(pictures, labels=bunch.target, keys=[f"digit-{row:04d}" for row in range(len(pictures))])


def make_fold(digits: Samples, seed: int) -> Fold:
    """A stratified split of the digits."""
    test, rest = digits.split(HELD_OUT, seed=seed)
    return Fold(rest, test, priors.pixels(rest), seed)
