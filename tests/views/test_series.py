"""Each operation on series against a slow, obvious reference or a law."""

import numpy as np
import pytest
import torch
from scipy import stats

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.modalities import MODALITIES
from likewise.views import make_views, series

X = torch.randn(40, 3, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64).float()
RAMP = torch.linspace(0, 1, 60).expand(40, 2, 60).clone()


def generator():
    return torch.Generator().manual_seed(1)


def test_reading_between_steps_is_linear_interpolation():
    positions = torch.rand(40, 17, generator=generator()) * 49
    positions[:, 0], positions[:, 1] = 0, 49
    found = series.read_at(X, positions)
    for row in range(40):
        for channel in range(3):
            expected = np.interp(positions[row], np.arange(50), X[row, channel])
            np.testing.assert_allclose(found[row, channel], expected, atol=1e-5)
    assert torch.equal(series.read_at(X[:, :, :1], torch.zeros(40, 5)), X[:, :, :1].expand(-1, -1, 5))


def test_scale_is_one_uniform_factor_a_channel():
    factor = series.Scale(0.2)(X, generator()) / X
    torch.testing.assert_close(factor, factor[:, :, :1].expand_as(factor))
    assert stats.kstest(factor[:, :, 0].flatten(), stats.uniform(0.8, 0.4).cdf).pvalue > 1e-3


def test_a_crop_is_a_window_stretched_by_a_linear_resampling():
    found = series.Crop((0.3, 0.8))(RAMP, generator())
    start, end = found[:, 0, 0], found[:, 0, -1]
    torch.testing.assert_close(found[:, 1], found[:, 0])
    for row in range(40):  # on a ramp, what is read is where it is read
        expected = np.interp(np.linspace(float(start[row]), float(end[row]), 60), np.linspace(0, 1, 60), RAMP[row, 0])
        np.testing.assert_allclose(found[row, 0], expected, atol=1e-5)
    assert (start >= 0).all()
    assert (end <= 1 + 1e-6).all()
    assert stats.kstest(end - start, stats.uniform(0.3, 0.5).cdf).pvalue > 1e-3
    torch.testing.assert_close(series.Crop((1.0, 1.0))(X, generator()), X)


def test_a_mask_hides_one_span_of_all_channels():
    found = series.Mask(0.4)(X, generator())
    hidden = found == 0
    assert torch.equal(found[~hidden], X[~hidden])
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    for row in hidden[:, 0]:
        places = row.nonzero().flatten()
        assert len(places) <= 0.4 * 50 + 1
        assert len(places) == 0 or int(places[-1] - places[0]) + 1 == len(places)
    assert stats.kstest(hidden[:, 0].float().mean(1), stats.uniform(0, 0.4).cdf).pvalue > 1e-3


def test_a_warp_keeps_the_order_of_time_and_both_ends():
    found = series.Warp(0.9, 5)(RAMP, generator())[:, 0]
    assert (found.diff(dim=1) > 0).all()
    torch.testing.assert_close(found[:, [0, -1]], RAMP[:, 0, [0, -1]])
    assert (found - RAMP[:, 0]).abs().max() > 0.05
    torch.testing.assert_close(series.Warp(0.0)(X, generator()), X, atol=1e-4, rtol=0)
    assert torch.equal(series.Warp()(X[:, :, :1], generator()), X[:, :, :1])


def test_a_warp_reads_where_the_sum_of_its_speeds_says():
    warp = series.Warp(0.5, 3)
    speed = torch.rand(40, 1, 3, generator=generator()) + 0.5
    found = warp(RAMP, generator())
    for row in range(40):
        middles = (np.arange(59) + 0.5) * 2 / 59
        passed = np.concatenate([[0], np.cumsum(np.interp(middles, [0, 1, 2], speed[row, 0]))])
        np.testing.assert_allclose(found[row, 0], passed / passed[-1], atol=1e-5)


@pytest.mark.parametrize("options", [{"spread": 1.0}, {"spread": -0.1}, {"knots": 1}])
def test_an_impossible_warp_is_refused(options):
    with pytest.raises(LikewiseError, match="a warp needs a spread"):
        series.Warp(**options)


@pytest.mark.parametrize("name", MODALITIES["series"].views)
def test_views_standardise_each_channel_first(name):
    samples = open_samples(5 + 3 * X.numpy(), modality="series")
    views = make_views(name, samples)
    assert views.names[0][0] == "Normalize"
    assert not torch.equal(views(samples.storage, 0, generator()), views(samples.storage, 0, torch.Generator())) or (
        name == "none"
    )
