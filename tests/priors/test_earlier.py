import numpy as np
import pytest

from likewise import priors
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.training import train


def test_an_earlier_run_is_a_space_of_its_features(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)
    samples = open_samples(pictures, keys=[f"s{row}" for row in range(40)])
    run = train(samples, out=tmp_path / "run", encoder="conv3", width=4, epochs=1, batch_size=16, quiet=True)
    space = priors.run(tmp_path / "run", samples)
    np.testing.assert_array_equal(space.array, run.embed(samples))
    assert space.metric == "cosine"
    assert space.keys == samples.keys
    assert space.info == {"method": "simclr", "epochs": 1}


def test_a_folder_without_a_run_is_refused(tmp_path):
    samples = open_samples(np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(LikewiseError, match="no run at"):
        priors.run(tmp_path, samples)
