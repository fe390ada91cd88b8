"""A prior distilled into an encoder: the control for every graph that a prior makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from likewise.arrays import FloatArray
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding, Queue, build_encoder
from likewise.methods.joint_embedding import Objective
from likewise.randomness import own_randomness
from likewise.relation import Relation
from likewise.space import Space
from likewise.training import embed
from likewise.training.arguments import read_arguments
from likewise.training.devices import own_accelerator
from likewise.training.learner import make_learner
from likewise.training.loop import EpochLosses, train
from likewise.training.plan import Plan
from likewise.views import Compose, Normalize, make_views, statistics


@dataclass(frozen=True, eq=False, repr=False)
class Distilled:
    """An encoder that was regressed onto a space.

    Attributes:
        encoder: in evaluation mode, on the CPU.
        normalize: of what it takes.
        losses: mean squared distance to the targets, by epoch.
    """

    encoder: nn.Module
    normalize: Normalize
    losses: tuple[float, ...]

    def embed(self, samples: Samples) -> FloatArray:
        """float32 [n, F]: the encoder's features of samples."""
        return embed(self.encoder, samples, self.normalize, device=_device(), quiet=True)

    def __repr__(self) -> str:
        return f"Distilled({len(self.losses)} epochs, mean squared distance {self.losses[-1]:.4f})"


def distil(
    samples: Samples,
    space: Space,
    *,
    encoder: str | nn.Module | None = None,
    views: str | Compose = "weak",
    **options: Any,
) -> Distilled:
    """Regress an encoder onto a space, through a linear head that is thrown away; no graph, no loss between samples.

    As ``train`` does it with the same arguments: the same initial weights, views of each anchor, steps, optimizer and
    schedule; the loss is the squared distance of the head's output to the sample's target, summed over dimensions.
    Targets are the L2-normalised rows of a cosine space; those of a Euclidean one are centred and scaled to mean
    square norm 1, because its norms carry meaning.

    Args:
        samples: n samples.
        space: a row for each of them.
        encoder: as ``train`` has it; a module is trained in place.
        views: as ``train`` has them.
        options: the settings of ``train``; those of a method or of drawing partners do not matter here.

    Raises:
        LikewiseError: the space has another number of rows or other keys, unknown settings, or the loss became NaN.
    """
    require_rows(space, samples)
    settings, parts, _ = read_arguments({"encoder": encoder, "views": views, **options})
    settings = replace(settings, sample="anchors", partners=0)
    with own_accelerator(settings) as accelerator, own_randomness(settings.seed):
        net, spec = build_encoder(
            parts.chosen("encoder", settings),
            samples.shape,
            pretrained=settings.pretrained,
            width=settings.width,
            output=parts.chosen("output", settings),
            options=settings.encoder_options,
            modality=samples.modality,
        )
        method = JointEmbedding(
            net, nn.Linear(spec.features, space.d), _regression(targets(space).to(accelerator.device))
        )
        normalize = statistics(samples)
        pipeline = make_views(views, samples, normalize=normalize)
        plan = Plan(SimilarityGraph.none(len(samples)), settings)
        learner = make_learner(
            accelerator, method, samples, plan, pipeline, normalize, optimizer=parts.optimizer, schedule=parts.schedule
        )
        watcher = EpochLosses(f"distilling {space.name!r}")
        train(learner, accelerator, watcher)
        return Distilled(net.eval().cpu(), normalize, tuple(watcher.losses))


def _regression(goals: Tensor) -> Objective:
    """The squared distance of each view's prediction to its sample's target, goals ``[n, d]``."""

    def objective(q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        del k, queue
        return squared_distance(q.flatten(0, 1), goals[relation.row_ids])

    return objective


def targets(space: Space) -> Tensor:
    """float32 [n, d]: what an encoder is regressed onto, of mean square norm 1 (rows of zeros aside)."""
    if space.metric == "cosine":
        return torch.from_numpy(space.normalized)
    rows = torch.from_numpy(space.array).double()
    rows = rows - rows.mean(0)
    scale = rows.square().sum(1).mean().sqrt()
    return (rows / scale if scale > 0 else rows).float()


def squared_distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean over rows of the squared distance."""
    return (found - wanted).square().sum(1).mean()


def require_rows(space: Space, samples: Samples) -> None:
    """Refuse a space that was not made of these samples.

    Raises:
        LikewiseError: the numbers or the keys differ; names the first differing key.
    """
    if space.n != len(samples):
        raise LikewiseError(f"space {space.name!r} has {space.n} rows, there are {len(samples)} samples.")
    if space.keys is not None:
        space.keys.require_same(samples.keys, "the samples")


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
