"""Transforms of single samples as views."""

import random

import numpy as np
import pytest
import torch
from PIL import Image

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.views import make_views, per_batch, per_sample

rng = np.random.default_rng(0)
COLOR = open_samples(rng.integers(0, 256, (9, 3, 8, 6), dtype=np.uint8))
GREY = open_samples(rng.integers(0, 256, (9, 8, 6), dtype=np.uint8))
VECTORS = open_samples(rng.normal(3, [1.0, 10.0, 0.1], (9, 3)))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("samples", [COLOR, GREY], ids=["color", "grey"])
@pytest.mark.parametrize(
    ("form", "mirror"),
    [
        ("hwc-uint8", lambda array: array[:, ::-1]),
        ("pil", lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        ("chw-tensor", lambda tensor: tensor.flip(-1)),
        ("hwc-uint8", lambda array: torch.from_numpy(array.copy()).permute(2, 0, 1).flip(-1)),
        ("hwc-uint8", lambda array: array[:, ::-1] / np.float32(255)),
    ],
    ids=["numpy", "pil", "torch", "numpy to torch", "floats"],
)
def test_each_sample_is_changed_in_its_form(samples, form, mirror):
    views = make_views(per_sample(mirror, as_=form), samples)
    torch.testing.assert_close(views(samples.storage), make_views("none", samples)(samples.storage.flip(-1)))


def test_what_each_form_is_given():
    seen = []
    for form in ("hwc-uint8", "pil", "chw-tensor"):
        per_sample(lambda sample: seen.append(sample) or sample, as_=form)(COLOR.storage[:1])
    array, picture, tensor = seen
    assert (array.shape, array.dtype) == ((8, 6, 3), np.uint8)
    assert (picture.size, picture.mode) == ((6, 8), "RGB")
    assert torch.equal(tensor, COLOR.storage[0])
    assert np.array_equal(array, np.asarray(picture))
    assert np.array_equal(array.transpose(2, 0, 1), tensor.numpy())


@pytest.mark.parametrize("form", ["hwc-uint8", "chw-tensor"])
def test_changing_in_place_leaves_the_samples_alone(form):
    def blacken(sample):
        sample[:] = 0
        return sample

    before = COLOR.storage.clone()
    assert not per_sample(blacken, as_=form)(COLOR.storage).any()
    assert torch.equal(COLOR.storage, before)


def test_each_sample_draws_its_own_and_equal_generators_give_equal_views():
    def rolled(array):
        return np.roll(array, random.randrange(8) + int(np.random.randint(8)), 0)  # noqa: NPY002

    views = make_views(per_sample(rolled, as_="hwc-uint8"), COLOR)
    x = COLOR.storage[:1].expand(20, -1, -1, -1)
    before = random.getstate()
    result = views(x, 0, seeded(1))
    assert len({tuple(row.flatten().tolist()) for row in result}) > 3
    assert torch.equal(result, views(x, 0, seeded(1)))
    assert not torch.equal(result, views(x, 0, seeded(2)))
    assert before == random.getstate()


def test_torchvision_by_the_sample_draws_for_each_without_a_warning():
    from torchvision.transforms import v2

    transform = v2.Compose([v2.RandomResizedCrop((8, 6), antialias=True), v2.RandomHorizontalFlip()])
    for form in ("chw-tensor", "pil"):
        views = make_views(lw.views.per_sample(transform, as_=form), COLOR)
        x = COLOR.storage[:1].expand(8, -1, -1, -1)
        result = views(x, 0, seeded(1))
        assert len({tuple(row.flatten().tolist()) for row in result}) == 8
        assert torch.equal(result, views(x, 0, seeded(1)))
        assert "RandomResizedCrop" in repr(views)
        assert " at 0x" not in repr(views)


@pytest.mark.filterwarnings("ignore")
def test_albumentations_by_the_sample():
    albumentations = pytest.importorskip("albumentations")
    transform = albumentations.Compose([albumentations.RandomBrightnessContrast(p=1), albumentations.HorizontalFlip()])
    views = make_views(per_sample(transform, as_="hwc-uint8"), COLOR)
    x = COLOR.storage[:1].expand(8, -1, -1, -1)
    result = views(x, 0, seeded(1))
    assert len({tuple(row.flatten().tolist()) for row in result}) > 4
    assert torch.equal(result, views(x, 0, seeded(1)))
    assert not torch.equal(result, views(x, 0, seeded(2)))
    assert " at 0x" not in repr(views)


def test_what_keeps_a_generator_of_its_own_is_seeded():
    class Own:
        def __init__(self):
            self.set_random_seed(np.random.default_rng().integers(2**31))

        def set_random_seed(self, seed):
            self.random = np.random.default_rng(seed)

        def __call__(self, array):
            return np.roll(array, self.random.integers(8), 0)

    one, other = (make_views(per_sample(Own(), as_="hwc-uint8"), COLOR) for _ in range(2))
    assert torch.equal(one(COLOR.storage, 0, seeded(1)), other(COLOR.storage, 0, seeded(1)))


def test_vectors_by_the_sample():
    views = make_views(per_sample(lambda row: row.flip(0)), VECTORS, normalize=False)
    assert torch.equal(views(VECTORS.storage), VECTORS.storage.flip(1).float())


@pytest.mark.parametrize(
    ("form", "transform", "samples", "message"),
    [
        ("hwc-uint8", lambda sample: sample[: rng.integers(1, 8)], COLOR, "gave samples of .* and .*: all need one"),
        ("hwc-uint8", lambda sample: "no", COLOR, "gave str: give a tensor, a numpy array or a PIL image"),
        ("hwc-uint8", lambda sample: sample, VECTORS, r"as_='hwc-uint8' is for images \[B, C, H, W\], got \[9, 3\]"),
    ],
)
def test_what_does_not_fit_is_said(form, transform, samples, message):
    with pytest.raises(LikewiseError, match=message):
        per_sample(transform, as_=form)(samples.storage)


def test_pictures_of_four_channels_are_refused():
    with pytest.raises(LikewiseError, match="as_='pil' is for 1 or 3 channels, got 4"):
        per_sample(lambda picture: picture, as_="pil")(torch.zeros(2, 4, 8, 8, dtype=torch.uint8))


def test_bad_adapters_are_refused():
    with pytest.raises(LikewiseError, match="unknown form of samples 'hwc': did you mean 'hwc-uint8'"):
        per_sample(np.fliplr, as_="hwc")
    with pytest.raises(LikewiseError, match="unknown form of samples 'floats': did you mean 'float'"):
        per_batch(np.fliplr, as_="floats")
    with pytest.raises(LikewiseError, match="must be callable, got 'flip'"):
        per_sample("flip")
