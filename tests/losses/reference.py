"""Every loss once more, slowly: plain loops over pairs of rows, in float64, sharing nothing with the library.

``rel`` is anything with numpy arrays ``bound``, ``same``, ``attract``, ``apart`` (``[R, C]``) and ``views``; rows of q
and columns of k are lists of vectors, flattened view by view.
"""

import itertools
import math

import numpy as np
import torch

from likewise.losses.gaussianity import directions


def weight(rel, r, c, false_negatives):
    if r == c:
        return 0.0
    if rel.bound[r, c]:
        return 1.0
    if false_negatives == "attract" and not rel.same[r, c]:
        return float(rel.attract[r, c])
    return 0.0


def leaves(rel, r, c, false_negatives):
    if rel.bound[r, c] or false_negatives == "negative":
        return False
    return bool(rel.same[r, c]) or (false_negatives == "ignore" and rel.attract[r, c] > 0)


def difference(rel, r, c):
    return 0.0 if rel.bound[r, c] or rel.same[r, c] else float(rel.apart[r, c])


def unit(x):
    return x / math.sqrt(float(x @ x))


def contrastive(
    q,
    k,
    rel,
    *,
    temperature=0.2,
    false_negatives="ignore",
    denominator="all",
    form="outer",
    against="batch",
    queue=None,
    beta=0.0,
):
    R, B = len(q), len(q) // rel.views
    columns = list(k) + ([] if queue is None else list(queue))
    losses = []
    for r in range(R):
        shown = []
        for c in range(len(columns)):
            other_view = c >= R or c // B != r // B
            if c != r and (
                against == "batch"
                or (against == "cross" and other_view)
                or (against == "queue" and (rel.bound[r, c] or c >= R))
            ):
                shown.append(c)
        s = {c: float(unit(q[r]) @ unit(columns[c])) / temperature for c in shown}
        e = {c: (1 + beta * difference(rel, r, c)) * math.exp(s[c]) for c in shown}
        w = {c: weight(rel, r, c, false_negatives) for c in shown if weight(rel, r, c, false_negatives) > 0}
        negatives = [c for c in shown if c not in w and not leaves(rel, r, c, false_negatives)]
        if not w:
            continue
        members = [*w, *negatives]
        if form == "inner":
            losses.append(-math.log(sum(w[c] * math.exp(s[c]) for c in w) / sum(e[c] for c in members)))
            continue
        loss = 0.0
        for j in w:
            d = members if denominator == "all" else [j, *negatives]
            loss += w[j] / sum(w.values()) * (math.log(sum(e[c] for c in d)) - s[j])
        losses.append(loss)
    return sum(losses) / len(losses) if losses else 0.0


def mean_over_positives(q, k, rel, false_negatives, cost, pairs=lambda r, c: True):
    total = mass = 0.0
    for r, c in itertools.product(range(len(q)), repeat=2):
        if pairs(r, c):
            w = weight(rel, r, c, false_negatives)
            total, mass = total + w * cost(q[r], k[c]), mass + w
    return total / mass if mass else 0.0


def vicreg(
    q, k, rel, *, invariance=25.0, variance=25.0, covariance=1.0, false_negatives="ignore", repel=0.0, margin=2.0
):
    R, D = q.shape
    V, B = rel.views, R // rel.views
    loss = invariance * mean_over_positives(q, k, rel, false_negatives, lambda a, b: float((a - b) @ (a - b)) / D)
    hinges = []
    for r, c in itertools.product(range(R), repeat=2):
        if difference(rel, r, c) > 0:
            hinges.append(difference(rel, r, c) * max(0.0, margin - float((q[r] - k[c]) @ (q[r] - k[c])) / D))
    loss += repel * (sum(hinges) / len(hinges) if hinges else 0.0)
    for v in range(V):
        z = q[v * B : (v + 1) * B]
        cov = np.cov(z, rowvar=False)
        loss += variance / V * np.mean([max(0.0, 1 - math.sqrt(cov[i, i] + 1e-4)) for i in range(D)])
        loss += covariance * 2 / V * sum(cov[i, j] ** 2 for i in range(D) for j in range(D) if i != j) / D
    return loss


def sigreg(q, k, rel, *, weight=0.02, target="centre", slices=256, seed=None, false_negatives="ignore"):
    R, D = q.shape
    V, B = rel.views, R // rel.views
    pulled = mean_over_positives(q, k, rel, false_negatives, lambda a, b: float((a - b) @ (a - b)) / D)
    if target == "centre":
        pulled *= (V - 1) / (2 * V)
    statistics = []
    for direction in directions(D, slices, seed, torch.zeros((), dtype=torch.float64)).numpy().T:
        for v in range(V):
            t = np.linspace(-3, 3, 33)
            gaps = []
            for point in t:
                found = np.mean([np.exp(1j * point * (direction @ row)) for row in q[v * B : (v + 1) * B]])
                gaps.append(abs(found - math.exp(-(point**2) / 2)) ** 2 * math.exp(-(point**2) / 2))
            statistics.append(B * np.trapezoid(gaps, t))
    return (1 - weight) * pulled + weight * float(np.mean(statistics))


def barlow(q, k, rel, *, offdiagonal=0.0051, scale=1.0, false_negatives="ignore"):
    R, D = q.shape
    V, B = rel.views, R // rel.views

    def standard(z):
        views = [z[v * B : (v + 1) * B] for v in range(V)]
        return np.concatenate([(x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) for x in views])

    zq, zk, costs = standard(q), standard(k), []
    for v, w in itertools.permutations(range(V), 2):
        C, mass = np.zeros((D, D)), 0.0
        for r, c in itertools.product(range(v * B, (v + 1) * B), range(w * B, (w + 1) * B)):
            C += weight(rel, r, c, false_negatives) * np.outer(zq[r], zk[c])
            mass += weight(rel, r, c, false_negatives)
        if mass:
            C /= mass
            costs.append(
                sum((C[i, i] - 1) ** 2 for i in range(D))
                + offdiagonal * sum(C[i, j] ** 2 for i in range(D) for j in range(D) if i != j)
            )
    return scale * float(np.mean(costs)) if costs else 0.0


def spectral(q, k, rel, *, false_negatives="ignore", repel=1.0):
    R, B = len(q), len(q) // rel.views

    def cross(r, c):
        return r // B != c // B

    pulled = mean_over_positives(q, k, rel, false_negatives, lambda a, b: float(a @ b), cross)
    squares = [
        (float(q[r] @ k[c]) + repel * difference(rel, r, c)) ** 2
        for r, c in itertools.product(range(R), repeat=2)
        if cross(r, c) and r % B != c % B and not leaves(rel, r, c, false_negatives)
    ]
    return (sum(squares) / len(squares) if squares else 0.0) - 2 * pulled


def byol(q, k, rel, *, false_negatives="ignore"):
    return 2 * mean_over_positives(q, k, rel, false_negatives, lambda a, b: 2 - 2 * float(unit(a) @ unit(b)))


def simsiam(q, k, rel, *, false_negatives="ignore"):
    return mean_over_positives(q, k, rel, false_negatives, lambda a, b: -float(unit(a) @ unit(b)))
