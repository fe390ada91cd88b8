import torch
from scipy import stats

from likewise.views import vector

X = torch.randn(200, 50, generator=torch.Generator().manual_seed(0)) + 5


def generator():
    return torch.Generator().manual_seed(1)


def test_noise_is_gaussian_of_its_deviation():
    assert stats.kstest((vector.Noise(0.3)(X, generator()) - X).flatten(), stats.norm(0, 0.3).cdf).pvalue > 1e-3


def test_mask_takes_features_to_their_mean():
    result = vector.Mask(0.3)(X, generator())
    masked = result == 0
    assert torch.equal(result[~masked], X[~masked])
    assert stats.binomtest(int(masked.sum()), X.numel(), 0.3).pvalue > 1e-3
    assert not torch.equal(masked[0], masked[1])


def test_scale_is_one_uniform_factor_a_vector():
    factor = vector.Scale(0.2)(X, generator()) / X
    torch.testing.assert_close(factor, factor[:, :1].expand_as(factor))
    assert stats.kstest(factor[:, 0], stats.uniform(0.8, 0.4).cdf).pvalue > 1e-3
