from collections import Counter

import pytest
import torch
from scipy import stats

from likewise.views import image

COUNT = 4000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def ramp(count, channels=3, side=8):
    """Equal images that no flip, shift or crop leaves as they are."""
    values = torch.linspace(0.2, 0.6, channels * side * side).reshape(1, channels, side, side)
    return values.expand(count, -1, -1, -1).clone()


OPERATIONS = [
    image.Flip(),
    image.Crop(),
    image.Jitter(),
    image.Gray(0.5),
    image.Blur(),
    image.Solarize(0.5),
    image.Noise(),
    image.Shift(2),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_every_image_has_its_own_parameters_given_by_the_generator(operation):
    x = ramp(60)
    before = x.clone()
    result = operation(x, generator(1))
    assert torch.equal(result, operation(x, generator(1)))
    assert not torch.equal(result, operation(x, generator(2)))
    assert len(torch.unique(result, dim=0)) > 1
    assert torch.equal(x, before)
    assert result.shape == x.shape
    assert result.min() >= -1e-6
    assert result.max() <= 1 + 1e-6


@pytest.mark.parametrize(
    ("operation", "p"),
    [
        (image.Flip(0.5), 0.5),
        (image.Gray(0.2), 0.2),
        (image.Solarize(0.2), 0.2),
        (image.Blur(0.1), 0.1),
        (image.Jitter(), 0.8),
    ],
)
def test_operations_are_applied_with_their_probability(operation, p):
    x = ramp(COUNT)
    changed = int(((operation(x, generator()) - x).abs().amax((1, 2, 3)) > 1e-5).sum())
    assert stats.binomtest(changed, COUNT, p).pvalue > 1e-3


def test_crops_flip_half_of_the_images():
    result = image.Crop(scale=(0.9, 1.0), flip=0.5)(ramp(COUNT), generator())
    flipped = int((result[..., 0] > result[..., -1]).all(-1).all(-1).sum())
    assert stats.binomtest(flipped, COUNT, 0.5).pvalue > 1e-3


@pytest.mark.parametrize("batch", [1, 3, 4, 6])
def test_jitter_factors_are_uniform_whatever_the_batch(batch):
    x = torch.full((COUNT, 3, 1, 1), 0.25)
    only = image.Jitter(brightness=0.8, contrast=0, saturation=0, hue=0, p=1)
    source = generator()
    result = torch.cat([only(part, source) for part in x.split(batch)])
    assert len(result) == COUNT
    assert stats.kstest(result[:, 0, 0, 0] / 0.25, stats.uniform(0.2, 1.6).cdf).pvalue > 1e-3


@pytest.mark.parametrize("batch", [1, 3, 4, 10])
def test_the_order_of_jitter_is_uniform_for_each_image(batch, monkeypatch):
    orders = []

    def record(x, factors, shift, order, places):
        quarter = places.argsort() // (len(x) // 4)  # how many blends come before the hue of each image
        orders.extend((*order[i].tolist(), int(quarter[i])) for i in range(batch))
        return x

    monkeypatch.setattr(image.color, "jitter", record)
    x, source = ramp(batch), generator(3)
    for _ in range(2400 // batch):
        image.Jitter()(x, source)
    counts = list(Counter(orders).values())
    assert len(counts) == 24  # 6 orders of the blends, 4 places of the hue
    assert stats.chisquare(counts).pvalue > 1e-3


def test_jitter_changes_grey_images_in_brightness_and_contrast():
    result = image.Jitter(p=1)(ramp(64, channels=1), generator())
    assert len(torch.unique(result.mean((1, 2, 3)))) > 32
    assert len(torch.unique(result.std((1, 2, 3)))) > 32


def test_shift_repeats_the_border():
    x = ramp(COUNT, channels=1)
    result = image.Shift(1)(x, generator())
    wide = torch.nn.functional.pad(x[:1], (1, 1, 1, 1), mode="replicate")
    places = {(top, left): wide[0, :, top : top + 8, left : left + 8] for top in range(3) for left in range(3)}
    counts = [int((result == place).all(-1).all(-1).all(-1).sum()) for place in places.values()]
    assert sum(counts) == COUNT
    assert stats.chisquare(counts).pvalue > 1e-3


def test_noise_has_its_deviation():
    noise = image.Noise(0.05)(torch.full((100, 1, 8, 8), 0.5), generator()) - 0.5
    assert stats.kstest(noise.flatten(), stats.norm(0, 0.05).cdf).pvalue > 1e-3


def test_crop_to_another_size_and_tiny_images():
    assert image.Crop(size=5)(ramp(4), generator()).shape == (4, 3, 5, 5)
    assert image.Blur(1.0)(ramp(4, side=2), generator()).shape == (4, 3, 2, 2)
    assert torch.isfinite(image.Crop()(ramp(50, side=1), generator())).all()
