"""What is watched during training: kNN accuracy, rank, alignment, uniformity, spread, and collapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from likewise.data import Samples
from likewise.metrics import alignment, embedding_std, knn_accuracy, rankme, uniformity
from likewise.randomness import numpy_generator
from likewise.training.features import embed
from likewise.training.learner import Learner

LOOKED_AT = 2000
REFERENCES = 10_000


@dataclass(frozen=True)
class Watch:
    """What an epoch's measurements look at.

    Attributes:
        held_out: labelled samples that training does not see, or None.
        looked_at: ids of the training samples whose features are measured.
        references: ids of the training samples that vote on the held-out ones.
    """

    held_out: Samples | None
    looked_at: torch.Tensor
    references: torch.Tensor

    @classmethod
    def over(cls, samples: Samples, held_out: Samples | None, seed: int) -> Watch:
        """A watch over random training samples."""
        order = torch.from_numpy(numpy_generator(seed, "watch").permutation(len(samples)))
        return cls(held_out, order[:LOOKED_AT], order[:REFERENCES])


def measure(learner: Learner, watch: Watch) -> dict[str, float]:
    """This epoch's measurements of the encoder's features, in evaluation mode."""
    encoder, samples, normalize = learner.method.encoder, learner.samples, learner.normalize
    features = torch.from_numpy(embed(encoder, samples, normalize, ids=watch.looked_at, quiet=True))
    partners = learner.graph.draw(watch.looked_at, torch.Generator().manual_seed(learner.settings.seed))
    beside = torch.from_numpy(embed(encoder, samples, normalize, ids=partners, quiet=True))
    found = {
        "rankme": float(rankme(features)),
        "alignment": float(alignment(features, beside)),
        "uniformity": float(uniformity(features)),
        "std": float(embedding_std(features)) * features.shape[1] ** 0.5,
    }
    labels = samples.labels
    if watch.held_out is not None and labels is not None:
        known = torch.from_numpy(embed(encoder, samples, normalize, ids=watch.references, quiet=True))
        asked = torch.from_numpy(embed(encoder, watch.held_out, normalize, quiet=True))
        truth = watch.held_out.labels
        assert truth is not None
        votes = min(20, len(known))
        found["knn"] = float(knn_accuracy(known, labels[watch.references.numpy()], asked, truth, k=votes))
    return found


def collapse_warning(found: dict[str, float]) -> str | None:
    """A plain sentence where the features have collapsed, None where they have not.

    ``std`` is relative: 1 where normalised features spread evenly in all directions, 0 where all are equal.
    """
    if not all(np.isfinite(value) for value in found.values()):
        return "the features hold NaN or infinity: lower the learning rate or train in float32."
    if found["std"] < 0.05 or found["rankme"] < 1.5:
        return (
            f"the representation has collapsed: all samples look alike to the encoder (RankMe {found['rankme']:.1f}, "
            f"relative spread {found['std']:.2f}). Stronger views, a lower learning rate or another method may help."
        )
    return None
