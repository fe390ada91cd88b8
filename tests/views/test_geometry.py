import pytest
import torch
from scipy import stats

from likewise.views import geometry

v2 = pytest.importorskip("torchvision.transforms.v2", reason="torchvision is the reference")

X = torch.rand(6, 3, 20, 28, generator=torch.Generator().manual_seed(0))
BOXES = torch.tensor([[0, 0, 20, 28], [3, 5, 4, 6], [19, 27, 1, 1], [2, 0, 17, 9], [0, 20, 20, 8], [5, 5, 12, 13]])


def crop(size, flip=None):
    top, left, high, wide = BOXES.T.float()
    rows = geometry.interpolation(top, high, size[0], 20)
    return geometry.resample(X, rows, geometry.interpolation(left, wide, size[1], 28, flip))


@pytest.mark.parametrize("size", [(20, 28), (7, 9), (40, 33)])
def test_crops_equal_torchvision(size):
    pairs = zip(X, BOXES.tolist(), strict=True)
    expected = torch.stack([v2.functional.resized_crop(x, *box, list(size), antialias=True) for x, box in pairs])
    torch.testing.assert_close(crop(size), expected, atol=1e-5, rtol=0)


def test_crops_that_do_not_shrink_need_no_antialiasing():
    pairs = zip(X, BOXES.tolist(), strict=True)
    expected = torch.stack([v2.functional.resized_crop(x, *box, [20, 28], antialias=False) for x, box in pairs])
    torch.testing.assert_close(crop((20, 28)), expected, atol=1e-5, rtol=0)


def test_flip_mirrors_only_the_images_it_is_set_for():
    flip = torch.tensor([True, False, True, False, False, True])
    plain, flipped = crop((20, 28)), crop((20, 28), flip)
    torch.testing.assert_close(flipped, torch.where(flip[:, None, None, None], plain.flip(-1), plain))


@pytest.mark.parametrize("radius", [1, 6, 19])
def test_blur_equals_torchvision(radius):
    sigma = torch.tensor([0.1, 0.5, 1.0, 1.5, 2.0, 4.0])
    size = [2 * radius + 1] * 2
    expected = torch.stack(
        [v2.functional.gaussian_blur(x, size, [float(s)] * 2) for x, s in zip(X, sigma, strict=True)]
    )
    torch.testing.assert_close(geometry.blur(X, sigma, radius), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("shape", "scale"), [((32, 32), (0.08, 1.0)), ((64, 48), (0.2, 1.0)), ((8, 60), (0.5, 1.0))])
def test_boxes_have_torchvisions_distribution(shape, scale):
    count = 3000
    image = torch.empty(1, *shape)
    transform = v2.RandomResizedCrop(shape, scale=scale)
    torch.manual_seed(0)
    made = [transform.make_params([image]) for _ in range(count)]
    theirs = torch.tensor([[p["top"], p["left"], p["height"], p["width"]] for p in made]).T.float()
    x = torch.empty(count, 1, *shape)
    ours = geometry.random_boxes(x, scale, (3 / 4, 4 / 3), torch.Generator().manual_seed(1))
    assert (ours[0] + ours[2] <= shape[0]).all()
    assert (ours[1] + ours[3] <= shape[1]).all()
    assert ours[:2].min() >= 0
    assert torch.equal(ours, ours.round())
    for a, b in [
        *zip(ours, theirs, strict=True),
        (ours[2] * ours[3], theirs[2] * theirs[3]),
        (ours[3] / ours[2], theirs[3] / theirs[2]),
    ]:
        assert stats.ks_2samp(a, b).pvalue > 1e-3
