"""What a graph knows without any training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from likewise.arrays import Array, as_ids
from likewise.errors import LikewiseError
from likewise.evaluation.checks import Values, class_codes, whole_labels
from likewise.evaluation.few_shots import draw_supports
from likewise.evaluation.results import Evaluation
from likewise.evaluation.scoring import agreement, capped_shots, check_draws
from likewise.evaluation.spectral import spectral_clusters
from likewise.evaluation.spreading import ALPHA, solve, spread_labels, spreading_matrix
from likewise.graph import SimilarityGraph
from likewise.randomness import random_rows

ALPHAS = (0.2, 0.5, 0.8, 0.9, 0.99)
HIDDEN = 500  # known labels that choose among them
ASKED = 2000  # test samples that few-shot figures look at
BLOCK = 1 << 20  # numbers solved for at a time, few enough for the cache


def graph_alone(
    graph: SimilarityGraph,
    y: Values,
    test_y: Values,
    attach: Values,
    *,
    shots: Sequence[int] = (1, 5, 10),
    draws: int = 100,
    alpha: float | None = None,
    seed: int = 0,
) -> Evaluation:
    """What a graph tells about test samples without any training: the control that a trained encoder has to beat.

    ``spreading``: accuracy of label spreading from all known labels; ``s-shot``: the same from s labels a class, on the
    supports that ``evaluate_features`` draws with this seed (and at most 2,000 random test samples); ``nmi`` and
    ``ari``: of spectral clusters with the true number of classes. A test sample takes the mean score, and the commonest
    cluster, of the samples it attaches to. One that no label reaches counts as a guess, 1 / C; ``facts["unreached"]``
    is their share with all labels.

    Args:
        graph: n samples.
        y: whole labels [n], negative: unknown.
        test_y: whole labels [m], negative: left out.
        attach: where in the graph each test sample stands. Inductive, test samples outside of the graph: ids [m, k] of
            their nearest neighbours among the graph's. Transductive, test samples within it: their ids [m]; their
            entries of ``y`` must be negative.
        shots: labels a class.
        draws: of labelled supports.
        alpha: of ``spread_labels``; None: .99 for few labels, and for all labels the one of ``ALPHAS`` that predicts
            known labels best when each is hidden in turn.
        seed: of supports and clusters.

    Raises:
        LikewiseError: labels or ids that do not fit, a test sample whose label is known, a test class that nobody in
            the graph has, a graph without edges.
    """
    check_draws(shots, draws)
    labels, truth, where = _checked(graph, y, test_y, attach)
    known = labels >= 0
    codes = np.full(graph.n, -1)
    codes[known], truth, classes = class_codes(labels[known], truth)
    far = choose_alpha(graph, codes, seed) if alpha is None else alpha
    scores = where @ spread_labels(graph, codes, alpha=far)
    reached = scores.max(1) > 0
    spreading = np.where(reached, scores.argmax(1) == truth, 1 / classes).mean()
    asked = random_rows(len(truth), ASKED, seed, "asked")
    few = {f"{s}-shot": draw_supports(codes, s, draws, seed) for s in shots}
    matrix = spreading_matrix(graph, ALPHA if alpha is None else alpha)
    shot = _few_shot_accuracies(matrix, where[asked], truth[asked], few)
    clusters = spectral_clusters(graph, len(np.unique(truth)), seed=seed)
    votes = where @ np.eye(clusters.max() + 1)[clusters]
    facts: dict[str, Any] = {"train": int(known.sum()), "test": len(truth), "classes": classes, "seed": seed}
    facts |= {"draws": draws, "alpha": far, "unreached": float(1 - reached.mean()), **capped_shots(codes, shots)}
    facts |= {"few_shot_test": len(asked)} if len(asked) < len(truth) else {}
    values = {"spreading": float(spreading)} | {name: float(each.mean()) for name, each in shot.items()}
    spread = {name: float(each.std()) for name, each in shot.items()}
    return Evaluation(values, spread, facts) | agreement(truth, votes.argmax(1))


def _checked(graph: SimilarityGraph, y: Values, test_y: Values, attach: Values) -> tuple[Array, Array, Any]:
    """Labels [n], test labels [m], and sparse rows [m, n] that average what a test sample attaches to."""
    from scipy.sparse import csr_matrix

    labels, ids = whole_labels(y, graph.n, "the graph"), as_ids(attach, graph.n, "attach")
    if ids.ndim not in (1, 2) or ids.size == 0:
        raise LikewiseError(f"attach holds ids [m] or [m, k] of samples in the graph, got shape {ids.shape}.")
    truth = whole_labels(test_y, len(ids), "test")
    ids, truth = ids[truth >= 0], truth[truth >= 0]
    if ids.ndim == 1:
        told = ids[labels[ids] >= 0]
        if len(told):
            raise LikewiseError(f"test sample {told[0]} of the graph has a known label: set its entry of y to -1.")
        ids = ids[:, None]
    m, k = ids.shape
    where = csr_matrix((np.full(m * k, 1 / k), ids.reshape(-1), np.arange(0, m * k + 1, k)), shape=(m, graph.n))
    return labels, truth, where


def choose_alpha(graph: SimilarityGraph, codes: Array, seed: int = 0) -> float:
    """The one of ``ALPHAS`` whose spreading best predicts known labels, each hidden in turn; the largest among equals.

    Scores are linear in the labels, so that hiding one is leaving out its term: exact leave-one-out, on at most 500
    random known samples.

    Args:
        graph: n samples.
        codes: of the classes [n], negative: unknown.
        seed: which samples are hidden.
    """
    known = np.flatnonzero(codes >= 0)
    hidden = random_rows(known, HIDDEN, seed, "alpha")
    each = np.arange(len(hidden))
    start, labels = np.zeros((graph.n, len(hidden))), _sources(_everyone(codes), graph.n)
    start[hidden, each] = 1
    right = {}
    for alpha in ALPHAS:
        kernel = solve(spreading_matrix(graph, alpha), start)
        scores = labels @ kernel
        scores[codes[hidden], each] -= kernel[hidden, each]
        right[alpha] = ((scores.max(0) > 0) & (scores.argmax(0) == codes[hidden])).sum()
    return max(reversed(ALPHAS), key=lambda alpha: right[alpha])


def _few_shot_accuracies(matrix: Any, where: Any, truth: Array, supports: dict[str, list[Array]]) -> dict[str, Array]:
    """Accuracies [draws] of each set of supports.

    The scores of test rows are A M^-1 Y. M^-1 A^T is solved once for a block of test rows and serves every Y.
    """
    n = matrix.shape[0]
    sources = {name: _sources(sets, n) for name, sets in supports.items()}
    right = {name: np.zeros(len(sets[0])) for name, sets in supports.items()}
    for block in np.array_split(np.arange(len(truth)), -(-len(truth) * n // BLOCK)) if supports else ():
        kernel = solve(matrix, where[block].T.toarray())
        for name, source in sources.items():
            classes = len(supports[name])
            scores = (source @ kernel).reshape(-1, classes, len(block))
            right[name] += np.where(scores.max(1) > 0, scores.argmax(1) == truth[block], 1 / classes).sum(1)
    return {name: hits / len(truth) for name, hits in right.items()}


def _everyone(codes: Array) -> list[Array]:
    """The one support [1, size] of each class that holds all its labels."""
    return [np.flatnonzero(codes == c)[None] for c in range(int(codes.max()) + 1)]


def _sources(supports: list[Array], n: int) -> Any:
    """Sparse rows [draws * C, n]: 1 at the labelled samples of each draw and class (draws outermost)."""
    from scipy.sparse import csr_matrix

    draws, classes = len(supports[0]), len(supports)
    row = np.concatenate([np.repeat(np.arange(draws) * classes + c, ids.shape[1]) for c, ids in enumerate(supports)])
    col = np.concatenate([ids.reshape(-1) for ids in supports])
    return csr_matrix((np.ones(len(row)), (row, col)), shape=(draws * classes, n))
