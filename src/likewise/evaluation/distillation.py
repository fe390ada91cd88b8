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
from likewise.methods import build_encoder
from likewise.randomness import own_randomness, seed_of, torch_generator
from likewise.space import Space
from likewise.training import Settings, embed
from likewise.training.fitting import read_settings
from likewise.training.optimizers import build_optimizer, share_of_peak
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
    pretrained: bool = False,
    width: int = 0,
    **settings: Any,
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
        pretrained: start a timm encoder from its published weights.
        width: of the small encoders.
        settings: of ``train``; those of a method or of drawing partners do not matter here.

    Raises:
        LikewiseError: the space has another number of rows or other keys, unknown settings, or the loss became NaN.
    """
    require_rows(space, samples)
    chosen = replace(read_settings(settings, views), sample="anchors", partners=0)
    with own_randomness(chosen.seed):
        net, spec = build_encoder(encoder, samples.shape, pretrained=pretrained, width=width)
        normalize, device = statistics(samples), torch.device(chosen.device_type)
        model = nn.Sequential(net, nn.Linear(spec.features, space.d)).to(device).train()
        pipeline, goals = make_views(views, samples, normalize=normalize), targets(space)
        optimizer, schedule = _optimizer(model, samples, chosen)
        plan, losses = Plan(SimilarityGraph.none(len(samples)), chosen), []
        bf16 = chosen.true_precision == "bf16"
        for epoch in range(chosen.epochs):
            total = torch.zeros((), device=device)
            for step in range(len(plan)):
                torch.manual_seed(seed_of(chosen.seed, "network", epoch, step, 0))  # dropout and the like
                ids = plan.ids(epoch, step)[0]
                rows, wanted = samples.read(ids).to(device), goals[ids].to(device)
                generator = torch_generator(chosen.seed, "views", epoch, step, 0, device=device)
                batch = torch.cat([pipeline(rows, view, generator) for view in range(chosen.view_count)])
                with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                    found = model(batch)
                loss = squared_distance(found.float(), wanted.repeat(chosen.view_count, 1))
                (loss / chosen.accumulate).backward()
                if (step + 1) % chosen.accumulate == 0 or step + 1 == len(plan):
                    optimizer.step()
                    optimizer.zero_grad()
                    schedule.step()
                total += loss.detach()
            losses.append(float(total) / len(plan))
            if not losses[-1] < float("inf"):
                raise LikewiseError(
                    f"distilling {space.name!r} diverged in epoch {epoch + 1}: lower the learning rate."
                )
        return Distilled(net.eval().cpu(), normalize, tuple(losses))


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


def _optimizer(
    model: nn.Module, samples: Samples, chosen: Settings
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    """The optimizer and schedule of ``train``, for as many steps."""
    optimizer = build_optimizer(list(model.named_parameters()), chosen)
    batches = len(Plan(SimilarityGraph.none(len(samples)), chosen))
    total = chosen.epochs * -(-batches // chosen.accumulate)
    warmup = round(total * min(chosen.warmup, chosen.epochs // 2) / chosen.epochs)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_peak(step, warmup, total))


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
