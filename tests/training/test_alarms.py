"""Sabotages, each of which must be noticed in its first epoch, and healthy runs, of which nothing may be said."""

import copy
import warnings

import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, PIXELS, neighbors, quick
from torch import nn

import likewise as lw
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding, Queue
from likewise.training import Callback


def said(tmp_path, **options):
    """What a short run warns of."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        run = quick(tmp_path / "run", epochs=2, warmup=0, **options)
    told = [str(one.message) for one in heard if str(one.message).startswith("epoch ")]
    assert told == run.record.get("warnings", [])
    return told


class Unused(nn.Module):
    """An encoder with a layer that nothing goes through."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Linear(64, 16), nn.Linear(64, 16)

    def forward(self, x):
        return self.used(x.flatten(1))


class IdleHead(nn.Module):
    """A projector with a layer that nothing goes through."""

    def __init__(self, features):
        super().__init__()
        self.used, self.idle = nn.Linear(features, 8), nn.Linear(features, 8)

    def forward(self, x):
        return self.used(x)


class Detached(nn.Module):
    """An encoder whose first layer is cut off from the loss."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 16)

    def forward(self, x):
        return self.second(self.first(x.flatten(1)).detach())


class Freezes(Callback):
    """Sets the learning rate to nothing before each step."""

    def on_start(self, state):
        self.on_step(state)

    def on_step(self, state):
        for group in state.learner.optimizer.param_groups:
            group["lr"] = 0.0


def of_matrices(parameters):
    return torch.optim.SGD([p for p in parameters if p.ndim > 1], lr=0.01)


def of_the_first(parameters):
    return torch.optim.SGD(parameters[:2], lr=0.01)


def flat(step, steps):
    del step, steps
    return 1.0


def idle(optimizer):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)


def always_the_nearest(self, ids, generator=None):
    del generator
    nearest = torch.from_numpy(np.argmax(self.to_scipy().toarray(), axis=1))
    return nearest[ids]


def with_a_sticky_generator(self, ids, generator=None):
    del generator
    return self.compiled().draw(ids, torch.Generator().manual_seed(0))[torch.arange(len(ids))] * 0 + (ids + 1) % self.n


def patched(owner, name, value):
    return lambda patch: patch.setattr(owner, name, value)


SABOTAGES = {
    "a layer that is not used": (
        {"encoder": Unused()}, None, "2 parameters (encoder.idle.weight, encoder.idle.bias) got no gradient",
    ),
    "a layer cut off": (
        {"encoder": Detached()}, None, "2 parameters (encoder.first.weight, encoder.first.bias) got no gradient",
    ),
    "a loss that does not depend on the network": (
        {"method": None, "loss": lambda q, k, relation: (q * 0).sum() + relation.bound.sum() * 0.0},
        None,
        "all gradients of the first step are 0",
    ),
    "a learning rate of nothing": ({"lr": 1e-30}, None, "no parameter has changed in this epoch"),
    "a callback that stops learning": ({"callbacks": [Freezes()]}, None, "no parameter has changed in this epoch"),
    "a teacher that does not move (byol)": (
        {"method": "byol"},
        patched(JointEmbedding, "follow", lambda self, share: None),
        "momentum encoder has not moved",
    ),
    "a teacher that does not move (moco)": (
        {"method": "moco", "options": {"queue": 32}},
        patched(JointEmbedding, "follow", lambda self, share: None),
        "momentum encoder has not moved",
    ),
    "a momentum of one": ({"method": "byol", "options": {"momentum": 1.0}}, None, "momentum encoder has not moved"),
    "a schedule of nothing": ({"schedule": lambda step, steps: 0.0}, None, "no parameter has changed in this epoch"),
    "a projector with a layer of its own that nothing goes through": (
        {"projector": lambda features: IdleHead(features)}, None, "(projector.idle.weight, projector.idle.bias) got no",
    ),
    "a queue that nothing enters, of labels": (
        {"method": "moco", "options": {"queue": 32}, "graph": lw.labels(CLASSES)},
        patched(JointEmbedding, "remember", lambda self, keys, ids: None),
        "the queue holds the same keys",
    ),
    "an optimizer of the first layer alone": (
        {"optimizer": of_the_first}, None, "are in no group of the optimizer",
    ),
    "an optimizer without biases and norms": ({"optimizer": of_matrices}, None, "are in no group of the optimizer"),
    "a queue that nothing enters (moco)": (
        {"method": "moco", "options": {"queue": 32}},
        patched(JointEmbedding, "remember", lambda self, keys, ids: None),
        "the queue holds the same keys",
    ),
    "a queue that nothing enters (nnclr)": (
        {"method": "nnclr", "options": {"queue": 32}},
        patched(JointEmbedding, "remember", lambda self, keys, ids: None),
        "the queue holds the same keys",
    ),
    "a queue that forgets what it is given": (
        {"method": "moco", "options": {"queue": 32}}, "push once", "the queue holds the same keys",
    ),
    "a schedule that does nothing": ({"schedule": flat}, None, "the schedule does nothing"),
    "a scheduler of torch that does nothing": ({"schedule": idle}, None, "the schedule does nothing"),
    "partners that are always the nearest": (
        {"graph": neighbors(5)}, patched(SimilarityGraph, "draw", always_the_nearest), "their draws are frozen",
    ),
    "partners of labels that never change": (
        {"graph": lw.labels(CLASSES)}, patched(SimilarityGraph, "draw", always_the_nearest), "their draws are frozen",
    ),
    "partners of a mixture that never change": (
        {"graph": lw.mix(neighbors(5), lw.labels(CLASSES), 0.5)},
        patched(SimilarityGraph, "draw", with_a_sticky_generator),
        "their draws are frozen",
    ),
    "an encoder that tells nothing apart": (
        {"encoder": nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Sigmoid(), nn.Linear(16, 1), nn.Linear(1, 16))},
        "collapse",
        "has collapsed",
    ),
}  # fmt: skip


def sabotage(kind, patch):
    if kind == "push once":
        first = Queue.push
        patch.setattr(Queue, "push", lambda self, keys, ids: None if self.filled else first(self, keys, ids))
    elif kind == "collapse":
        patch.setattr(nn.init, "trunc_normal_", nn.init.zeros_)
    elif kind is not None:
        kind(patch)


@pytest.mark.parametrize("name", SABOTAGES)
def test_each_sabotage_is_noticed_in_the_first_epoch(name, tmp_path, monkeypatch):
    options, kind, sentence = SABOTAGES[name]
    sabotage(kind, monkeypatch)
    told = said(tmp_path, **copy.deepcopy(options))
    assert any(one.startswith("epoch 1: ") and sentence in one for one in told), told
    assert len({one.partition(": ")[2] for one in told}) == len(told)  # each once


@pytest.mark.parametrize(
    "options",
    [
        *({"method": method} for method in ("simclr", "supcon", "vicreg", "barlow", "sigreg", "spectral", "byol")),
        {"method": "moco", "options": {"queue": 32}},
        {"method": "nnclr", "options": {"queue": 32}},
        {"graph": neighbors(1)},
        {"graph": neighbors(5)},
        {"graph": lw.labels(CLASSES)},
        {"graph": lw.mix(SimilarityGraph.none(len(CLASSES)), neighbors(3), 0.5)},
        {"graph": lw.neighbors(PIXELS, 5, pick="softmax", temperature=1e-3)},
        {"graph": neighbors(3), "sample": "pairs"},
        {"schedule": "constant"},
        {"lr": 0.0},
        {"freeze": "0"},
        {"accumulate": 3},
        {"batch_size": 96},
        {"optimizer": "lars"},
    ],
    ids=str,
)
def test_nothing_is_said_of_a_healthy_run(options, tmp_path):
    assert said(tmp_path, **options) == []
