"""What is watched during training: kNN accuracy, rank, alignment, uniformity, spread, and collapse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array
from likewise.data import Samples
from likewise.methods.features import embed
from likewise.metrics import alignment, embedding_std, knn_accuracy, rankme, uniformity
from likewise.randomness import numpy_generator
from likewise.training.plan import Plan

if TYPE_CHECKING:
    from likewise.training.learner import Learner

LOOKED_AT = 2_000
PARTNERS = 1_000
REFERENCES = 10_000
HELD_OUT = 5_000
VOTES = 20
SHARE = 0.02
"""Of training's own work, how much measuring may add; where epochs are too small for that, not each is measured."""


@dataclass(frozen=True)
class Watch:
    """What a measurement looks at, and how often.

    Attributes:
        held_out: labelled samples that training does not see, or None.
        ids: of the training samples whose features are measured and, with ``held_out``, vote: those with a label then.
        every: measure the first epoch, each so many, and the last.
    """

    held_out: Samples | None
    ids: Tensor
    every: int = 1

    @classmethod
    def over(cls, samples: Samples, held_out: Samples | None, plan: Plan) -> Watch:
        """A watch over random training samples."""
        seed = plan.settings.seed
        ids = numpy_generator(seed, "watch").permutation(len(samples))
        if held_out is not None and samples.labels is not None:
            asked = _labelled(held_out, numpy_generator(seed, "held out").permutation(len(held_out)))[:HELD_OUT]
            known = _labelled(samples, ids)
            held_out = held_out.subset(asked) if len(asked) and len(known) else None
            ids = ids if held_out is None else known
        ids = ids[:REFERENCES]
        looked_at = len(ids) + min(len(ids), PARTNERS) + (0 if held_out is None else len(held_out))
        epoch = 3 * len(plan) * plan.settings.batch_size * plan.world * plan.settings.view_count
        return cls(held_out, torch.from_numpy(ids), math.ceil(looked_at / (SHARE * epoch)))

    def due(self, epoch: int, last: bool) -> bool:
        """Whether this epoch, counted from 1, is measured."""
        return epoch == 1 or last or epoch % self.every == 0


def _labelled(samples: Samples, ids: Array) -> Array:
    """Those of the ids that have a label."""
    labels = samples.labels
    return ids[:0] if labels is None else ids[labels[ids] >= 0]


def measure(learner: Learner, watch: Watch) -> dict[str, float]:
    """Measurements of the encoder's features, in evaluation mode; NaN throughout where a feature is not finite."""
    encoder, samples, normalize = learner.method.encoder, learner.samples, learner.normalize
    known = torch.from_numpy(embed(encoder, samples, normalize, ids=watch.ids, quiet=True))
    if not known.isfinite().all():
        return dict.fromkeys(("rankme", "alignment", "uniformity", "std"), math.nan)
    features, anchors = known[:LOOKED_AT], watch.ids[:PARTNERS]
    partners = learner.graph.draw(anchors, torch.Generator().manual_seed(learner.settings.seed))
    beside = torch.from_numpy(embed(encoder, samples, normalize, ids=partners, quiet=True))
    found = {
        "rankme": float(rankme(features)),
        "alignment": float(alignment(known[:PARTNERS], beside)),
        "uniformity": float(uniformity(features)),
        "std": float(embedding_std(features)) * features.shape[1] ** 0.5,
    }
    if watch.held_out is not None and samples.labels is not None and watch.held_out.labels is not None:
        asked = torch.from_numpy(embed(encoder, watch.held_out, normalize, quiet=True))
        y, votes = samples.labels[watch.ids.numpy()], min(VOTES, len(known))
        found["knn"] = float(knn_accuracy(known, y, asked, watch.held_out.labels, k=votes))
    return found


def collapse_warning(found: dict[str, float]) -> str | None:
    """A plain sentence where the features have collapsed, None where they have not or were not measured.

    ``std`` is relative: 1 where normalised features spread evenly in all directions, 0 where all are equal.
    """
    if "std" not in found:
        return None
    if not np.isfinite([found["std"], found["rankme"]]).all():
        return "the features hold NaN or infinity: lower the learning rate or train in float32."
    if found["std"] < 0.05 or found["rankme"] < 1.5:
        return (
            f"the representation has collapsed: all samples look alike to the encoder (RankMe {found['rankme']:.1f}, "
            f"relative spread {found['std']:.2f}). Stronger views, a lower learning rate or another method may help."
        )
    return None
