"""Which parts are one, when answers may be wrong: the likeliest two are joined again and again.

Odds are judged between whole clusters: what the nodes of the smaller one believe on average, and all answers between
the two. One wrong answer therefore joins two clusters no more once others speak against it, and right answers about
one part do not vouch for a wrong one about another. This is correlation clustering by greedy additive edge contraction
(Keuper et al., ICCV 2015), with averages for what is believed and sums for what was answered.
"""

from __future__ import annotations

import numpy as np

from likewise.arrays import Array

DOUBT = 0.5
"""A prior alone never says more surely than this that two parts are one."""
NEVER = 1e-6
"""No prior is surer than this against anything."""


def agglomerate(views: Array, size: Array, favour: Array) -> tuple[Array, Array]:
    """Clusters of parts that are rather one than not.

    Args:
        views: float ``[K, K]``, what the nodes of each part believe of the others, added up; answers between the two
            left out.
        size: int ``[K]``, how many nodes that is.
        favour: float ``[K, K]``, symmetric, the log-odds that answers between two parts give to their being one.

    Returns:
        int ``[K]``, the cluster of each part, and float ``[K, K]``, P(two parts are one): of two clusters, or, within
        one, as it was when they were joined.

    Example:
        Answers speak for 0 and 1 and, less, for 1 and 2, but against 0 and 2:

        >>> views = np.array([[0, 0.5, 1e-3], [0.5, 0, 0.2], [1e-3, 0.2, 0]])
        >>> favour = np.array([[0, 3, -1], [3, 0, 2], [-1, 2, 0]])
        >>> agglomerate(views, np.ones(3, int), favour)[0]
        array([0, 0, 1])
    """
    from scipy.special import expit, logit

    sums, said, count = views.astype(np.float64), favour.astype(np.float64), size.astype(np.float64)
    np.fill_diagonal(said, 0)
    cluster, joined = np.arange(len(size)), np.zeros((len(size), len(size)))
    one, other = np.nonzero(np.triu(said > 0))
    while len(one):
        odds = logit(_believed(sums, count, one, other)) + said[one, other]
        best = int(odds.argmax())
        if odds[best] <= 0:
            break
        kept, gone = int(one[best]), int(other[best])
        ends = np.ix_(cluster == kept, cluster == gone)
        joined[ends] = joined.T[ends] = expit(odds[best])
        cluster[cluster == gone] = kept
        for matrix in (sums, said):
            matrix[kept] += matrix[gone]
            matrix[:, kept] += matrix[:, gone]
            matrix[kept, kept] = 0
        count[kept] += count[gone]
        one[one == gone], other[other == gone] = kept, kept
        still = said[one, other] > 0  # a pair may come twice; no cluster is linked to itself
        one, other = one[still], other[still]
    first, group = np.unique(cluster, return_inverse=True)
    apart = _apart(sums[np.ix_(first, first)], count[first], said[np.ix_(first, first)])
    return group, np.where(group[:, None] == group, joined, apart[group][:, group])


def _believed(sums: Array, count: Array, one: Array, other: Array) -> Array:
    """What the smaller of two clusters believes on average of the other; the surer one where both are as large."""
    there = np.where(count[one] <= count[other], sums[one, other] / count[one], 0)
    back = np.where(count[other] <= count[one], sums[other, one] / count[other], 0)
    return np.asarray(np.clip(np.maximum(there, back), NEVER, DOUBT))


def _apart(sums: Array, count: Array, said: Array) -> Array:
    """P(two clusters are one) ``[G, G]``."""
    from scipy.special import expit, logit

    every = np.arange(len(count))
    apart = _believed(sums, count, every[:, None], every)
    spoken = np.nonzero(said)
    apart[spoken] = expit(logit(apart[spoken]) + said[spoken])
    np.fill_diagonal(apart, 0)
    return apart
