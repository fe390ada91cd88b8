import numpy as np
import pytest

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import color, histograms, texture
from likewise.testing import check_prior

rng = np.random.default_rng(0)


@pytest.fixture
def photos():
    return open_samples(rng.integers(0, 256, (9, 20, 16, 3), dtype=np.uint8))


def test_color_counts_boxes_of_rgb(photos):
    space = color(photos, bins=4)
    pixels = photos.storage.permute(0, 2, 3, 1).reshape(9, -1, 3).numpy() / 255
    for row, one in enumerate(pixels):
        counts, _ = np.histogramdd(one, bins=4, range=[(0, 1)] * 3)
        np.testing.assert_allclose(space.array[row], np.sqrt(counts.reshape(-1) / len(one)), atol=1e-6)
    assert (space.metric, color(photos).d) == ("cosine", 216)
    with pytest.raises(LikewiseError, match=r"bins must lie in \[2, 16\]"):
        color(photos, bins=1)


def test_color_does_not_mind_where_things_are(photos):
    turned = open_samples(photos.storage.flip(2).numpy())
    np.testing.assert_allclose(color(turned).array, color(photos).array, atol=1e-6)
    assert not np.allclose(texture(turned).array, texture(photos).array, atol=1e-2)


def test_grey_and_many_channels_have_histograms_of_their_own():
    grey = open_samples(rng.integers(0, 256, (4, 8, 8), dtype=np.uint8))
    np.testing.assert_allclose(np.square(color(grey).array).sum(1), 1, atol=1e-5)
    assert color(grey).d == 64
    assert color(open_samples(rng.integers(0, 256, (4, 5, 9, 9), dtype=np.uint8))).d == 5 * 64


def test_texture_tells_directions_apart_and_not_brightness():
    wave = np.sin(np.arange(64) / 2) * 60 + 120
    across, down = np.tile(wave, (64, 1)), np.tile(wave[:, None], (1, 64))
    images = np.stack([across, across * 0.5 + 60, down]).astype(np.uint8)
    rows = texture(open_samples(images)).normalized
    assert rows[0] @ rows[1] > 0.9
    assert rows[0] @ rows[2] < 0.7


def test_blank_and_tiny_images(monkeypatch):
    blank = texture(open_samples(np.zeros((3, 5, 4), np.uint8)))
    assert np.isfinite(blank.array).all()
    with pytest.raises(LikewiseError, match="3 pixels a side"):
        texture(open_samples(np.zeros((3, 2, 9), np.uint8)))
    for prior in (color, texture):
        with pytest.raises(LikewiseError, match="is of images, the samples are of kind 'vector'"):
            prior(open_samples(np.eye(3)))


def test_blocks_do_not_matter(photos, monkeypatch):
    whole = color(photos).array, texture(photos).array
    monkeypatch.setattr(histograms, "BLOCK", 4 * 4 * 960)
    np.testing.assert_allclose(color(photos).array, whole[0], atol=1e-6)
    np.testing.assert_allclose(texture(photos).array, whole[1], atol=1e-6)


@pytest.mark.parametrize("prior", [color, texture])
def test_keep_the_promises_of_every_prior(prior):
    check_prior(prior)
