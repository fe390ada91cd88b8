import math

import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, IMAGES, N, digits, neighbors
from tests.training.test_learner import learner
from torch import nn

import likewise as lw
from likewise.metrics import alignment, knn_accuracy, rankme, uniformity
from likewise.training import embed
from likewise.training.monitors import Watch, collapse_warning, measure


def test_measurements_are_those_of_the_encoders_features():
    samples = digits(labels=True)
    watched, training = samples.split(0.25)
    one = learner(graph=lw.labels(CLASSES[training.ids]), samples=training)
    watch = Watch.over(training, watched, one.plan)
    found = measure(one, watch)
    x = embed(one.method.encoder, training, one.normalize)[watch.ids]
    y = embed(one.method.encoder, watch.held_out, one.normalize)
    assert found["rankme"] == pytest.approx(rankme(x), rel=1e-4)
    assert found["uniformity"] == pytest.approx(uniformity(x), rel=1e-4)
    assert found["knn"] == knn_accuracy(x, training.labels[watch.ids], y, watch.held_out.labels, k=20)
    partners = one.graph.draw(watch.ids, torch.Generator().manual_seed(0))
    beside = embed(one.method.encoder, training, one.normalize, ids=partners)
    assert found["alignment"] == pytest.approx(alignment(x, beside), rel=1e-4)


def test_measuring_leaves_the_network_as_it_was():
    one = learner()
    one.method.train()
    one.method.encoder[1].eval()
    before = {name: value.clone() for name, value in one.method.state_dict().items()}
    measure(one, Watch.over(one.samples, None, one.plan))
    assert all(torch.equal(before[name], value) for name, value in one.method.state_dict().items())
    assert [layer.training for layer in one.method.encoder][:3] == [True, False, True]


def test_measuring_costs_a_small_share_of_training():
    plan = learner().plan
    every = Watch.over(digits(), None, plan).every
    cost, epoch = 2 * N, 3 * 2 * len(plan) * 16
    assert cost / (every * epoch) <= 0.02 < cost / ((every - 1) * epoch)
    watch = Watch(None, torch.arange(3), every=5)
    assert [epoch for epoch in range(1, 13) if watch.due(epoch, last=epoch == 12)] == [1, 5, 10, 12]


def test_only_labelled_samples_are_asked_and_vote():
    labels = np.where(np.arange(N) % 3 == 0, CLASSES, -1)
    samples = lw.open(IMAGES, labels=labels, unlabelled=-1)
    watched, training = samples.split(0.25)
    watch = Watch.over(training, watched, learner(samples=samples).plan)
    assert (watch.held_out.labels >= 0).all()
    assert (training.labels[watch.ids] >= 0).all()


class Constant(nn.Module):
    def __init__(self, value, spread=0.0):
        super().__init__()
        self.value, self.spread = value, spread

    def forward(self, x):
        return self.value + self.spread * x.flatten(1)[:, :5]


@pytest.mark.parametrize(
    ("encoder", "words"),
    [(Constant(1.0), "collapsed"), (Constant(1.0, 1e-3), "collapsed"), (Constant(math.nan), "NaN"), (None, None)],
)
def test_a_collapse_is_said_in_plain_words_and_only_then(encoder, words):
    one = learner()
    if encoder is not None:
        one.method.encoder = encoder
    problem = collapse_warning(measure(one, Watch.over(one.samples, None, one.plan)))
    assert (problem is None) if words is None else (words in problem)


def test_the_bounds_of_collapse():
    assert collapse_warning({"std": 0.06, "rankme": 1.6}) is None
    assert "collapsed" in collapse_warning({"std": 0.04, "rankme": 9.0})
    assert "collapsed" in collapse_warning({"std": 0.5, "rankme": 1.4})
    assert neighbors().n == N
