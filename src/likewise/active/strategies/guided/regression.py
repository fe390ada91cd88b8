"""A linear model of the prior's features that corrects what nodes were lent, as far as that foretells answers.

Neighbours know what lies near, a linear model which directions tell groups apart; where classes mix it is right more
often. It is multinomial logistic regression with the log of what was lent as its offset, so that it learns only what
loans do not know. How strongly it is held back is chosen by how well it foretells nodes that it was not fitted on, and
where nothing is gained there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, FloatArray

FOLDS = 5
PENALTIES = (3.0, 1.0, 0.3, 0.1, 0.03)
"""Of squared weights, from the most careful model on."""
STEPS = 40
"""At most so many steps of L-BFGS for each penalty."""
HISTORY = 10
"""Of how many of them it remembers the gradients."""
FAINT = -30.0
"""No class is less likely than by these log-odds: something of what was lent remains with every one."""
WIDE = 256
"""Spaces of more dimensions are reduced to their first principal components."""
INTERCEPT = 0.3
"""The value of the constant feature: how freely groups become more likely everywhere."""


@dataclass(frozen=True, eq=False)
class Regression:
    """What a linear model says of nodes.

    Attributes:
        code: int ``[m]``, the class of each node that the model was fitted on, -1 of the others and of those that have
            left their part since.
        factor: float32 ``[G, m]``, by how much it multiplies what classes lent; of nodes that it was fitted on as a
            model says it that was fitted without them.
        features: how the model sees rows.
        weights: float32 ``[d + 1, G]``.
    """

    code: Array
    factor: FloatArray
    features: Features
    weights: Tensor

    def of_rows(self, x: FloatArray) -> FloatArray:
        """float32 ``[G, r]``: the factor of rows ``[r, d]`` that the model has not seen."""
        return _factor((self.features(x) @ self.weights).T)

    def with_node(self, row: FloatArray, old: int) -> Regression:
        """The same with one node more, of this row ``[d]``, that is an example in place of an old one."""
        code = np.append(self.code, self.code[old])
        code[old] = -1
        return replace(self, code=code, factor=np.hstack([self.factor, self.of_rows(row[None])]))

    def of_parts(self, part: Array, count: int) -> Array:
        """Int ``[K]``: the class that most nodes of each part had; -1 where none had any."""
        votes = np.zeros((count, len(self.factor)), np.int32)
        known = np.flatnonzero((self.code >= 0) & (part >= 0))
        np.add.at(votes, (part[known], self.code[known]), 1)
        return np.where(votes.any(1), votes.argmax(1), -1)


class Features:
    """What the model sees of rows: centred, at most ``WIDE`` dimensions, of mean square 1, and a constant.

    Args:
        x: float32 ``[m, d]``, the rows by which it is decided how.
    """

    def __init__(self, x: FloatArray) -> None:
        self._mean = x.mean(0)
        rows = x - self._mean
        self._basis: FloatArray | None = None
        if x.shape[1] > WIDE:
            from sklearn.decomposition import PCA

            self._basis = PCA(min(WIDE, *x.shape), random_state=0).fit(rows).components_.T.astype(np.float32)
            rows = rows @ self._basis
        self._scale = max(float(np.sqrt(np.square(rows, dtype=np.float64).sum(1).mean())), 1e-12)

    def __call__(self, x: FloatArray) -> Tensor:
        """Float32 ``[m, d + 1]``."""
        rows = x - self._mean
        rows = rows if self._basis is None else rows @ self._basis
        return torch.from_numpy(np.pad(rows / np.float32(self._scale), ((0, 0), (0, 1)), constant_values=INTERCEPT))


def regress(
    features: Features, centers: FloatArray, rows: Array, group: Array, weight: Array, offset: FloatArray
) -> Regression | None:
    """The model that foretells the groups of nodes that it was not fitted on; None if loans alone do so better.

    Penalties are tried from the largest one on, as long as each foretells better than the one before.

    Args:
        features: how the model sees rows.
        centers: float32 ``[m, d]``, all nodes.
        rows: int ``[a]``, nodes whose group is known.
        group: int ``[a]``, their groups, 0 to G - 1, each of at least two nodes.
        weight: float ``[a]``, how surely they belong there.
        offset: float32 ``[a, G]``, log of what was lent to them, their own left out.
    """
    fold = np.empty(len(rows), int)
    fold[np.argsort(group, kind="stable")] = np.arange(len(rows)) % FOLDS
    x = features(centers)
    known = _Known(x[rows], torch.from_numpy(group), torch.from_numpy(weight).float(), torch.from_numpy(offset), fold)
    best, chosen = known.fit(torch.log_softmax(known.offset, 1)), 0.0
    without = weights = torch.zeros(FOLDS, x.shape[1], offset.shape[1], dtype=torch.float32)
    for penalty in PENALTIES:
        weights = known.learn(weights, penalty, without=range(FOLDS))
        fit = known.fit(torch.log_softmax(known.held_out(weights), 1))
        if fit <= best:
            break
        best, chosen, without = fit, penalty, weights
    if not chosen:
        return None
    every = known.learn(without.mean(0, keepdim=True), chosen, without=[FOLDS])[0]
    said = (x @ every).T.clone()
    said[:, rows] = (known.held_out(without) - known.offset).T
    code = np.full(len(x), -1)
    code[rows] = group
    return Regression(code, _factor(said), features, every)


def _factor(said: Tensor) -> FloatArray:
    """Log-odds of classes ``[G, r]`` as factors, the largest of each column 1."""
    return torch.exp((said - said.max(0).values).clamp_min(FAINT)).numpy()


@dataclass
class _Known:
    x: Tensor
    group: Tensor
    weight: Tensor
    offset: Tensor
    fold: Array

    def fit(self, said: Tensor) -> float:
        """The mean log-likelihood of what is known."""
        return float((self.weight * said.gather(1, self.group[:, None])[:, 0]).sum() / self.weight.sum())

    def held_out(self, weights: Tensor) -> Tensor:
        """``[a, G]``: logits of each row by the model that did not see it."""
        own = torch.from_numpy(self.fold)
        said = torch.empty_like(self.offset)
        for fold in range(FOLDS):
            said[own == fold] = self.x[own == fold] @ weights[fold] + self.offset[own == fold]
        return said

    def learn(self, start: Tensor, penalty: float, without: Sequence[int]) -> Tensor:
        """One model without each of some folds ``[models, d, G]``; ``FOLDS`` leaves nothing out."""
        from scipy.optimize import minimize  # torch.optim takes seconds to import, in the midst of asking

        seen = (torch.stack([torch.from_numpy(self.fold != fold) for fold in without]) * self.weight)[..., None]
        belongs = torch.nn.functional.one_hot(self.group, self.offset.shape[1]).float()

        def loss(flat: Array) -> tuple[float, Array]:
            weights = torch.from_numpy(flat).float().reshape(start.shape)
            said = torch.log_softmax(self.x @ weights + self.offset, 2)
            total = penalty / 2 * weights.square().sum() - (seen * belongs * said).sum()
            slope = penalty * weights + self.x.T @ (seen * (said.exp() - belongs))
            return float(total), slope.double().numpy().ravel()

        settings = {"maxiter": STEPS, "maxcor": HISTORY}
        found = minimize(loss, start.double().numpy().ravel(), jac=True, method="L-BFGS-B", options=settings)
        return torch.from_numpy(found.x).float().reshape(start.shape)
