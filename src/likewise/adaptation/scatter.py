"""Second moments of rows as a graph pairs them: of alike pairs, of different pairs, of single samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from likewise.arrays import Array
from likewise.errors import LikewiseError
from likewise.graph import Edges, Groups, SimilarityGraph

Real = npt.NDArray[np.float64]


class TooFew(LikewiseError):
    """Too few samples are alike any other to adapt to them, to choose or to judge by."""


@dataclass(frozen=True)
class Scatter:
    """Second moments of centred rows ``[n, d]``, each float64 ``[d, d]``.

    With P the attraction of the graph with rows that sum to 1 (samples without any left out), W = (P + P^T) / 2 and
    weights w = W 1, the rows are centred by their w-weighted mean.

    Attributes:
        mean: that mean ``[d]``.
        alike: X^T W X / sum w, the cross-covariance of alike pairs.
        different: the same of pairs known to be different, each pair of groups counted once; zero without any.
        paired: X^T diag(w) X / sum w, the covariance of those who are in a pair.
        every: the covariance of all rows, whoever is alike them.
        limit: how many directions the alike pairs can span.
    """

    mean: Real
    alike: Real
    different: Real
    paired: Real
    every: Real
    limit: int


def scatter_of(graph: SimilarityGraph, x: Real, *, self_pairs: bool = False) -> Scatter:
    """The second moments of rows ``[n, d]`` under a graph; of one term of groups without listing its pairs.

    Args:
        graph: who is alike, and who is different.
        x: float64 rows ``[n, d]``.
        self_pairs: count each sample as its own partner, too; with groups this gives the scatter between classes.

    Raises:
        LikewiseError: all rows are equal.
        TooFew: no two samples are alike, or other graphs than groups stand for more than 50 million pairs.
    """
    root = graph.root
    if isinstance(root, Groups) and root.weight > 0:
        weight, product, limit = _of_groups(root, self_pairs)
    else:
        weight, product, limit = _of_pairs(graph, self_pairs)
    total = weight.sum()
    if not total > 0:
        raise TooFew("the graph holds no pair of alike samples: there is nothing to adapt the space to.")
    if not (x != x[0]).any():
        raise LikewiseError("all rows of the prior are equal: it tells nothing apart, so take another one.")
    mean = weight @ x / total
    centred, every = x - mean, x - x.mean(0)
    return Scatter(
        mean,
        _symmetric(centred.T @ product(centred)) / total,
        _different(graph, centred),
        (centred * weight[:, None]).T @ centred / total,
        every.T @ every / len(x),
        limit,
    )


def _of_groups(groups: Groups, self_pairs: bool) -> tuple[Real, Any, int]:
    """Weights ``[n]``, a function that multiplies rows by W, and the number of directions, of groups by their sums."""
    sizes = groups.sizes().astype(np.float64)
    usable = sizes > 1
    place = np.where(groups.codes >= 0, groups.codes, groups.count)
    share = np.r_[np.where(usable, 1 / np.maximum(sizes - (not self_pairs), 1), 0), 0][place]

    def product(rows: Real) -> Real:
        sums = np.zeros((groups.count + 1, rows.shape[1]))
        np.add.at(sums, place, rows)
        own: Real = share[:, None] * (sums[place] if self_pairs else sums[place] - rows)
        return own

    return np.r_[usable, False][place].astype(np.float64), product, int(usable.sum()) - 1


def _of_pairs(graph: SimilarityGraph, self_pairs: bool) -> tuple[Real, Any, int]:
    """The same of any graph, from its matrix."""
    from scipy.sparse import diags_array

    matrix = graph.to_scipy().astype(np.float64)
    if self_pairs:
        matrix = matrix + diags_array((matrix.sum(axis=1) > 0).astype(np.float64))
    mass = np.asarray(matrix.sum(axis=1)).reshape(-1)
    chance = diags_array(np.divide(1, mass, out=np.zeros_like(mass), where=mass > 0)) @ matrix
    both = (chance + chance.T) / 2
    return np.asarray(both.sum(axis=1)).reshape(-1), lambda rows: both @ rows, graph.n


def _different(graph: SimilarityGraph, x: Real) -> Real:
    """X^T W X / sum W over known differences: a pair of groups weighs as much as a pair of samples."""
    total, count = np.zeros((x.shape[1], x.shape[1])), 0
    for term in graph.terms:
        if isinstance(term, Groups) and len(term.apart):
            means = _means(term, x)
            a, b = means[term.apart[:, 0]], means[term.apart[:, 1]]
        elif isinstance(term, Edges) and term.different:
            a, b = x[term.rows()], x[term.indices]
        else:
            continue
        total += a.T @ b
        count += len(a)
    return _symmetric(total) / max(count, 1)


def _means(groups: Groups, x: Real) -> Real:
    """The mean row of each group ``[groups, d]``."""
    sums = np.zeros((groups.count, x.shape[1]))
    member = groups.codes >= 0
    np.add.at(sums, groups.codes[member], x[member])
    means: Real = sums / np.maximum(groups.sizes(), 1)[:, None]
    return means


def _symmetric(matrix: Array) -> Real:
    half: Real = (matrix + matrix.T) / 2
    return half
