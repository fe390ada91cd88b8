from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import cache_folder, encode, encoding
from likewise.priors.cache import cached
from likewise.space import Space


@pytest.fixture
def samples():
    return open_samples(np.random.default_rng(0).standard_normal((50, 6)).astype(np.float32))


class Breaks(nn.Module):
    """Counts the rows that it sees and stops after some."""

    def __init__(self, after=10**9):
        super().__init__()
        self.seen, self.after = 0, after

    def forward(self, x):
        self.seen += len(x)
        if self.seen > self.after:
            raise KeyboardInterrupt
        return x[:, :, None] * 2


def test_encodes_all_in_order_and_leaves_the_model_as_it_was(samples, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 16)
    model = nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3)).train()
    rows = encode(model, samples, prepare=lambda x: x + 1, batch_size=7)
    assert model.training
    with torch.no_grad():
        want = model.eval()(samples.read(np.arange(50)) + 1).numpy()
    np.testing.assert_allclose(rows, want, rtol=1e-5, atol=1e-6)
    assert rows.dtype == np.float32


def test_continues_where_it_stopped(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 16)
    with pytest.raises(KeyboardInterrupt):
        encode(Breaks(40), samples, batch_size=8, folder=tmp_path)
    again = Breaks()
    rows = encode(again, samples, batch_size=8, folder=tmp_path)
    assert again.seen == 50 - 32
    np.testing.assert_array_equal(rows, 2 * samples.read(np.arange(50)).numpy())


def test_names_the_sample_that_breaks_the_model(samples, monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 16)

    class Nan(nn.Module):
        def forward(self, x):
            return torch.where((x == samples.read(20)).all(1, keepdim=True), torch.nan, x)

    with pytest.raises(LikewiseError, match="gives NaN or infinity in row 20: check"):
        encode(Nan(), samples)


def test_cache_is_found_by_content(samples, tmp_path):
    made = []

    def make(folder):
        made.append(folder)
        (folder / "unfinished").touch()
        return Space(np.ones((50, 2)), info={"a": 1})

    first = cached(samples, ("p", "1"), make, tmp_path)
    again = cached(samples, ("p", "1"), make, tmp_path)
    assert len(made) == 1
    assert again.info == first.info
    assert first.info["seconds"] >= 0
    assert again.keys == samples.keys
    assert not made[0].exists()
    cached(samples, ("p", "2"), make, tmp_path)
    cached(open_samples(samples.read(np.arange(49)).numpy()), ("p", "1"), lambda _: Space(np.ones((49, 2))), tmp_path)
    assert len(made) == 2
    assert len(list((tmp_path / "spaces").iterdir())) == 3


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert cache_folder(tmp_path / "a") == tmp_path / "a"
    monkeypatch.delenv("LIKEWISE_CACHE")
    assert cache_folder().parts[-2:] == (".cache", "likewise")
