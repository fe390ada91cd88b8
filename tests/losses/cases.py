"""Random relations and the table of losses and options that the conformance suite runs over."""

import itertools
from types import SimpleNamespace

import numpy as np
import torch

from likewise.losses import LOSSES
from likewise.relation import Relation

FALSE_NEGATIVES = ("negative", "ignore", "attract")


def related(ids, queue_ids, attract, apart, star=False):
    """The relation of a batch of ids [V, B] under full matrices of attraction and difference over all samples."""
    rows, cols = ids.flatten(), torch.cat([ids.flatten(), queue_ids])
    return Relation(
        bound=Relation.bind(*ids.shape, len(queue_ids), star=star),
        same=rows[:, None] == cols,
        attract=None if attract is None else attract[rows][:, cols],
        apart=None if apart is None else apart[rows][:, cols],
        views=len(ids),
    )


def random_relation(seed, views=2, batch=4, queue=0, star=False, samples=7):
    """Few samples, so that ids repeat; attraction and difference overlap, with each other and with bound."""
    g = torch.Generator().manual_seed(seed)

    def symmetric():
        upper = torch.rand(samples, samples, generator=g) * (torch.rand(samples, samples, generator=g) < 0.4)
        return torch.maximum(upper, upper.T)

    ids = torch.randint(samples, (views, batch), generator=g)
    queue_ids = torch.randint(samples, (queue,), generator=g)
    return related(ids, queue_ids, symmetric().fill_diagonal_(1.0), symmetric(), star)


def random_embeddings(seed, views=2, batch=4, dim=3, queue=0, dtype=torch.float64):
    g = torch.Generator().manual_seed(1000 + seed)
    shapes = [(views, batch, dim), (views, batch, dim), (queue, dim)]
    return [torch.randn(shape, generator=g, dtype=torch.float64).to(dtype) for shape in shapes]


def as_numpy(relation):
    """The relation for the slow reference: numpy, with zeros for what is None."""

    def full(x):
        return np.zeros(tuple(relation.bound.shape)) if x is None else x.double().numpy()

    return SimpleNamespace(
        bound=relation.bound.numpy(),
        same=relation.same.numpy(),
        attract=full(relation.attract),
        apart=full(relation.apart),
        views=relation.views,
    )


def _contrastive_cases():
    shapes = [("outer", "all"), ("outer", "own"), ("inner", "all")]
    shown = [("batch", 0), ("batch", 5), ("cross", 0), ("cross", 5), ("queue", 5)]
    for role, (form, denominator), (against, queue), beta in itertools.product(
        FALSE_NEGATIVES, shapes, shown, (0, 0.7)
    ):
        options = {"false_negatives": role, "form": form, "denominator": denominator, "against": against, "beta": beta}
        yield "contrastive", options, queue


ALL_CASES = [
    *_contrastive_cases(),
    *(("vicreg", {"false_negatives": r, "repel": d, "margin": 3.0}, 0) for r in FALSE_NEGATIVES for d in (0.0, 2.0)),
    *(("spectral", {"false_negatives": r, "repel": d}, 0) for r in FALSE_NEGATIVES for d in (0.0, 0.8)),
    *((name, {"false_negatives": r}, 0) for name in ("barlow", "byol", "simsiam") for r in FALSE_NEGATIVES),
]

# One case with everything switched on for each loss and form: for laws that need no full table.
KEY_CASES = [
    ("contrastive", {"false_negatives": "attract", "beta": 0.7}, 5),
    ("contrastive", {"false_negatives": "attract", "denominator": "own", "beta": 0.7, "against": "cross"}, 5),
    ("contrastive", {"false_negatives": "ignore", "form": "inner", "against": "queue"}, 5),
    ("vicreg", {"false_negatives": "attract", "repel": 2.0, "margin": 3.0}, 0),
    ("spectral", {"false_negatives": "attract", "repel": 0.8}, 0),
    ("barlow", {"false_negatives": "attract"}, 0),
    ("byol", {"false_negatives": "attract"}, 0),
    ("simsiam", {"false_negatives": "attract"}, 0),
]


def case_id(case):
    name, options, queue = case
    return "-".join([name, *map(str, options.values()), f"queue{queue}"])


def call(case, q, k, relation, queue):
    name, options, length = case
    return LOSSES[name](q, k, relation, **options, **({"queue": queue} if length else {}))
