import copy

import pytest
import torch
from tests.training.cases import N, digits, neighbors, quick, weights

from likewise.methods import build_encoder, build_method
from likewise.methods.joint_embedding import JointEmbedding
from likewise.training import Settings
from likewise.training.devices import own_accelerator
from likewise.training.learner import fits, make_learner
from likewise.training.plan import Plan
from likewise.views import make_views, statistics


def learner(method="simclr", graph=None, samples=None, settings=None, **options):
    samples = digits() if samples is None else samples
    torch.manual_seed(0)
    net, spec = build_encoder("conv3", samples.shape, width=4)
    built = build_method(method, net, spec.features, N, **options)
    normalize = statistics(samples)
    settings = Settings(**{"batch_size": 16, "precision": "float32", **(settings or {})})
    plan = Plan(neighbors() if graph is None else graph, settings)
    views = make_views("weak", samples, normalize=normalize)
    with own_accelerator(settings) as accelerator:
        made = make_learner(accelerator, built, samples, plan, views, normalize)
        made.prepare(accelerator)
    return made


def test_mocos_relation_spans_the_queue():
    one = learner("moco", queue=24)
    one.method.queue.push(torch.randn(24, 256), torch.arange(24))
    relation = one.relation(torch.arange(32).view(2, 16))
    assert relation.bound.shape == (32, 56)
    assert relation.same[3, 32 + 3]
    assert not relation.bound[:, 32:].any()


@pytest.mark.parametrize("views", ["weak", "strong"])
def test_views_are_a_function_of_the_seed_and_channels_last(views):
    one = learner(samples=digits(channels=3))
    one.views = make_views(views, (3, 8, 8), normalize=one.normalize)
    ids = torch.arange(32).view(2, 16)
    first, again, other = (one.make_views(ids, one.samples.read(ids), 0, step) for step in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert all(view.is_contiguous(memory_format=torch.channels_last) for view in first)
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in one.method.parameters() if w.ndim == 4)


@pytest.mark.parametrize(("method", "size"), [("moco", 40), ("nnclr", 48)])
def test_the_queue_is_full_before_it_is_used(method, size, tmp_path, monkeypatch):
    seen, real = [], JointEmbedding.loss

    def loss(self, q, k, relation):
        seen.append(self.queue.filled)
        return real(self, q, k, relation)

    monkeypatch.setattr(JointEmbedding, "loss", loss)
    run = quick(tmp_path / "run", method=method, queue=size, epochs=1)
    assert seen == [True] * 3
    state = weights(run)
    assert len(state["queue.ids"]) == size
    torch.testing.assert_close(state["queue.keys"].norm(dim=1), torch.ones(size))


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_target_follows_once_a_step_of_the_optimizer(accumulate, tmp_path, monkeypatch):
    shares, real = [], JointEmbedding.follow

    def follow(self, progress):
        before = copy.deepcopy(self.target[1][0].weight)
        real(self, progress)
        tau = self.momentum.at(progress)
        torch.testing.assert_close(self.target[1][0].weight, tau * before + (1 - tau) * self.projector[0].weight)
        shares.append(progress)

    monkeypatch.setattr(JointEmbedding, "follow", follow)
    quick(tmp_path / "run", method="byol", accumulate=accumulate, epochs=2)
    steps = 2 * -(-3 // accumulate)
    assert shares == pytest.approx([(step + 1) / steps for step in range(steps)])


def test_accumulated_gradients_are_averaged(tmp_path):
    options = {"lr": 0.1, "weight_decay": 0.0, "accumulate": 2, "batch_size": 48}
    run = quick(tmp_path / "run", graph=neighbors(), epochs=1, warmup=0, **options)
    one = learner(settings={**options, "epochs": 1}, hidden=16, dim=8)
    total = 0
    for step in range(2):
        ids = one.plan.ids(0, step)
        q, k = one.method(one.make_views(ids, one.samples.read(ids), 0, step, 0))
        total = total + one.method.loss(q, k, one.relation(ids)) / 2
    total.backward()
    moved = weights(run)
    for name, parameter in one.method.named_parameters():
        torch.testing.assert_close(moved[name], parameter.detach() - 0.1 * parameter.grad, rtol=1e-4, atol=1e-6)


def test_compiling_changes_neither_weights_names_nor_the_encoder():
    one = learner()
    names = set(one.method.state_dict())
    one.method.compile()
    assert set(one.method.state_dict()) == names


def test_samples_stay_where_they_are_on_a_cpu():
    assert fits(torch.zeros(3), torch.device("cpu"))
