"""Correlation clustering of components whose answers may be wrong: the likeliest two are joined greedily.

Log-odds are those of whole clusters: the mean prior of the smaller one, plus all answers between the two. A single
wrong answer is thereby outweighed by others between the same clusters, and right answers about one component do not
support a wrong one about another. This is greedy additive edge contraction (Keuper et al., ICCV 2015), with means for
the prior and sums for the answers.
"""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array

PRIOR_MAX = 0.5
"""The highest prior probability that two components are one."""
PRIOR_MIN = 1e-6
"""The lowest prior probability of anything."""


def agglomerate(prior: Array, size: Array, log_odds: Array) -> tuple[Array, Array]:
    """Clusters of components that are more probably one than not.

    Args:
        prior: float ``[K, K]``, the prior probabilities of each component's nodes to belong to the others, summed;
            answers between the two left out.
        size: int ``[K]``, the number of nodes in that sum.
        log_odds: float ``[K, K]``, symmetric, the log-odds that answers between two components give to their being one.

    Returns:
        int ``[K]``, the cluster of each component, and float ``[K, K]``, P(two components are one): of two clusters,
        or, within one, as it was when they were joined.

    Example:
        Answers speak for 0 and 1 and, less, for 1 and 2, but against 0 and 2:

        >>> prior = np.array([[0, 0.5, 1e-3], [0.5, 0, 0.2], [1e-3, 0.2, 0]])
        >>> log_odds = np.array([[0, 3, -1], [3, 0, 2], [-1, 2, 0]])
        >>> agglomerate(prior, np.ones(3, int), log_odds)[0]
        array([0, 0, 1])
    """
    from scipy.special import expit, logit

    sums, evidence, count = prior.astype(np.float64), log_odds.astype(np.float64), size.astype(np.float64)
    np.fill_diagonal(evidence, 0)
    cluster, p_same = np.arange(len(size)), np.zeros((len(size), len(size)))
    one, other = np.nonzero(np.triu(evidence > 0))
    while len(one):
        odds = logit(_prior_between(sums, count, one, other)) + evidence[one, other]
        best = int(odds.argmax())
        if odds[best] <= 0:
            break
        kept, gone = int(one[best]), int(other[best])
        ends = np.ix_(cluster == kept, cluster == gone)
        p_same[ends] = p_same.T[ends] = expit(odds[best])
        cluster[cluster == gone] = kept
        for matrix in (sums, evidence):
            matrix[kept] += matrix[gone]
            matrix[:, kept] += matrix[:, gone]
            matrix[kept, kept] = 0
        count[kept] += count[gone]
        one[one == gone], other[other == gone] = kept, kept
        still = evidence[one, other] > 0  # a pair may come twice; no cluster is linked to itself
        one, other = one[still], other[still]
    first, group = np.unique(cluster, return_inverse=True)
    between = _p_between(sums[np.ix_(first, first)], count[first], evidence[np.ix_(first, first)])
    return group, np.where(group[:, None] == group, p_same, between[group][:, group])


def _prior_between(sums: Array, count: Array, one: Array, other: Array) -> Array:
    """The mean prior of the smaller of two clusters to be the other; the higher one where both are as large."""
    there = np.where(count[one] <= count[other], sums[one, other] / count[one], 0)
    back = np.where(count[other] <= count[one], sums[other, one] / count[other], 0)
    return np.asarray(np.clip(np.maximum(there, back), PRIOR_MIN, PRIOR_MAX))


def _p_between(sums: Array, count: Array, evidence: Array) -> Array:
    """P(two clusters are one) ``[G, G]``."""
    from scipy.special import expit, logit

    every = np.arange(len(count))
    between = _prior_between(sums, count, every[:, None], every)
    answered = np.nonzero(evidence)
    between[answered] = expit(logit(between[answered]) + evidence[answered])
    np.fill_diagonal(between, 0)
    return between
