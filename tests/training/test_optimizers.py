from itertools import pairwise

import pytest
import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.training import Settings
from likewise.training.optimizers import build_optimizer, cosine, learning_rate


def parameters():
    torch.manual_seed(0)
    return list(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)).named_parameters())


@pytest.mark.parametrize("optimizer", ["adamw", "lars", "sgd"])
@pytest.mark.parametrize("decay", [None, 0.0, 0.1])
def test_only_matrices_decay_and_only_they_are_adapted(optimizer, decay):
    given = parameters()
    built = build_optimizer(given, Settings(optimizer=optimizer, weight_decay=decay))
    assert [len(group["params"]) for group in built.param_groups] == [1, 3]
    assert built.param_groups[1]["weight_decay"] == 0
    assert built.param_groups[0]["weight_decay"] == (
        decay if decay is not None else {"adamw": 0.05, "lars": 1e-4, "sgd": 5e-4}[optimizer]
    )
    if optimizer == "lars":
        assert [group["always_adapt"] for group in built.param_groups] == [True, False]


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lars_is_the_formula(decay):
    """Momentum SGD on gradients scaled by trust = clip(.02 |w| / (|g| + wd |w|) / lr, 1) (arXiv 1708.03888)."""
    (_, weight), *others = parameters()
    optimizer = build_optimizer([("w", weight), *others], Settings(optimizer="lars", lr=0.5, weight_decay=decay))
    before, gradient = weight.detach().clone(), torch.randn(3, 4) * 0.1
    weight.grad = gradient.clone()
    optimizer.step()
    trust = 0.02 * before.norm() / (gradient.norm() + decay * before.norm())
    scaled = (gradient + decay * before) * min(float(trust) / 0.5, 1.0)
    torch.testing.assert_close(weight.detach(), before - 0.5 * scaled)


def test_the_default_rate_grows_with_the_batch():
    assert learning_rate(Settings(batch_size=512)) == pytest.approx(0.12)
    assert learning_rate(Settings(batch_size=64, accumulate=2), world=4) == pytest.approx(0.12)
    assert learning_rate(Settings(batch_size=1024, optimizer="adamw")) == pytest.approx(2e-3)
    assert learning_rate(Settings(batch_size=512, lr=0.7), world=3) == 0.7


def test_the_schedule_warms_up_and_falls_to_nearly_nothing():
    shares = [cosine(step, 10, 100) for step in range(100)]
    assert shares[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert shares[10] == 1
    assert all(a >= b for a, b in pairwise(shares[10:]))
    assert 0 < shares[-1] < 1e-3
    assert cosine(0, 0, 1) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 1.5}, "batch_size must be a whole number of at least 2, got 1.5"),
        ({"lr": -1.0}, "lr must be a number of at least 0"),
        ({"lr": float("nan")}, "lr must be a number of at least 0, got nan"),
        ({"lr": float("inf")}, "got inf"),
        ({"weight_decay": -0.1}, "weight_decay must be"),
        ({"monitor": 1.0}, r"in \[0, 1\), got 1.0"),
        ({"sample": "pairs", "view_count": 3}, "two views, one of each sample; view_count is 3"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        Settings(**given)
