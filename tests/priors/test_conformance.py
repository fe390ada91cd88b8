"""What every prior promises, whatever it makes its space of."""

import numpy as np
import pytest

from likewise import priors
from likewise.data import open_samples
from likewise.testing import check_prior


@pytest.mark.parametrize(
    "build",
    [
        priors.pixels,
        lambda samples: priors.pixels(samples, 4),
        priors.pca,
        lambda samples: priors.pca(samples, 3),
        priors.scaled,
    ],
)
def test_keeps_the_promises_of_every_prior(build):
    check_prior(build)


def test_columns_and_files_keep_them_too(tmp_path):
    rng = np.random.default_rng(0)
    columns = {"hour": rng.random(20), "age": rng.random(20)}
    samples = open_samples(rng.random((20, 3)), columns=columns, keys=[f"row{i}" for i in range(20)])
    check_prior(lambda samples: priors.columns(samples, ["hour", "age"]), samples)
    np.save(tmp_path / "space.npy", rng.random((20, 4)))
    check_prior(lambda samples: priors.from_file(tmp_path / "space.npy", samples), samples)
