"""Projectors and predictors: the small nets between an encoder and a loss."""

from __future__ import annotations

from itertools import pairwise

from torch import nn


def mlp_head(widths: list[int], *, last_norm: bool = False, affine: bool = True) -> nn.Sequential:
    """A multilayer perceptron: batch normalisation and ReLU between layers, optionally normalised at its end.

    Args:
        widths: of the input, of every hidden layer, and of the output.
        last_norm: whether the output is batch-normalised.
        affine: whether that last normalisation learns scale and shift.
    """
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths)):
        last = number == len(widths) - 2
        layers.append(nn.Linear(inputs, outputs, bias=last and not last_norm))
        if not last:
            layers += [nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)]
        elif last_norm:
            layers.append(nn.BatchNorm1d(outputs, affine=affine))
    return nn.Sequential(*layers)


def hidden_width(features: int, paper: int = 2048) -> int:
    """The papers' hidden width for encoders as wide as theirs, four times the features for smaller ones."""
    return paper if features >= 512 else min(paper, 4 * features)
