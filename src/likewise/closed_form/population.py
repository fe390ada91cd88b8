"""The losses of the closed forms, differentiable: what gradient descent would minimise with the whole graph at once.

Z is ``[n, K]``, the graph a symmetric ``[n, n]`` tensor, dense or sparse. ``price`` is an ``[n, n]`` tensor, as
``Rkhs.price``; its quadratic form is added to the loss.
"""

from __future__ import annotations

import torch
from torch import Tensor


def vic2_loss(z: Tensor, graph: Tensor, *, beta: float = 2.0, price: Tensor | None = None) -> Tensor:
    """``|Z^T Z - I|^2 + beta tr(Z^T L Z)`` with ``L = diag(G 1) - G``; see ``vic2_optimum``."""
    degree = graph @ torch.ones(len(z), 1, dtype=z.dtype, device=z.device)
    invariance = (degree * z.square()).sum() - _form(z, graph)
    return _off_identity(z.T @ z) + beta * invariance + _form(z, price)


def spectral_loss(z: Tensor, graph: Tensor, *, price: Tensor | None = None) -> Tensor:
    """``|Z Z^T - G|^2``, expanded so that no second ``[n, n]`` is made; see ``spectral_optimum``."""
    return (z.T @ z).square().sum() - 2 * _form(z, graph) + (graph * graph).sum() + _form(z, price)


def barlow_loss(z: Tensor, graph: Tensor, *, price: Tensor | None = None) -> Tensor:
    """``|Z^T G Z - I|^2``; see ``barlow_optimum``."""
    return _off_identity(z.T @ (graph @ z)) + _form(z, price)


def pal_loss(z: Tensor, graph: Tensor, *, price: Tensor | None = None) -> Tensor:
    """``-tr(Z^T T Z)`` for Z with orthonormal columns (without which it has no minimum); see ``pal_optimum``."""
    return _form(z, price) - _form(z, graph)


def _form(z: Tensor, matrix: Tensor | None) -> Tensor:
    """``tr(Z^T M Z)``; 0 without a matrix."""
    return z.new_zeros(()) if matrix is None else (z * (matrix @ z)).sum()


def _off_identity(gram: Tensor) -> Tensor:
    return (gram - torch.eye(len(gram), dtype=gram.dtype, device=gram.device)).square().sum()
