from __future__ import annotations

import numpy as np
import pytest

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import PRIORS, columns, pca, pixels, plain, scaled
from likewise.space import Space


@pytest.fixture
def images():
    return open_samples(np.random.default_rng(0).integers(0, 256, (30, 8, 6, 3), dtype=np.uint8))


def test_registry_names_every_prior():
    plain = {"color", "columns", "pca", "pixels", "scaled", "spectrum", "texture"}
    assert set(PRIORS) == plain | {"autoencoder", "from_file", "run", "timm"}


def test_pixels(images):
    space = pixels(images)
    assert (space.metric, space.d) == ("euclidean", 3 * 8 * 6)
    np.testing.assert_allclose(space.array[4], images.read(4).numpy().reshape(-1) / 255, rtol=1e-6)
    assert space.keys == images.keys
    assert pixels(images, size=2).d == 12
    np.testing.assert_allclose(pixels(images, size=1).array.mean(), space.array.mean(), atol=0.03)


def test_pixels_are_filled_in_block_by_block(images, monkeypatch):
    whole, small = pixels(images).array, pixels(images, size=3).array
    monkeypatch.setattr(plain, "BLOCK", 7 * 4 * 3 * 8 * 6)
    np.testing.assert_array_equal(pixels(images).array, whole)
    np.testing.assert_array_equal(pixels(images, size=3).array, small)


def test_more_pixels_than_memory_holds_are_refused_before_they_are_read():
    photos = np.broadcast_to(np.uint8(0), (100_000, 3, 224, 224))
    with pytest.raises(LikewiseError, match=r"150,528 values of each of 100,000 samples take 56.1 GiB .*autoencoder"):
        pixels(open_samples(photos, resident=False), 224)
    with pytest.raises(LikewiseError, match=r"more than 0.0: give pixels a smaller size="):
        pixels(open_samples(photos[:100], resident=False), limit=1 << 20)


def test_large_images_are_compared_at_a_small_size_and_the_name_says_so():
    samples = open_samples(np.random.default_rng(0).integers(0, 256, (5, 96, 70, 3), dtype=np.uint8))
    space = pixels(samples)
    assert (space.d, space.name, space.info["size"]) == (3 * 32 * 32, "pixels at 32 x 32", 32)
    np.testing.assert_array_equal(space.array, pixels(samples, size=32).array)
    assert pixels(samples, size=96).d == 3 * 96 * 96
    assert pca(samples, 2).d == 2


def test_pixels_of_vectors_are_the_vectors():
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    np.testing.assert_array_equal(pixels(open_samples(x)).array, x)
    with pytest.raises(LikewiseError, match="size is a side in pixels"):
        pixels(open_samples(x), size=3)


def test_pca_keeps_what_varies():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 2)) @ rng.standard_normal((2, 9))
    space = pca(Space(x, "cosine", keys=None), 2)
    assert (space.d, space.metric) == (2, "cosine")
    assert space.info["explained"] == pytest.approx(1)
    centred = x - x.mean(0)
    np.testing.assert_allclose(space.array @ space.array.T, centred @ centred.T, atol=1e-3)


def test_pca_of_samples(images):
    assert pca(images, 3).array.shape == (30, 3)
    assert pca(images).d == 30
    with pytest.raises(LikewiseError, match=r"dim must lie in \[1, 30\]"):
        pca(images, 31)


def test_columns_put_typical_differences_at_distance_two(monkeypatch):
    rng = np.random.default_rng(0)
    table = {
        "age": rng.normal(50, 9, 400),
        "site": np.array(["a", "b"] * 200),
        "sick": np.array([True, True, False, False] * 100),
        "visits": rng.integers(0, 300, 400),
        "note": [f"note {i}" for i in range(400)],
        "same": np.ones(400),
    }
    samples = open_samples(rng.standard_normal((400, 2)), columns=table)
    assert columns(samples, ["age", "site", "sick", "visits"]).d == 6
    for name, other in (("site", 1), ("sick", 2)):
        rows = columns(samples, name).array
        assert ((rows[0] - rows[other]) ** 2).sum() == 2
    for name in ("age", "visits"):
        rows = columns(samples, name).array.astype(float)
        assert ((rows - rows.T) ** 2).mean() == pytest.approx(2, rel=1e-4)
    assert (columns(samples, "same").array == 0).all()
    monkeypatch.setattr("likewise.priors.plain.CATEGORIES", 300)
    with pytest.raises(LikewiseError, match="column 'note' has 400 different values"):
        columns(samples, "note")


def test_columns_refuse_missing_numbers():
    samples = open_samples(np.eye(3), columns={"age": np.array([1, np.nan, 3])})
    with pytest.raises(LikewiseError, match="column 'age' has no number in row 1"):
        columns(samples, "age")
    with pytest.raises(LikewiseError, match="unknown column 'ag'"):
        columns(samples, ["ag"])
    with pytest.raises(LikewiseError, match="at least one column"):
        columns(samples, [])


def test_scaled_columns_weigh_alike():
    random = np.random.default_rng(0)
    x = np.c_[random.standard_normal(50), 1000 * random.standard_normal(50) + 5e4, np.full(50, 0.1)]
    rows = scaled(open_samples(x.astype(np.float32))).array
    assert np.allclose(rows.mean(0), 0, atol=1e-5)
    assert np.allclose(rows.std(0), [1, 1, 0], atol=1e-4)
