import itertools

import pytest
import torch

from likewise.views import color

functional = pytest.importorskip("torchvision.transforms.v2.functional", reason="torchvision is the reference")

X = torch.rand(8, 3, 9, 11, generator=torch.Generator().manual_seed(0))
FACTORS = torch.linspace(0, 1.8, 8)


@pytest.mark.parametrize(
    ("ours", "theirs", "parameters"),
    [
        (color.brightness, functional.adjust_brightness, FACTORS),
        (color.contrast, functional.adjust_contrast, FACTORS),
        (color.saturation, functional.adjust_saturation, FACTORS),
        (color.hue, functional.adjust_hue, torch.linspace(-0.5, 0.5, 8)),
    ],
)
def test_each_image_equals_torchvision_with_its_own_parameter(ours, theirs, parameters):
    expected = torch.stack([theirs(x, float(p)) for x, p in zip(X, parameters, strict=True)])
    torch.testing.assert_close(ours(X, parameters), expected, atol=2e-5, rtol=0)


def test_hue_of_pure_and_grey_colours():
    colors = torch.tensor(list(itertools.product([0.0, 0.5, 1.0], repeat=3))).T.reshape(1, 3, 3, 9)
    for shift in (-0.5, -1 / 3, 0.0, 0.2, 0.5):
        expected = functional.adjust_hue(colors, shift)
        torch.testing.assert_close(color.hue(colors, torch.tensor([shift])), expected, atol=2e-5, rtol=0)


def test_gray_and_solarize_equal_torchvision():
    torch.testing.assert_close(color.luma(X), functional.rgb_to_grayscale(X), atol=1e-6, rtol=0)
    torch.testing.assert_close(color.solarize(X, 0.4), functional.solarize(X, 0.4), atol=1e-6, rtol=0)


def test_grey_images_equal_torchvision():
    grey = X[:, :1]
    expected = torch.stack([functional.adjust_contrast(x, float(p)) for x, p in zip(grey, FACTORS, strict=True)])
    torch.testing.assert_close(color.contrast(grey, FACTORS), expected, atol=2e-5, rtol=0)


def test_jitter_applies_the_operations_of_each_image_in_its_order():
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(24, 3, 6, 5, generator=generator)
    factors = torch.rand(24, 3, generator=generator) * 1.6 + 0.2
    shift = torch.rand(24, generator=generator) * 0.4 - 0.2
    order = torch.tensor(list(itertools.permutations(range(3))) * 4)
    places = torch.randperm(24, generator=generator)
    result = color.jitter(x, factors, shift, order, places)
    operations = (functional.adjust_brightness, functional.adjust_contrast, functional.adjust_saturation)
    for i in range(24):
        steps = [(operations[kind], factors[i, kind]) for kind in order[i].tolist()]
        steps.insert(places.tolist().index(i) // 6, (functional.adjust_hue, shift[i]))
        expected = x[i]
        for operation, value in steps:
            expected = operation(expected, float(value))
        torch.testing.assert_close(result[i], expected, atol=5e-5, rtol=0)


def test_jitter_of_grey_images_is_brightness_and_contrast():
    x, factors = X[:, :1], torch.stack([FACTORS, FACTORS.flip(0), torch.zeros(8)], dim=1)
    order = torch.tensor([[0, 1], [1, 0]] * 4)
    result = color.jitter(x, factors, torch.ones(8), order, torch.arange(8))
    for i in range(8):
        first, second = [color.brightness, color.contrast][:: 1 if i % 2 == 0 else -1]
        a, b = (factors[i : i + 1, k] for k in order[i].tolist())
        torch.testing.assert_close(result[i], second(first(x[i : i + 1], a), b)[0], atol=1e-6, rtol=0)
