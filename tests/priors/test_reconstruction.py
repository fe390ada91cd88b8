from __future__ import annotations

import numpy as np
import pytest

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import autoencoder


def test_vectors_of_low_rank_are_reconstructed(tmp_path):
    rng = np.random.default_rng(0)
    samples = open_samples((rng.standard_normal((400, 2)) @ rng.standard_normal((2, 10)) + 3).astype(np.float32))
    space = autoencoder(samples, 3, epochs=30, batch_size=32, device="cpu", cache=tmp_path)
    assert space.array.shape == (400, 3)
    assert space.info["reconstruction_error"] < 0.1
    assert space.keys == samples.keys


@pytest.mark.parametrize("shape", [(8, 8, 1), (11, 7, 3), (32, 32, 3)])
def test_images_of_any_size(shape, tmp_path):
    samples = open_samples(np.random.default_rng(0).integers(0, 256, (20, *shape), dtype=np.uint8))
    one = autoencoder(samples, 4, epochs=1, device="cpu", cache=tmp_path / "a")
    two = autoencoder(samples, 4, epochs=1, device="cpu", cache=tmp_path / "b")
    assert one.array.shape == (20, 4)
    np.testing.assert_array_equal(one.array, two.array)
    other = autoencoder(samples, 4, epochs=1, seed=1, device="cpu", cache=tmp_path / "a")
    assert other.fingerprint != one.fingerprint


def test_training_beats_the_mean_of_smooth_images(tmp_path):
    rng = np.random.default_rng(0)
    where = rng.integers(2, 14, (300, 2))
    grid = np.indices((16, 16))[None] - where[:, :, None, None]
    images = (255 * np.exp(-(grid**2).sum(1) / 12)).astype(np.uint8)
    space = autoencoder(open_samples(images), 8, epochs=15, batch_size=32, device="cpu", cache=tmp_path)
    assert space.info["reconstruction_error"] < 0.6  # 1 is the error of the mean


def test_bad_sizes(tmp_path):
    with pytest.raises(LikewiseError, match="must be positive"):
        autoencoder(open_samples(np.eye(3)), 0, cache=tmp_path)
