"""Few labels: accuracy from s labelled samples a class, over many draws of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, FloatArray, as_tensor
from likewise.randomness import numpy_generator

CELLS = 1 << 24  # numbers held at a time


def draw_supports(y: Array, shots: int, draws: int, seed: int = 0) -> list[Array]:
    """For each class 0..C-1, ids of ``draws`` random supports of it, int64 [draws, shots], without repetition.

    A smaller class gives all it has. Equal labels and seed give equal supports, so that two representations are
    compared on the same ones; a support of s is the beginning of the support of s + 1.

    Args:
        y: codes [n] in [0, C); negative: unlabelled.
        shots: samples a class.
        draws: how many supports.
        seed: of the draws.
    """
    supports = []
    for code in range(int(y.max()) + 1):
        members = np.flatnonzero(y == code)
        order = numpy_generator(seed, "support", code).random((draws, len(members))).argsort(1)
        supports.append(members[order[:, :shots]])
    return supports


def few_shot_accuracies(
    train: Tensor, supports: list[Array], test: Tensor, test_y: Array, *, metric: str = "cosine"
) -> FloatArray:
    """float32 [draws]: share of test rows whose nearest class mean is their own, for each draw of a support.

    The mean of a class is that of its normalised rows for the cosine metric, of its rows for the Euclidean one
    (prototypes: Snell et al. 2017, arXiv 1703.05175).

    Args:
        train: [n, d].
        supports: for each class, ids [draws, s] of training rows.
        test: [m, d].
        test_y: codes [m] of the classes.
        metric: "cosine" or "euclidean".
    """
    cosine = metric == "cosine"
    train, test = (torch.nn.functional.normalize(x) if cosine else x - train.mean(0) for x in (train, test))
    truth, draws = as_tensor(test_y, test.device), len(supports[0])
    at_once = max(1, CELLS // (len(supports) * max(len(test), train.shape[1])))
    accuracies = []
    for block in np.array_split(np.arange(draws), -(-draws // at_once)):
        means = torch.stack([train[as_tensor(ids[block], train.device)].mean(1) for ids in supports], 1).flatten(0, 1)
        means = torch.nn.functional.normalize(means) if cosine else means
        scores = test @ means.T - means.square().sum(1) / 2  # the nearest mean; of equal norms, the largest cosine
        guess = scores.view(len(test), len(block), len(supports)).argmax(2)
        accuracies.append((guess == truth[:, None]).float().mean(0))
    found: FloatArray = torch.cat(accuracies).cpu().numpy()
    return found
