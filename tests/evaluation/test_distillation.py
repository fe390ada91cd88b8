from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

import likewise as lw
from likewise.errors import LikewiseError
from likewise.evaluation import distil
from likewise.evaluation.distillation import targets
from likewise.methods import build_encoder
from likewise.space import Space

OPTIONS = {"encoder": "conv3", "width": 8, "views": "none", "batch_size": 64, "epochs": 2}


@pytest.fixture(scope="module")
def digits():
    images = load_digits().images[:300].astype(np.float32) / 16
    return lw.open(images), Space(images.reshape(300, -1), "euclidean", "pixels")


def test_targets_keep_what_their_metric_compares():
    x = np.random.default_rng(0).standard_normal((50, 3)) + 4
    cosine = targets(Space(x))
    np.testing.assert_allclose(cosine.norm(dim=1), 1, rtol=1e-6)
    euclidean = targets(Space(x, "euclidean"))
    assert float(euclidean.square().sum(1).mean()) == pytest.approx(1)
    np.testing.assert_allclose(euclidean.mean(0), 0, atol=1e-6)
    ratio = torch.pdist(euclidean) / torch.pdist(torch.from_numpy(x).float())
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)
    assert (targets(Space(np.ones((4, 2)), "euclidean")) == 0).all()


def test_the_loss_falls_below_the_variance(digits):
    samples, space = digits
    found = distil(samples, space, **OPTIONS | {"epochs": 15, "width": 16}, lr=0.06)
    assert len(found.losses) == 15
    assert found.losses[-1] < 0.5 < 1 < found.losses[0]  # predicting the mean costs 1
    assert found.embed(samples).shape == (300, 64)
    assert not found.encoder.training


def test_a_linear_encoder_without_decay_finds_the_regression():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((256, 5)).astype(np.float32)
    space = Space(x @ rng.standard_normal((5, 3)).astype(np.float32), "euclidean")
    options = {"encoder": nn.Linear(5, 5), "views": "none", "batch_size": 64, "epochs": 40}
    found = distil(lw.open(x), space, lr=0.05, weight_decay=0.0, **options)
    assert found.losses[-1] < 1e-3


def test_equal_seeds_give_equal_encoders(digits):
    samples, space = digits
    first, again, other = (distil(samples, space, **OPTIONS, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.embed(samples), again.embed(samples))
    assert first.losses == again.losses != other.losses


def test_starts_from_the_weights_of_training(digits, tmp_path):
    """With a learning rate of 0 both leave the initial weights: the same ones."""
    from likewise.training import train

    samples, space = digits
    run = train(samples, None, out=tmp_path / "run", quiet=True, lr=0.0, **OPTIONS | {"views": "rrc"})
    start = distil(samples, space, lr=0.0, **OPTIONS).encoder
    for ours, theirs in zip(start.parameters(), run.encoder().parameters(), strict=True):
        np.testing.assert_array_equal(ours.detach(), theirs.detach())


def test_takes_as_many_steps_as_training(digits, tmp_path):
    from likewise.training import train

    samples, space = digits
    options = OPTIONS | {"views": "rrc", "accumulate": 3}
    counted = []
    hook = register_optimizer_step_post_hook(lambda *_: counted.append(1))
    try:
        train(samples, None, out=tmp_path / "run", quiet=True, **options)
        steps = len(counted)
        distil(samples, space, **options)
    finally:
        hook.remove()
    assert steps == 4 == len(counted) - steps


def test_methods_options_do_not_matter(digits):
    samples, space = digits
    plain = distil(samples, space, **OPTIONS)
    assert plain.losses == distil(samples, space, **OPTIONS, method="vicreg", sample="pairs", monitor=0.5).losses


def test_bad_input(digits):
    samples, space = digits
    with pytest.raises(LikewiseError, match="'pixels' has 300 rows, there are 299 samples"):
        distil(samples.subset(np.arange(299)), space, **OPTIONS)
    keys = lw.Keys.of(map(str, range(300)))
    with pytest.raises(LikewiseError, match="key"):
        distil(samples, Space(space.array, keys=keys), **OPTIONS)
    with pytest.raises(LikewiseError, match="did you mean 'epochs'"):
        distil(samples, space, epoch=3)
    with pytest.raises(LikewiseError, match="diverged in epoch"):
        distil(samples, space, **OPTIONS, lr=1e30)
    with pytest.raises(LikewiseError, match="takes images"):
        distil(lw.open(space.array), space, **OPTIONS)
    assert build_encoder("conv3", (1, 8, 8), width=8)[1].features == 32


def test_the_users_random_numbers_are_left_alone(digits):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    distil(*digits, **OPTIONS)
    assert torch.equal(torch.rand(3), expected)
