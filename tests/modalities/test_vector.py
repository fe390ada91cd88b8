"""Vectors keep differences that float32 would lose."""

import numpy as np
import pyarrow as pa
import pytest
import torch

import likewise as lw

SECONDS = 1_700_000_000 + np.arange(300)
WIDE = np.stack([SECONDS, 50 + np.arange(300) * 1e-6], 1)


@pytest.mark.parametrize("source", [WIDE, WIDE.astype(">f8"), pa.table({"lon": WIDE[:, 0] + 0.5, "lat": WIDE[:, 1]})])
def test_large_numbers_that_differ_little_stay_apart(source):
    samples = lw.open(source)
    wanted = WIDE + np.array([0.5, 0]) * bool(samples.features)
    np.testing.assert_array_equal(samples.storage.numpy(), wanted)
    assert "float64, because float32 would blur" in samples.notes[-1]
    assert lw.priors.pixels(samples).array.tolist() == wanted.tolist()
    scaled = lw.priors.scaled(samples).array
    np.testing.assert_allclose(scaled[:, 0], (SECONDS - SECONDS.mean()) / SECONDS.std(), rtol=1e-5)
    views = lw.make_views("none", samples)(samples.read([0, 1, 299]), 0, torch.Generator())
    assert views.dtype == torch.float32
    np.testing.assert_allclose(views.numpy(), scaled[[0, 1, 299]], rtol=1e-4)


def test_other_numbers_are_float32():
    samples = lw.open(np.random.default_rng(0).normal(1000, 10, (50, 3)))
    assert (samples.storage.dtype, samples.notes) == (torch.float32, ())
    assert lw.open(np.full((5, 1), 1.7e9)).storage.dtype == torch.float32  # nothing differs
    assert lw.open(WIDE.astype(np.float32)).storage.dtype == torch.float32  # nothing is left to keep


def test_they_are_trained_on(tmp_path):
    samples = lw.open(WIDE)
    graph = lw.neighbors(lw.priors.scaled(samples), 3)
    run = lw.fit(samples, graph, epochs=1, batch_size=64, out=tmp_path / "run", quiet=True)
    features = run.embed(samples)
    assert features.dtype == np.float32
    assert len(np.unique(features.round(4), axis=0)) > 250
