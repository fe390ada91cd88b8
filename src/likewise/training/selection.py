"""Which epoch's encoder is kept, chosen without labels: by RankMe, or by how it ranks held-out pairs of the graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods.features import embed
from likewise.randomness import numpy_generator, random_rows, torch_generator
from likewise.views import Normalize

PAIRS = 2_000
SHARE = 0.05
"""At most so many pairs, of at most this share of the samples, are held out."""

REFERENCES = 1_000
MEASURES = {"rankme": "rankme", "pairs": "pair_auc"}


@dataclass
class Selection:
    """The best epoch so far.

    Attributes:
        rule: "last", "rankme" or "pairs".
        pairs: int64 ``[2, P]``, pairs of the graph that training does not see; None for the other rules.
        best: the measure of the best epoch so far; higher is better.
        epoch: which that was; 0 before the first.
    """

    rule: str = "last"
    pairs: Tensor | None = None
    best: float = -math.inf
    epoch: int = 0

    def improved(self, epoch: int, found: Mapping[str, float]) -> bool:
        """Whether this epoch was measured and is the best so far, which is then remembered."""
        value = found.get(MEASURES.get(self.rule, ""), -math.inf)
        if not value > self.best:
            return False
        self.best, self.epoch = value, epoch
        return True

    @property
    def writes(self) -> bool:
        """Whether the present encoder is what the run holds until a better one comes."""
        return self.rule == "last" or self.epoch == 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        return {"pairs": self.pairs, "best": self.best, "epoch": self.epoch}

    def load(self, state: Mapping[str, Any]) -> None:
        """The inverse of ``state``."""
        self.pairs, self.best, self.epoch = state["pairs"], state["best"], state["epoch"]


def hold_out_pairs(graph: SimilarityGraph, seed: int) -> tuple[SimilarityGraph, Tensor]:
    """The graph without some of its pairs, and these ``[2, P]``: of random anchors, each with a partner it draws.

    Raises:
        LikewiseError: the graph holds no pair of different samples.
    """
    count = max(1, min(PAIRS, round(SHARE * graph.n)))
    order = torch.from_numpy(numpy_generator(seed, "held-out pairs").permutation(graph.n))
    drawn = torch.stack([order, graph.draw(order, torch_generator(seed, "held-out pairs"))])
    pairs = drawn[:, drawn[0] != drawn[1]][:, :count]
    if not pairs.shape[1]:
        raise LikewiseError("keep='pairs' needs a graph with pairs of different samples: use keep='rankme'.")
    return without_pairs(graph, pairs), pairs


def without_pairs(graph: SimilarityGraph, pairs: Tensor | None) -> SimilarityGraph:
    """The graph without these pairs ``[2, P]``, in either direction; all of it without any."""
    if pairs is None:
        return graph
    rows, cols = torch.cat([pairs, pairs.flip(0)], 1).numpy()
    return graph - SimilarityGraph.from_edges(graph.n, rows, cols, keys=graph.keys)


def pair_auc(encoder: nn.Module, samples: Samples, normalize: Normalize, pairs: Tensor, seed: int) -> float:
    """How often a held-out pair is more similar (cosine) than its anchor and a random sample; 1/2 is chance, 1 best."""
    ids = torch.from_numpy(random_rows(len(samples), REFERENCES, seed, "pair references"))
    everyone = torch.cat([pairs[0], pairs[1], ids])
    rows = F.normalize(torch.from_numpy(embed(encoder, samples, normalize, ids=everyone, quiet=True)), dim=1)
    anchors, partners, references = rows.split([pairs.shape[1], pairs.shape[1], len(ids)])
    found = (anchors * partners).sum(1, keepdim=True)
    others = anchors @ references.T
    counts = (ids != pairs[0][:, None]) & (ids != pairs[1][:, None])
    ahead = (found > others).double() + 0.5 * (found == others).double()
    return float((ahead * counts).sum() / counts.sum())
