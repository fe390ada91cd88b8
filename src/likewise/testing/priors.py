"""What every prior promises."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from likewise.data import Samples, open_samples
from likewise.space import Space
from likewise.testing.requiring import require


def small_images() -> Samples:
    """Forty grey images of 8 x 8 pixels in four classes, with keys."""
    rng = np.random.default_rng(0)
    base = rng.integers(40, 216, (4, 8, 8))
    images = base[np.arange(40) % 4] + rng.integers(-40, 40, (40, 8, 8))
    return open_samples(images.astype(np.uint8), keys=[f"image{i}" for i in range(40)])


def check_prior(build: Callable[[Samples], Space], samples: Samples | None = None) -> None:
    """Check what is demanded of any prior.

    It gives a space of one finite row for each sample, with their keys; equal samples give equal spaces; the samples
    are left as they were; and the space can be saved and read.

    Args:
        build: gives the space of samples.
        samples: default forty small grey images.

    Raises:
        AssertionError: one of these does not hold.
    """
    samples = small_images() if samples is None else samples
    before = samples.read(np.arange(len(samples))).clone()
    space = build(samples)
    require(isinstance(space, Space), f"a prior gives a Space, got a {type(space).__name__}.")
    require(space.n == len(samples), f"the space has {space.n} rows for {len(samples)} samples.")
    require(space.keys is not None and space.keys == samples.keys, "the space does not have the keys of the samples.")
    require(bool(space.name), "the space has no name.")
    after = samples.read(np.arange(len(samples)))
    require(bool((before == after).all()), "the prior changes the samples.")
    again = build(samples).fingerprint
    require(again == space.fingerprint, "the same samples give another space: randomness needs a seed.")
    with tempfile.TemporaryDirectory() as folder:
        try:
            read = Space.load(space.save(Path(folder) / "space.npz"))
        except TypeError as error:
            raise AssertionError(f"the facts of the space (info) are not such as JSON holds: {error}.") from None
    same = read.fingerprint == space.fingerprint and read.keys == space.keys
    require(same, "the space that is read is not the one that was saved.")
