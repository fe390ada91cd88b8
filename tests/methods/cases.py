"""What the tests of methods share: a small encoder, a batch, and every method over them."""

import torch
from torch import nn

from likewise.graph import SimilarityGraph
from likewise.methods import METHODS, build_method

N, B, V, FEATURES = 64, 8, 2, 6
SMALL = {"hidden": 12, "dim": 5}
CONTRASTS = ("moco", "nnclr", "simclr", "spectral", "supcon")
QUEUES = ("moco", "nnclr")
MOMENTUM = ("byol", "moco")
STOPS = ("byol", "moco", "nnclr", "simsiam")
ALL = sorted(METHODS)


def encoder():
    return nn.Sequential(nn.Flatten(), nn.Linear(16, FEATURES), nn.BatchNorm1d(FEATURES))


def make(name, **options):
    torch.manual_seed(0)
    options = SMALL | ({"queue": 16} if name in QUEUES else {}) | options
    method = build_method(name, encoder(), FEATURES, N, **options)
    if method.queue is not None:
        method.queue.push(torch.randn(16, method.queue.keys.shape[1]), torch.arange(40, 56))
    return method


def batch(views=V):
    torch.manual_seed(1)
    ids = torch.arange(views * B).view(views, B)
    return [torch.randn(B, 4, 4) for _ in range(views)], ids


def step(method, views=V, graph=None):
    x, ids = batch(views)
    graph = SimilarityGraph.none(N) if graph is None else graph
    queue_ids = method.queue.ids if method.queue is not None and method.queue_columns else None
    q, k = method(x)
    return method.loss(q, k, graph.relation(ids, queue_ids)), q, k
