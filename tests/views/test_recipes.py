import numpy as np
import pytest
import torch

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.modalities import MODALITIES
from likewise.views import Compose, Normalize, image, make_views, statistics

rng = np.random.default_rng(0)
COLOR = open_samples(rng.integers(0, 256, (50, 3, 16, 16), dtype=np.uint8))
GREY = open_samples(rng.integers(0, 256, (50, 16, 16), dtype=np.uint8))
VECTORS = open_samples(rng.normal(3, [1.0, 10.0, 0.1], (50, 3)))


@pytest.mark.parametrize(
    ("samples", "name"),
    [(samples, name) for samples in (COLOR, GREY) for name in MODALITIES["image"].views]
    + [(VECTORS, name) for name in MODALITIES["vector"].views],
)
def test_views_keep_the_shape_and_follow_the_generator(samples, name):
    blur = {"blur": True} if samples is not VECTORS and name in ("strong", "asymmetric") else {}
    views = make_views(name, samples, **blur)
    x = samples.storage
    for view in (0, 1, 2):
        result = views(x, view, torch.Generator().manual_seed(5))
        assert (result.shape, result.dtype) == (x.shape, torch.float32)
        assert torch.equal(result, views(x, view, torch.Generator().manual_seed(5)))
        changes = not torch.equal(result, views(x, view, torch.Generator().manual_seed(6)))
        assert changes == (name != "none")
        assert torch.isfinite(result).all()


@pytest.mark.parametrize("samples", [COLOR, VECTORS])
def test_no_views_are_normalised_samples(samples):
    result = make_views("none", samples)(samples.storage)
    axes = [axis for axis in range(result.ndim) if axis != 1]
    torch.testing.assert_close(result.mean(axes), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(result.std(axes, correction=0), torch.ones(3), atol=1e-4, rtol=0)


def test_statistics_of_many_and_of_constant_samples():
    many = open_samples(np.stack([np.arange(5000.0), np.full(5000, 7.0)], axis=1))
    found = statistics(many)
    assert found.mean == pytest.approx((2499.5, 7), rel=1e-3)
    assert found.std == pytest.approx((5000 / 12**0.5, 1), rel=1e-2)


def test_blur_is_left_out_below_64_pixels_unless_asked_for():
    def has_blur(side, **options):
        return "Blur" in make_views("strong", (3, side, side), normalize="cifar10", **options).names[0]

    assert [has_blur(32), has_blur(64), has_blur(32, blur=True), has_blur(64, blur=False)] == [False, True, True, False]


def test_only_asymmetric_views_differ_and_only_the_others_are_solarised():
    assert not make_views("strong", COLOR).asymmetric
    views = make_views("asymmetric", COLOR)
    assert views.asymmetric
    assert ["Solarize" in names for names in views.names] == [False, True]
    a, b = (views(COLOR.storage, view, torch.Generator().manual_seed(0)) for view in (1, 2))
    assert torch.equal(a, b)


def test_own_operations():
    own = Compose(image.Shift(2), image.Noise(0.02))
    views = make_views(own, GREY, normalize=Normalize((0.5,), (0.5,)))
    assert repr(views) == "views 'own': Shift(pixels=2) > Noise(std=0.02) > Normalize(0.5 ± 0.5)"
    first, other = make_views([Compose(), own], GREY).names
    assert (first, other) == (("Normalize",), ("Shift", "Noise", "Normalize"))


def test_bytes_and_floats_give_the_same_and_autocast_does_not_coarsen():
    views = make_views("strong", COLOR, blur=True)
    exact = views(COLOR.storage, 0, torch.Generator().manual_seed(0))
    torch.testing.assert_close(views(COLOR.storage / 255, 0, torch.Generator().manual_seed(0)), exact)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(views(COLOR.storage, 0, torch.Generator().manual_seed(0)), exact)


@pytest.mark.parametrize(
    ("name", "samples", "options", "message"),
    [
        ("strnog", COLOR, {}, "unknown image views 'strnog': did you mean 'strong'"),
        ("rrc", VECTORS, {}, "unknown vector views 'rrc'"),
        ("weak", (3, 8, 8), {}, "a shape alone has no statistics"),
        ("weak", (3, 8, 8, 8), {"normalize": "cifar10"}, "no kind of data has samples of shape"),
        ("weak", GREY, {"normalize": "cifar10"}, "normalize has 3 entries, but the samples have 1"),
        ("weak", COLOR, {"normalize": "cifar"}, "unknown statistics 'cifar': did you mean 'cifar10'"),
        ([Compose()] * 3, COLOR, {}, "one Compose for all views, or two"),
        ([1, 2], COLOR, {}, r"one Compose for all views, or two \(first, others\), not \[1, 2\]"),
        ("weak", COLOR, {"blur": True}, "the image views 'weak': there are no options to choose, got blur="),
        ("strong", COLOR, {"blurr": True}, "unknown option of the image views 'strong' 'blurr': did you mean 'blur'"),
        (Compose(), COLOR, {"blur": True}, "blur: options are for views by name"),
    ],
)
def test_bad_views_are_named(name, samples, options, message):
    with pytest.raises(LikewiseError, match=message):
        make_views(name, samples, **options)
