"""Random relations and the table of losses and options that the conformance suite runs over."""

import itertools
from types import SimpleNamespace

import numpy as np
import torch

from likewise.losses import LOSSES

FALSE_NEGATIVES = ("negative", "ignore", "attract")


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
    *(
        ("sigreg", {"false_negatives": r, "weight": w, "target": t, "slices": 5, "seed": 3}, 0)
        for r in FALSE_NEGATIVES
        for w, t in ((0.02, "centre"), (0.3, "partners"))
    ),
    *((name, {"false_negatives": r}, 0) for name in ("barlow", "byol", "simsiam") for r in FALSE_NEGATIVES),
]

# One case with everything switched on for each loss and form: for laws that need no full table.
KEY_CASES = [
    ("contrastive", {"false_negatives": "attract", "beta": 0.7}, 5),
    ("contrastive", {"false_negatives": "attract", "denominator": "own", "beta": 0.7, "against": "cross"}, 5),
    ("contrastive", {"false_negatives": "ignore", "form": "inner", "against": "queue"}, 5),
    ("vicreg", {"false_negatives": "attract", "repel": 2.0, "margin": 3.0}, 0),
    ("spectral", {"false_negatives": "attract", "repel": 0.8}, 0),
    ("sigreg", {"false_negatives": "attract", "weight": 0.3, "slices": 5, "seed": 3}, 0),
    ("barlow", {"false_negatives": "attract"}, 0),
    ("byol", {"false_negatives": "attract"}, 0),
    ("simsiam", {"false_negatives": "attract"}, 0),
]


def case_id(case):
    name, options, queue = case
    return "-".join([name, *map(str, options.values()), f"queue{queue}"])


def call(case, q, k, relation, queue):
    """The loss of a case; what it draws at random is equal in each call."""
    name, options, length = case
    torch.manual_seed(0)
    return LOSSES[name](q, k, relation, **options, **({"queue": queue} if length else {}))
