import numpy as np
import torch
from torch import nn

from likewise.data import open_samples
from likewise.methods.features import extract

X = np.random.default_rng(0).standard_normal((50, 6)).astype(np.float32)


def test_features_are_those_of_the_model_in_evaluation_mode_which_stays_as_it_was():
    model = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Unflatten(1, (2, 2))).train()
    before = model[1].running_mean.clone()
    rows = extract(model, open_samples(X), lambda x: 2 * x, ids=torch.tensor([3, 49, 3]), batch_size=2)
    assert model.training
    assert torch.equal(model[1].running_mean, before)
    with torch.no_grad():
        want = model.eval()(2 * torch.from_numpy(X[[3, 49, 3]])).flatten(1)
    np.testing.assert_allclose(rows, want.numpy(), rtol=1e-5, atol=1e-6)
    assert rows.dtype == np.float32


def test_progress_is_told_in_samples():
    told = []
    extract(nn.Identity(), open_samples(X), torch.Tensor.float, batch_size=20, advance=told.append)
    assert told == [20, 20, 10]
