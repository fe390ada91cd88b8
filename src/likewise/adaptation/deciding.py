"""Whether and how to adapt: what is chosen, what it gains, and the sentence that says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.sparse import triu

from likewise.adaptation.blocks import Blocks
from likewise.adaptation.choosing import FOLDS, WEIGHTS, Choice, Gain, choose, judge
from likewise.adaptation.directions import Form, directions_of
from likewise.adaptation.folds import Rows, Trial, folds_of, near
from likewise.adaptation.scatter import Real, TooFew, scatter_of
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.graph.matrices import matrix_of

ENOUGH = 30
"""With fewer samples to judge by, nobody knows whether adapting helps, and the prior stays as it is."""


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Attributes:
        form: how directions are found.
        weight: the share of the adapted block; 0: the prior stays as it is.
        verdict: one sentence for a person.
        gain: of ranking, where it could be measured.
    """

    form: Form
    weight: float
    verdict: str
    gain: Gain | None = None

    def as_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        gain = {} if self.gain is None else {"gain": asdict(self.gain)}
        return {"weight": self.weight, **asdict(self.form), **gain, "verdict": self.verdict}


def decide(
    graph: SimilarityGraph,
    rows: Rows,
    metric: str,
    *,
    weight: float | None,
    form: Form | None,
    check: SimilarityGraph | None,
    seed: int,
) -> Decision:
    """Form and weight as given, else chosen on folds; a chosen weight is 0 unless the gain is sure."""
    weights = WEIGHTS if weight is None else (weight,)
    forms = None if form is None else (form,)
    try:
        found = choose([Trial(fold, graph, rows, metric) for fold in folds_of(graph, FOLDS, seed)], weights, forms)
        if check is None:
            gain = judge(graph, rows, metric, weights, forms, seed=seed)
        else:
            gain = judged_by(check, graph, rows, metric, found)
    except TooFew:
        stays = "the prior stays as it is, unless you give a weight" if weight is None else "taken as given"
        return Decision(form or Form(), weight or 0.0, f"too few samples are alike any other to choose by: {stays}.")
    return Decision(found.form, *_settled(found.weight, gain, given=weight is not None), gain)


def _settled(weight: float, gain: Gain, *, given: bool) -> tuple[float, str]:
    told = (
        f"{gain.measure} {gain.prior:.3f} in the prior, {gain.adapted:.3f} adapted (difference "
        f"{gain.adapted - gain.prior:+.3f} ± {2 * gain.error:.3f}, {gain.count:,} {gain.units} that chose nothing)"
    )
    if gain.count < ENOUGH:
        told = f"too few {gain.units} to judge by ({gain.count}): {told}"
    elif gain.sure:
        return weight, f"adapting helps: {told}."
    else:
        told = f"no sure gain: {told}"
    return (weight, f"{told}.") if given else (0.0, f"{told}; the prior stays as it is.")


def judged_by(check: SimilarityGraph, graph: SimilarityGraph, rows: Rows, metric: str, choice: Choice) -> Gain:
    """What a choice gains on pairs that chose nothing: the share of different pairs further apart than an alike one.

    Raises:
        LikewiseError: the check graph knows no alike, or no different pair.
    """
    matrices = [matrix_of(check.root, different) for different in (False, True)]
    if not all(matrix is not None and matrix.nnz for matrix in matrices):
        raise LikewiseError("the check graph must know pairs that are alike and pairs that are different.")
    pairs = [triu(matrix.maximum(matrix.T), 1).tocoo() for matrix in matrices]
    directions = directions_of(scatter_of(graph, rows.features), choice.form)
    adapted = directions(rows.features)
    blocks = Blocks.of(metric, rows.prior, adapted)
    shares = []
    for weight in (0.0, choice.weight):
        joined = blocks.join(rows.prior, adapted, weight)
        alike, different = (_of_pairs(joined, part.row, part.col, metric) for part in pairs)
        shares.append((alike[:, None] > different).mean(1) + 0.5 * (alike[:, None] == different).mean(1))
    return Gain.of(*shares, measure="share of different pairs further apart", units="alike pairs")


def _of_pairs(x: Real, a: Any, b: Any, metric: str) -> Real:
    return np.array([near(x[i : i + 1], x[j : j + 1], metric)[0, 0] for i, j in zip(a, b, strict=True)])
