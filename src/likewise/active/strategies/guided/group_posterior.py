"""What is expected of every sample, those included that nobody was asked about.

What is believed of nodes says where questions pay. A sample that nobody was asked about is expected in the group that
most of its near neighbours are in, which is right more often than what its own node is believed to be: a node may hold
several samples, and a walk that ends early says little of one point. How often such expectations hold is seen on those
who were asked, each judged as if it had not been.
"""

from __future__ import annotations

import numpy as np

from likewise.active.strategies.guided.cluster_model import Knowledge
from likewise.active.strategies.guided.platt_calibration import log_odds
from likewise.active.strategies.guided.posterior import Beliefs
from likewise.active.strategies.guided.propagation import with_new
from likewise.arrays import Array, FloatArray, IntArray

SLOPE = 2.0
"""Walks end, so that what is lent says too little: log-odds of being right grow twice as fast as those of the loans."""
HITS, MISSES = 2.0, 1.0
"""What was seen of expectations before anything was."""
LEAST = 1e-3
"""No expectation is surer than this or 1 - this."""


def groups_of(knowledge: Knowledge) -> IntArray:
    """int32 ``[n]``: the group that each sample is expected in."""
    from scipy.sparse import csr_matrix

    own, kernel = _of_nodes(knowledge.beliefs)[knowledge.affinities.node], knowledge.affinities.kernel
    votes = kernel @ csr_matrix((np.ones(len(own), np.float32), own, np.arange(len(own) + 1)))
    most = np.maximum.reduceat(votes.data, votes.indptr[:-1])  # everybody has a neighbour
    row = np.repeat(np.arange(len(own)), np.diff(votes.indptr))
    voted = own.copy()
    winner = votes.data == most[row]
    voted[row[winner]] = votes.indices[winner]
    keeps = (knowledge.turns > 0) | (most == 0)
    return np.where(keeps, own, voted).astype(np.int32)


def chances(knowledge: Knowledge, groups: IntArray) -> FloatArray:
    """float32 ``[n]``: P(it belongs to its group), of groups by ``groups_of``; calibrated by the answers."""
    from scipy.special import expit

    beliefs, node, kernel = knowledge.beliefs, knowledge.affinities.node, knowledge.affinities.kernel
    own = beliefs.alike.copy()
    own[beliefs.ties.rows] = np.maximum(beliefs.ties.own(), own[beliefs.ties.rows])
    row = np.repeat(np.arange(len(groups)), np.diff(kernel.indptr))
    agrees = _of_nodes(beliefs)[node[kernel.indices]] == groups[row]
    near = np.bincount(row, kernel.data * agrees * own[node[kernel.indices]], len(groups))
    every = np.maximum(np.bincount(row, kernel.data, len(groups)), 1e-12)
    guess = expit(SLOPE * log_odds(near / every, LEAST) + _lift(knowledge))
    return np.where(knowledge.turns > 0, own[node], guess).astype(np.float32)


def quality(knowledge: Knowledge, groups: IntArray) -> tuple[float, float]:
    """The expected purity and coverage of pairs within groups, of groups by ``groups_of``.

    Who is in the wrong group is taken to belong to any other, and groups are one as surely as is believed.
    """
    ties, chance = knowledge.beliefs.ties, chances(knowledge, groups)
    size = np.bincount(groups, minlength=int(ties.group.max()) + 1).astype(np.float64)
    right = np.bincount(groups, chance, len(size))
    leaves = (size - right) / np.maximum(len(groups) - size, 1)
    whole = right + size * (leaves.sum() - leaves)
    first = np.unique(ties.group, return_index=True)[1]
    one = ties.joined[np.ix_(first, first)]
    np.fill_diagonal(one, 0)
    alike = (whole**2).sum() + whole @ one @ whole
    return float((right**2).sum() / (size**2).sum()), float((right**2).sum() / max(alike, 1e-12))


def _of_nodes(beliefs: Beliefs) -> Array:
    """Int ``[m]``, the group of each node: its part's, unless it rather belongs elsewhere."""
    ties, code = beliefs.ties, beliefs.best.copy()
    stays = ties.own() >= beliefs.alike[ties.rows]
    code[ties.rows[stays]] = ties.group[ties.part[stays]]
    return code


def _lift(knowledge: Knowledge) -> float:
    """What makes expectations right on average, of nodes that were asked about and as if they had not been."""
    from scipy.optimize import brentq
    from scipy.special import expit

    ties, loans = knowledge.beliefs.ties, knowledge.loans
    asked = np.bincount(knowledge.affinities.node, knowledge.turns, len(loans.part))[ties.rows] > 0
    rows, group = ties.rows[asked], ties.group[ties.part[asked]]
    # without the model, which doubts those that were asked about: they were the hard ones
    shares = with_new(loans.of_others(rows))[:-1]
    of_groups = np.zeros((int(ties.group.max(initial=-1)) + 1, len(rows)))
    np.add.at(of_groups, ties.group, shares)
    right = of_groups.argmax(0) == group
    odds = SLOPE * log_odds(of_groups.max(0), LEAST)
    share = (right.sum() + HITS) / (len(right) + HITS + MISSES)
    if not len(right):
        return float(log_odds(np.array([share]), LEAST)[0])
    return float(brentq(lambda lift: expit(odds + lift).mean() - share, -50, 50))
