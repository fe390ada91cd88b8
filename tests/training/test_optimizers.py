from functools import partial
from itertools import pairwise

import pytest
import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.training import Settings
from likewise.training.optimizers import build_optimizer, build_scheduler, cosine, freeze_parts, learning_rate


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


def steps(scheduler, optimizer, count):
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_schedules_by_name_by_function_and_by_torch():
    def rates(own=None, **settings):
        optimizer = torch.optim.SGD([p for _, p in parameters()], lr=2.0)
        return steps(build_scheduler(optimizer, Settings(epochs=4, warmup=1, **settings), 4, own), optimizer, 4)

    assert rates() == pytest.approx([2 * cosine(step, 1, 4) for step in range(4)])
    assert rates(schedule="constant") == [2.0] * 4
    assert rates(lambda step, total: step / total) == [0.0, 0.5, 1.0, 1.5]
    halving = partial(torch.optim.lr_scheduler.StepLR, step_size=2, gamma=0.5)
    assert rates(halving) == [2.0, 2.0, 1.0, 1.0]
    with pytest.raises(LikewiseError, match="unknown schedule 'cosin': did you mean 'cosine'"):
        rates(None, **{"schedule": "cosin"})
    with pytest.raises(LikewiseError, match="must be a function of"):
        rates(lambda: 1.0)


def test_optimizers_of_yours_get_the_parameters():
    given = parameters()
    built = build_optimizer(given, Settings(), optimizer=partial(torch.optim.Adam, lr=0.5))
    assert isinstance(built, torch.optim.Adam)
    assert [len(group["params"]) for group in built.param_groups] == [4]
    ready = torch.optim.SGD([given[0][1]], lr=1.0)
    assert build_optimizer(given, Settings(), optimizer=ready) is ready
    with pytest.raises(LikewiseError, match="parameters that the method does not train"):
        build_optimizer(given[1:], Settings(), optimizer=ready)
    with pytest.raises(LikewiseError, match="must give an optimizer of torch, got a list"):
        build_optimizer(given, Settings(), optimizer=list)


@pytest.mark.parametrize("own", [None, partial(torch.optim.SGD, lr=0.1)])
def test_the_encoder_may_have_a_rate_of_its_own(own):
    net = nn.ModuleDict({"encoder": nn.Linear(2, 2), "projector": nn.Linear(2, 2)})
    settings = Settings(lr=0.1, backbone_lr=0.01)
    built = build_optimizer(list(net.named_parameters()), settings, optimizer=own)
    rates = {id(p): group["lr"] for group in built.param_groups for p in group["params"]}
    assert {rates[id(p)] for p in net["encoder"].parameters()} == {0.01}
    assert {rates[id(p)] for p in net["projector"].parameters()} == {0.1}


def test_freezing_names_what_there_is():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))
    frozen = freeze_parts(net, ["0", "1"])
    assert [type(part) for part in frozen] == [nn.Linear, nn.BatchNorm1d]
    assert [p.requires_grad for p in net.parameters()] == [False] * 4 + [True] * 2
    with pytest.raises(LikewiseError, match=r"freeze='3' is the beginning of no part of the encoder; it has 0, 1, 2"):
        freeze_parts(net, ["3"])
    with pytest.raises(LikewiseError, match="takes the whole encoder"):
        freeze_parts(net, ["0", "1", "2"])
