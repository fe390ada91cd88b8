import numpy as np
import pytest

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.testing import check_prior

X = np.random.default_rng(0).standard_normal((6, 2, 12))


def test_a_spectrum_is_the_sum_over_time_that_defines_it():
    space = lw.priors.spectrum(open_samples(X))
    wave = np.exp(-2j * np.pi * np.outer(np.arange(7), np.arange(12)) / 12)
    expected = np.log1p(np.abs(X @ wave.T) / np.sqrt(12)).reshape(6, 14)
    np.testing.assert_allclose(space.array, expected, rtol=1e-4, atol=1e-6)


def test_a_shift_in_time_changes_nothing_and_a_vector_is_one_channel():
    series, shifted = (lw.priors.spectrum(open_samples(x, modality="series")).array for x in (X, np.roll(X, 5, -1)))
    np.testing.assert_allclose(series, shifted, atol=1e-5)
    vectors = lw.priors.spectrum(open_samples(X[:, 0])).array
    assert np.array_equal(vectors, lw.priors.spectrum(open_samples(X[:, 0], modality="series")).array)


def test_a_spectrum_is_a_prior_by_name():
    check_prior(lw.priors.PRIORS["spectrum"], open_samples(X, modality="series"))
    with pytest.raises(LikewiseError, match="a spectrum is over time, and images have none"):
        lw.priors.spectrum(open_samples(np.zeros((3, 8, 8), np.uint8)))
