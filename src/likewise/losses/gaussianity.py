"""SIGReg over a similarity graph: embeddings that look Gaussian along every direction."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from likewise.errors import LikewiseError
from likewise.losses.roles import FalseNegatives, check_option, ignores_different, prepare, pull, ratio
from likewise.randomness import torch_generator
from likewise.relation import Relation

KNOTS, REACH = 17, 3.0
"""The integral over t in [-3, 3] is even in t: 17 knots in [0, 3], each twice."""
TARGETS = ("centre", "partners")


def sigreg(
    q: Tensor,
    k: Tensor | None = None,
    relation: Relation | None = None,
    *,
    weight: float = 0.02,
    target: Literal["centre", "partners"] = "centre",
    slices: int = 256,
    seed: int | None = None,
    false_negatives: FalseNegatives = "ignore",
) -> Tensor:
    """Pull positives together, and make the embeddings Gaussian along random directions (LeJEPA, arXiv 2511.08544).

    ``(1 - weight) * pull + weight * T``. The pull is the weighted mean of ``|q_i - k_j|^2 / D`` over the positive
    pairs; with ``target="centre"`` times ``(V - 1) / (2 V)``, which is the mean squared distance of V bound views from
    their centre, as LeJEPA has it (so a weight that was published for it can be taken over; for a pull towards the
    partners ``w / (1 - w)`` becomes ``2 V / (V - 1)`` times as large). T is, for each view of q, B times the mean over
    unit directions a of the integral of ``|mean_i exp(i t a.q_i) - exp(-t^2 / 2)|^2 exp(-t^2 / 2)`` over t in [-3, 3]
    by the trapezoidal rule (implementations that integrate over [-5, 5] differ by less than 2 %). Nothing is
    normalised. Memory is of the order of B times the number of slices.

    Args:
        q: embeddings ``[V, B, D]``.
        k: targets of the pull ``[V, B, D]``; None means q.
        relation: ``[V * B, V * B]``; None means the empty graph with unique ids.
        weight: of T, in [0, 1].
        target: "centre" or "partners", which is but a factor.
        slices: so many directions, drawn anew at each call and shared by the views.
        seed: of the directions; None: of torch's generator, which training seeds for each step.
        false_negatives: "attract" makes pairs that are alike but not bound positive; else they have no part.

    Returns:
        A scalar; without a positive T alone is left.

    Raises:
        LikewiseError: a shape or an option does not fit.
    """
    check_option("target", target, TARGETS)
    if not 0 <= weight <= 1 or slices < 1:
        raise LikewiseError(f"weight lies in [0, 1] and slices is at least 1, got {weight} and {slices}.")
    q, k, relation = prepare(q, k, relation, false_negatives)
    ignores_different("sigreg", relation)
    views, _, dim = q.shape
    with torch.autocast(q.device.type, enabled=False):
        factor = (views - 1) / (2 * views) if target == "centre" else 1.0
        close = factor * ratio(*pull(q, k, relation, false_negatives)) / dim
        return (1 - weight) * close + weight * gaussianity(q, directions(dim, slices, seed, q))


def directions(dim: int, count: int, seed: int | None, like: Tensor) -> Tensor:
    """Random unit directions ``[D, count]``, of the type and on the device of a tensor."""
    generator = None if seed is None else torch_generator(seed, "slices", device=like.device)
    drawn = torch.randn(dim, count, generator=generator, device=like.device, dtype=like.dtype)
    unit: Tensor = drawn / drawn.norm(dim=0).clamp(min=1e-12)
    return unit


def gaussianity(q: Tensor, slices: Tensor) -> Tensor:
    """The statistic T of embeddings ``[V, B, D]`` along unit directions ``[D, S]``, mean over the views; 0 is best."""
    projected = q @ slices
    step, total = REACH / (KNOTS - 1), q.new_zeros(())
    for knot in range(KNOTS):
        t = knot * step
        bell = math.exp(-t * t / 2)
        angle = t * projected
        off = (angle.cos().mean(1) - bell).square() + angle.sin().mean(1).square()
        total = total + (1.0 if knot in (0, KNOTS - 1) else 2.0) * step * bell * off.mean()
    return q.shape[1] * total
