"""One call that measures features every usual way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import MappingProxyType

import numpy as np
import torch

from likewise.arrays import Array
from likewise.errors import LikewiseError, unknown_name
from likewise.evaluation.checks import LabelledPair, Values
from likewise.evaluation.few_shots import draw_supports, few_shot_accuracies
from likewise.evaluation.linear_probes import linear_probe
from likewise.evaluation.results import Evaluation
from likewise.metrics import effective_rank, knn_accuracy, map_at_r, recall_at_k
from likewise.randomness import seed_of
from likewise.space import require_metric


@dataclass(frozen=True)
class Task:
    """What is measured, and how."""

    data: LabelledPair
    metric: str
    shots: tuple[int, ...]
    draws: int
    k: int
    seed: int


def evaluate_features(
    train_x: Values,
    train_y: Values,
    test_x: Values,
    test_y: Values,
    *,
    metrics: Sequence[str] | None = None,
    metric: str = "cosine",
    shots: Sequence[int] = (1, 5, 10),
    draws: int = 100,
    k: int = 20,
    seed: int = 0,
) -> Evaluation:
    """What frozen features are worth on a test set; nothing is chosen on it.

    ``knn``: accuracy of k votes. ``linear``: accuracy of a linear probe (``linear_probe``). ``few-shot``: accuracy of
    the nearest class mean, mean over draws of s labelled training samples a class. ``retrieval`` among the test rows:
    recall@1, recall@5, MAP@R. ``clustering`` of the test rows by k-means with the true number of classes, best of 10:
    NMI and adjusted Rand index. ``rank``: effective rank of the test rows.

    Args:
        train_x: features [n, d].
        train_y: whole numbers [n]; rows with a negative label are left out, in training and test.
        test_x: features [m, d].
        test_y: whole numbers [m].
        metrics: some of ``METRICS``; None: all.
        metric: by which rows are near: "cosine" (rows are normalised, also for k-means and rank) or "euclidean".
        shots: labelled samples a class; a class with fewer gives all it has, and ``facts["capped"]`` says so.
        draws: of labelled supports; at least 100 for figures to report.
        k: votes of kNN, at most the training rows.
        seed: of supports, of the part that chooses the probe, and of k-means.

    Raises:
        LikewiseError: rows and labels differ in number, NaN in a row, a test class has no training row, unknown names.
    """
    names = tuple(METRICS) if metrics is None else tuple(metrics)
    for name in names:
        if name not in METRICS:
            raise unknown_name("metric", name, METRICS)
    require_metric(metric)
    data = LabelledPair.of(train_x, train_y, test_x, test_y)
    check_draws(shots, draws)
    if k < 1:
        raise LikewiseError(f"k must be at least 1, got {k}.")
    task = Task(data, metric, tuple(shots), draws, min(k, len(data.train)), seed)
    facts = {
        "train": len(data.train),
        "test": len(data.test),
        "classes": data.classes,
        "dimension": data.train.shape[1],
        "metric": metric,
        "seed": seed,
    }
    facts |= {"unlabelled": list(data.dropped)} if any(data.dropped) else {}
    return reduce(or_, (METRICS[name](task) for name in names), Evaluation({}, {}, facts))


def check_draws(shots: Sequence[int], draws: int) -> None:
    """Refuse shots and draws below 1."""
    if draws < 1 or any(s < 1 for s in shots):
        raise LikewiseError(f"shots and draws must be at least 1, got {tuple(shots)} and {draws}.")


def capped_shots(y: Array, shots: Sequence[int]) -> dict[str, str]:
    """A fact where a class is smaller than the largest support."""
    sizes = np.bincount(y[y >= 0])
    small = int((sizes < max(shots, default=0)).sum())
    text = f"{small} classes have fewer than {max(shots, default=0)} training samples and give all they have"
    return {"capped": text} if small else {}


def _knn(task: Task) -> Evaluation:
    data = task.data
    votes = knn_accuracy(data.train, data.train_y, data.test, data.test_y, task.k, metric=task.metric)
    return Evaluation({"knn": votes}, {}, {"k": task.k})


def _linear(task: Task) -> Evaluation:
    data = task.data
    train, test = data.train.cpu().numpy(), data.test.cpu().numpy()
    accuracy, facts = linear_probe(train, data.train_y, test, data.test_y, seed=task.seed)
    return Evaluation({"linear": accuracy}, {}, {"linear": facts})


def _few_shot(task: Task) -> Evaluation:
    data, values, spread = task.data, {}, {}
    for s in task.shots:
        supports = draw_supports(data.train_y, s, task.draws, task.seed)
        found = few_shot_accuracies(data.train, supports, data.test, data.test_y, metric=task.metric)
        values[f"{s}-shot"], spread[f"{s}-shot"] = float(found.mean()), float(found.std())
    return Evaluation(values, spread, {"draws": task.draws, **capped_shots(data.train_y, task.shots)})


def _retrieval(task: Task) -> Evaluation:
    x, y = task.data.test, task.data.test_y
    if len(np.unique(y)) == len(y):
        return Evaluation({}, {}, {"retrieval": "no two test rows have the same label, so there is nothing to find"})
    found = {f"recall@{k}": recall_at_k(x, y, min(k, len(x) - 1), metric=task.metric) for k in (1, 5)}
    return Evaluation({**found, "map@r": map_at_r(x, y, metric=task.metric)})


def _clustering(task: Task) -> Evaluation:
    from sklearn.cluster import KMeans

    rows, y = _rows(task).cpu().numpy(), task.data.test_y
    seed = seed_of(task.seed, "k-means") % 2**32
    return agreement(y, KMeans(len(np.unique(y)), n_init=10, random_state=seed).fit_predict(rows))


def _rank(task: Task) -> Evaluation:
    return Evaluation({"rank": effective_rank(_rows(task))})


def _rows(task: Task) -> torch.Tensor:
    return torch.nn.functional.normalize(task.data.test) if task.metric == "cosine" else task.data.test


def agreement(y: Array, clusters: Array) -> Evaluation:
    """Normalised mutual information and adjusted Rand index of clusters [m] with labels [m]."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    nmi, ari = normalized_mutual_info_score(y, clusters), adjusted_rand_score(y, clusters)
    return Evaluation({"nmi": float(nmi), "ari": float(ari)})


METRICS: Mapping[str, Callable[[Task], Evaluation]] = MappingProxyType(
    {
        "knn": _knn,
        "linear": _linear,
        "few-shot": _few_shot,
        "retrieval": _retrieval,
        "clustering": _clustering,
        "rank": _rank,
    }
)
"""How each group of figures is measured, by name."""
