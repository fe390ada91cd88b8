"""A linear correction of the propagated mass: multinomial logistic regression with an offset.

Propagation knows neighbourhoods, a linear model of the prior's features knows directions; where classes mix it is more
accurate. The log of the mass is its offset, so that it learns only what propagation does not know. The penalty is
chosen by cross-validated likelihood; where nothing is gained there is no model.
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
"""Of squared weights, the strongest first."""
STEPS = 40
"""At most so many steps of L-BFGS for each penalty."""
HISTORY = 10
"""Gradients that L-BFGS keeps."""
MIN_LOG_ODDS = -30.0
"""The lowest log-odds of a class against the likeliest: every class keeps some of its mass."""
MAX_DIM = 256
"""Spaces of more dimensions are reduced to their first principal components."""
INTERCEPT = 0.3
"""The value of the constant feature: how little the intercepts are penalised."""


@dataclass(frozen=True, eq=False)
class Regression:
    """The linear correction of each node.

    Attributes:
        code: int ``[m]``, the class of each node that the model was fitted on, -1 of the others and of those that have
            left their component since.
        factor: float32 ``[G, m]``, by how much it multiplies the mass of classes; for nodes that it was fitted on,
            that of the fold that left them out.
        features: the transformation of rows.
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
        """The same with one node more, of this row ``[d]``, that replaces an old one as an example."""
        code = np.append(self.code, self.code[old])
        code[old] = -1
        return replace(self, code=code, factor=np.hstack([self.factor, self.of_rows(row[None])]))

    def of_components(self, component: Array, count: int) -> Array:
        """Int ``[K]``: the class that most nodes of each component had; -1 where none had any."""
        votes = np.zeros((count, len(self.factor)), np.int32)
        known = np.flatnonzero((self.code >= 0) & (component >= 0))
        np.add.at(votes, (component[known], self.code[known]), 1)
        return np.where(votes.any(1), votes.argmax(1), -1)


class Features:
    """The features of rows: centred, at most ``MAX_DIM`` dimensions, of mean square 1, and a constant.

    Args:
        x: float32 ``[m, d]``, the rows that it is fitted to.
    """

    def __init__(self, x: FloatArray) -> None:
        self._mean = x.mean(0)
        rows = x - self._mean
        self._basis: FloatArray | None = None
        if x.shape[1] > MAX_DIM:
            from sklearn.decomposition import PCA

            self._basis = PCA(min(MAX_DIM, *x.shape), random_state=0).fit(rows).components_.T.astype(np.float32)
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
    """The model that predicts held-out groups best; None if propagation alone does so better.

    Penalties are tried from the largest one on, as long as each predicts better than the one before.

    Args:
        features: the transformation of rows.
        centers: float32 ``[m, d]``, all nodes.
        rows: int ``[a]``, nodes whose group is known.
        group: int ``[a]``, their groups, 0 to G - 1, each of at least two nodes.
        weight: float ``[a]``, how surely they belong there.
        offset: float32 ``[a, G]``, log of the mass at them, their own left out.
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
    logits = (x @ every).T.clone()
    logits[:, rows] = (known.held_out(without) - known.offset).T
    code = np.full(len(x), -1)
    code[rows] = group
    return Regression(code, _factor(logits), features, every)


def _factor(logits: Tensor) -> FloatArray:
    """Log-odds of classes ``[G, r]`` as factors, the largest of each column 1."""
    return torch.exp((logits - logits.max(0).values).clamp_min(MIN_LOG_ODDS)).numpy()


@dataclass
class _Known:
    x: Tensor
    group: Tensor
    weight: Tensor
    offset: Tensor
    fold: Array

    def fit(self, logits: Tensor) -> float:
        """The mean log-likelihood of the known groups."""
        return float((self.weight * logits.gather(1, self.group[:, None])[:, 0]).sum() / self.weight.sum())

    def held_out(self, weights: Tensor) -> Tensor:
        """``[a, G]``: logits of each row by the model that did not see it."""
        own = torch.from_numpy(self.fold)
        logits = torch.empty_like(self.offset)
        for fold in range(FOLDS):
            logits[own == fold] = self.x[own == fold] @ weights[fold] + self.offset[own == fold]
        return logits

    def learn(self, start: Tensor, penalty: float, without: Sequence[int]) -> Tensor:
        """One model without each of some folds ``[models, d, G]``; ``FOLDS`` leaves nothing out."""
        from scipy.optimize import minimize  # torch.optim takes seconds to import, between two questions

        seen = (torch.stack([torch.from_numpy(self.fold != fold) for fold in without]) * self.weight)[..., None]
        belongs = torch.nn.functional.one_hot(self.group, self.offset.shape[1]).float()

        def loss(flat: Array) -> tuple[float, Array]:
            weights = torch.from_numpy(flat).float().reshape(start.shape)
            logits = torch.log_softmax(self.x @ weights + self.offset, 2)
            total = penalty / 2 * weights.square().sum() - (seen * belongs * logits).sum()
            slope = penalty * weights + self.x.T @ (seen * (logits.exp() - belongs))
            return float(total), slope.double().numpy().ravel()

        settings = {"maxiter": STEPS, "maxcor": HISTORY}
        found = minimize(loss, start.double().numpy().ravel(), jac=True, method="L-BFGS-B", options=settings)
        return torch.from_numpy(found.x).float().reshape(start.shape)
