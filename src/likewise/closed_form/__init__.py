"""The optimum of a loss for a graph in closed form, with or without a kernel, and the same losses to descend on."""

from __future__ import annotations

from likewise.closed_form.kernels import Kernel, Rkhs, exponential, gaussian
from likewise.closed_form.optima import Optimum, barlow_optimum, pal_optimum, spectral_optimum, vic2_optimum
from likewise.closed_form.population import barlow_loss, pal_loss, spectral_loss, vic2_loss

__all__ = [
    "Kernel",
    "Optimum",
    "Rkhs",
    "barlow_loss",
    "barlow_optimum",
    "exponential",
    "gaussian",
    "pal_loss",
    "pal_optimum",
    "spectral_loss",
    "spectral_optimum",
    "vic2_loss",
    "vic2_optimum",
]
