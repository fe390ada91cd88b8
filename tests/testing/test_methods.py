"""The check of methods finds what is wrong with one."""

import copy

import pytest
import torch
from torch import nn

from likewise.losses import contrastive
from likewise.methods import JointEmbedding, Momentum, Queue, make_method
from likewise.testing import check_method


def objective(q, k, relation, queue):
    return contrastive(q, k, relation)


def method(encoder, features, n, objective=objective, **options):
    return JointEmbedding(encoder, nn.Linear(features, 5), objective, **options)


def test_a_method_that_keeps_its_promises_passes():
    check_method(method)
    check_method(lambda encoder, features, n: method(encoder, features, n, momentum=Momentum(0.9, 1.0)))
    check_method(lambda encoder, features, n: make_method(None, encoder, features, n, loss="vicreg"))


class Forgetful(JointEmbedding):
    """Keeps something that changes its loss outside of its state."""

    def __init__(self, encoder, features, n):
        super().__init__(encoder, nn.Linear(features, 5), objective)
        self.steps = 0

    def loss(self, q, k, relation):
        return super().loss(q, k, relation) * (1 + self.steps)

    def follow(self, progress):
        self.steps += 1


class Aliased(JointEmbedding):
    """Uses its queue in a way that a push spoils."""

    def __init__(self, encoder, features, n):
        super().__init__(encoder, nn.Linear(features, 5), objective, queue=Queue(16, 5))

    def loss(self, q, k, relation):
        return super().loss(q, k, relation) + _Kept.apply(q.float(), self.queue.keys) * 1e-2


class _Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, keys):
        ctx.keys, ctx.shape = keys, q.shape
        return (q.flatten(0, 1) @ keys.T).mean()

    @staticmethod
    def backward(ctx, grad):
        rows = ctx.keys.sum(0) / (len(ctx.keys) * ctx.shape[0] * ctx.shape[1])
        return grad * rows.expand(ctx.shape), None


def narrow(q, k, relation, queue):
    return (q[0] - q[1]).abs().max()


def unused(encoder, features, n):
    made = method(encoder, features, n)
    made.unused = nn.Linear(2, 2)
    return made


def follows_targets(encoder, features, n):
    class Leaky(JointEmbedding):
        def forward(self, views):
            q, _ = super().forward(views)
            return q, q * 1

    return Leaky(encoder, nn.Linear(features, 5), objective)


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        (lambda encoder, features, n: encoder, "a method is a JointEmbedding, got a Sequential"),
        (lambda e, f, n: method(e, f, n, lambda q, k, r, queue: (q * 0).sum()), "five steps with 2 views"),
        (lambda e, f, n: method(e, f, n, lambda q, k, r, queue: q.sum(2)), "the loss is one number"),
        (unused, "no gradient reaches unused.weight, unused.bias"),
        (follows_targets, "gradients flow through the targets"),
        (
            lambda e, f, n: method(e, f, n, lambda q, k, r, queue: (q[0] - q[1]).square().mean()),
            "under autocast the loss",
        ),
        (Forgetful, "the state dict leaves something out"),
        (Aliased, "a push into the queue before backward changes the gradient"),
    ],
)
def test_a_broken_promise_is_named(factory, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_method(factory)


def test_checking_leaves_the_random_state_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    check_method(method)
    assert torch.equal(torch.rand(3), wanted)
    assert copy.deepcopy(wanted).equal(wanted)
