"""The group posterior of every sample, unqueried ones included.

The posterior of nodes says where questions pay. An unqueried sample is assigned to the group of most of its near
neighbours, which is more accurate than the maximum of its own node: a node may hold several samples, and short walks
    say
little of one point. The probability of such an assignment is calibrated by leave-one-out predictions of queried nodes.
"""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.guided.cluster_model import ClusterModel
from likewise.active.strategies.guided.platt_calibration import log_odds
from likewise.active.strategies.guided.posterior import Posterior
from likewise.active.strategies.guided.propagation import normalised
from likewise.arrays import Array, FloatArray, IntArray

SLOPE = 2.0
"""Walks are truncated, which makes propagated mass underconfident: its log-odds are multiplied by this."""
HITS, MISSES = 2.0, 1.0
"""Pseudo-counts of right and wrong assignments."""
EPSILON = 1e-3
"""Probabilities are clipped to [EPSILON, 1 - EPSILON]."""


def expected_groups(model: ClusterModel) -> IntArray:
    """int32 ``[n]``: the likeliest group of each sample."""
    from scipy.sparse import csr_matrix

    own, kernel = _of_nodes(model.posterior)[model.affinities.node], model.affinities.kernel
    votes = kernel @ csr_matrix((np.ones(len(own), np.float32), own, np.arange(len(own) + 1)))
    most = np.maximum.reduceat(votes.data, votes.indptr[:-1])  # every sample has a neighbour
    row = np.repeat(np.arange(len(own)), np.diff(votes.indptr))
    voted = own.copy()
    winner = votes.data == most[row]
    voted[row[winner]] = votes.indices[winner]
    keeps = (model.shown > 0) | (most == 0)
    return np.where(keeps, own, voted).astype(np.int32)


def membership(model: ClusterModel, groups: IntArray) -> FloatArray:
    """float32 ``[n]``: P(it belongs to its group), of groups by ``expected_groups``; calibrated by the answers."""
    from scipy.special import expit

    posterior, node, kernel = model.posterior, model.affinities.node, model.affinities.kernel
    own, assigned = posterior.p_best.copy(), posterior.clusters.rows
    own[assigned] = np.maximum(posterior.clusters.p_own(), own[assigned])
    row = np.repeat(np.arange(len(groups)), np.diff(kernel.indptr))
    agrees = _of_nodes(posterior)[node[kernel.indices]] == groups[row]
    near = np.bincount(row, kernel.data * agrees * own[node[kernel.indices]], len(groups))
    every = np.maximum(np.bincount(row, kernel.data, len(groups)), 1e-12)
    unqueried = expit(SLOPE * log_odds(near / every, EPSILON) + _intercept(model))
    return np.where(model.shown > 0, own[node], unqueried).astype(np.float32)


def quality(model: ClusterModel, groups: IntArray) -> tuple[float, float]:
    """The expected purity and coverage of pairs within groups, of groups by ``expected_groups``.

    A sample in the wrong group is taken to belong to any other; two groups are one with their posterior probability.
    """
    clusters, probability = model.posterior.clusters, membership(model, groups)
    size = np.bincount(groups, minlength=int(clusters.group.max()) + 1).astype(np.float64)
    right = np.bincount(groups, probability, len(size))
    leaves = (size - right) / np.maximum(len(groups) - size, 1)
    whole = right + size * (leaves.sum() - leaves)
    first = np.unique(clusters.group, return_index=True)[1]
    one = clusters.p_same[np.ix_(first, first)]
    np.fill_diagonal(one, 0)
    alike = (whole**2).sum() + whole @ one @ whole
    return float((right**2).sum() / (size**2).sum()), float((right**2).sum() / max(alike, 1e-12))


def _of_nodes(posterior: Posterior) -> Array:
    """Int ``[m]``, the group of each node: its component's, unless another one is likelier."""
    clusters, code = posterior.clusters, posterior.best.copy()
    stays = clusters.p_own() >= posterior.p_best[clusters.rows]
    code[clusters.rows[stays]] = clusters.group[clusters.component[stays]]
    return code


def _intercept(model: ClusterModel) -> float:
    """What makes leave-one-out assignments of queried nodes right on average."""
    from scipy.optimize import brentq
    from scipy.special import expit

    clusters, propagation = model.posterior.clusters, model.propagation
    queried = np.bincount(model.affinities.node, model.shown, len(propagation.component))[clusters.rows] > 0
    rows, group = clusters.rows[queried], clusters.group[clusters.component[queried]]
    # without the regression, which is pessimistic on queried nodes: they were the hard ones
    shares = normalised(propagation.mass_without_self(rows))[:-1]
    of_groups = np.zeros((int(clusters.group.max(initial=-1)) + 1, len(rows)))
    np.add.at(of_groups, clusters.group, shares)
    right = of_groups.argmax(0) == group
    odds = SLOPE * log_odds(of_groups.max(0), EPSILON)
    share = (right.sum() + HITS) / (len(right) + HITS + MISSES)
    if not len(right):
        return float(log_odds(np.array([share]), EPSILON)[0])
    return float(brentq(lambda intercept: expit(odds + intercept).mean() - share, -50, 50))
