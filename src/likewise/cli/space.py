"""``likewise space``: make a prior, the metric space in which near means alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from likewise.cli.options import (
    Columns,
    Data,
    Json,
    Labels,
    PriorName,
    Seed,
    Size,
    Skip,
    emit,
    load_samples,
    load_space,
)


def space(
    data: Data,
    prior: PriorName = "pixels",
    out: Annotated[Path, typer.Option(help="Where to write the space (.npz).")] = Path("space.npz"),
    dim: Annotated[int | None, typer.Option(help="Dimensions of pca and autoencoder.")] = None,
    resolution: Annotated[int | None, typer.Option(help="Input resolution of a timm model; default its own.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A timm model's weights, .safetensors or .pth.")] = None,
    labels: Labels = None,
    columns: Columns = None,
    size: Size = None,
    skip: Skip = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Make a prior: a space of your samples in which near means alike.

    Nothing is learned from labels here; where there are some, they only measure the space.

    Example: likewise space photos/ --prior timm:vit_small_patch14_dinov2 --out space.npz
    """
    samples = load_samples(data, labels=labels, columns=columns, size=size, skip=skip)
    kind = prior.partition(":")[0]
    options: dict[str, Any] = {"dim": dim} if dim is not None and kind in ("pca", "autoencoder") else {}
    if kind == "timm":
        options = {
            name: value for name, value in (("size", resolution), ("checkpoint", checkpoint)) if value is not None
        }
    made = load_space(prior, samples, seed=seed, **options)
    made.save(out)
    facts = made.summary(samples.labels, seed=seed)
    width = max(map(len, facts))
    lines = [
        f"{name:<{width}}  {value:.4g}" if isinstance(value, float) else f"{name:<{width}}  {value}"
        for name, value in facts.items()
    ]
    emit({**facts, "path": str(out)}, "\n".join([*lines, f"{'written to':<{width}}  {out}"]), as_json=as_json)
