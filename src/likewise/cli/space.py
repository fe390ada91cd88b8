"""``likewise space``: make a prior, the metric space in which near means alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from likewise.cli.options import (
    ALIKE,
    MORE,
    Json,
    PriorName,
    Seed,
    emit,
    load_space,
    option,
    require_suffix,
    tell,
)
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.errors import LikewiseError


@with_samples
def space(
    data: Data,
    opening: Opening = AS_IT_IS,
    prior: PriorName = "pixels",
    dim: Annotated[int | None, option(ALIKE, "Dimensions of pca and autoencoder.")] = None,
    resolution: Annotated[int | None, option(ALIKE, "Input resolution of a timm model. Default: its own.")] = None,
    checkpoint: Annotated[Path | None, option(ALIKE, "A timm model's weights, .safetensors or .pth.")] = None,
    out: Annotated[Path, option(MORE, "Where to write the space (.npz).")] = Path("space.npz"),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Make a prior: a space of your samples in which near means alike.

    Nothing is learned from labels here; where there are some, they only measure the space.

    Example: likewise space photos/ --prior timm:vit_small_patch14_dinov2 --out space.npz
    """
    require_suffix(out, [".npz"], "spaces")
    kind = prior.partition(":")[0]
    given = {"dim": dim, "size": resolution, "checkpoint": checkpoint}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if kind not in TAKERS[name]:
            raise LikewiseError(f"--{FLAGS.get(name, name)} is for {' and '.join(TAKERS[name])}, not for {prior!r}.")
    samples = opening.samples(data)
    made = load_space(prior, samples, seed=seed, **options)
    made.save(out)
    from likewise.evaluation import summarise_space

    facts = summarise_space(made, samples.labels, seed=seed)
    emit({**facts, "path": str(out)}, _text(facts, len(samples)), as_json=as_json, samples=samples)
    tell(f"written to {out}")


TAKERS = {"dim": ("pca", "autoencoder"), "size": ("timm",), "checkpoint": ("timm",)}
"""Which priors take an option."""

FLAGS = {"size": "resolution"}


def _text(facts: Mapping[str, Any], n: int) -> str:
    lines = [
        ("space", facts["name"]),
        ("samples", f"{n:,} of {facts['dimension']:,} dimensions, {facts['metric']} metric"),
        ("rank", f"{facts['effective_rank']:.1f} (effective)"),
    ]
    if "knn_accuracy" in facts:
        accuracy = f"kNN {facts['knn_accuracy']:.1%}, linear {facts['linear_accuracy']:.1%}"
        lines.append(("accuracy", f"{accuracy}, of a random fifth given the others"))
    if "separation" in facts:
        says = "squared Hellinger distance of alike and different pairs: 0 saves no question of `ask`, 1 nearly all"
        lines.append(("apart", f"{facts['separation']:.2f} ({says})"))
    return "\n".join(f"{name:<9} {text}" for name, text in lines)
