"""CIFAR-10 with flips only: no graph against GPS-SSL (arXiv 2401.01990), beside its controls.

Published, ResNet, SimCLR, weak augmentation (flips): 37.51 % without a graph, 85.58 % with GPS (a pretrained prior).

    python recipes/cifar10.py --data CIFAR --prior PRIOR.npy --small           # CPU, part of the images, ~20 minutes
    python recipes/cifar10.py --data CIFAR --prior PRIOR.npy --minutes 9       # one GPU, ResNet-18, 200 epochs; repeat
                                                                               # the command until it prints the table

CIFAR holds train_0..4.webp and test.webp, each a 100 x 100 mosaic of 32 x 32 images in the official order, and
labels.npz (train, test). PRIOR.npy is [60000, d], the training images first. Whatever is finished is kept in --out and
not computed again; a run that was stopped goes on. A prior that has seen labels (of ImageNet, say) makes these numbers
about using that prior, never "without labels".
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import likewise as lw
from likewise.arrays import Array
from likewise.evaluation import Evaluation, evaluate_features, summarise

ROWS = ("prior itself", "no graph", "GPS", "random graph", "all labels")
FULL = {
    "encoder": "resnet18",
    "epochs": 200,
    "batch_size": 512,
    "optimizer": "lars",
    "lr": 0.8,
    "weight_decay": 1e-4,
    "temperature": 0.2,
    "false_negatives": "negative",
}
"""The released configuration (LARS, 0.4 x batch / 256, temperature 0.2, all others negative), at batch 512."""

SMALL = {
    "encoder": "conv4",
    "epochs": 20,
    "batch_size": 256,
    "optimizer": "adamw",
    "temperature": 0.2,
    "false_negatives": "negative",
}


@dataclass(frozen=True)
class Data:
    """Training and test images with labels, and the prior's rows for both."""

    train: lw.Samples
    test: lw.Samples
    prior: lw.Space
    prior_test: lw.Space


def read(folder: Path, prior: Path, count: int | None) -> Data:
    """The first ``count`` training images (all by default) and all test images."""
    labels = np.load(folder / "labels.npz")
    parts = -(-(count or 50_000) // 10_000)
    pictures = np.concatenate([mosaic(folder / f"train_{part}.webp") for part in range(parts)])[:count]
    rows = np.load(prior).astype(np.float32)
    keys = [f"train-{row:05d}" for row in range(len(pictures))]
    train = lw.open(pictures, labels=labels["train"][: len(pictures)], keys=keys)
    test = lw.open(
        mosaic(folder / "test.webp"), labels=labels["test"], keys=[f"test-{row:05d}" for row in range(10_000)]
    )
    return Data(train, test, lw.Space(rows[: len(pictures)], name=prior.stem), lw.Space(rows[50_000:], name=prior.stem))


def mosaic(file: Path) -> Array:
    """uint8 [10000, 32, 32, 3] of a mosaic picture."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    grid = np.asarray(Image.open(file).convert("RGB")).reshape(100, 32, 100, 32, 3)
    return np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4).reshape(-1, 32, 32, 3))


def make_graph(row: str, data: Data, seed: int) -> lw.SimilarityGraph | None:
    """Who is alike in a row."""
    if row == "no graph":
        return None
    if row == "all labels":
        return lw.labels(data.train.labels)
    graph = lw.neighbors(data.prior, k=5)
    return lw.random_like(graph, seed) if row == "random graph" else graph


def measure(row: str, data: Data, seed: int, args: argparse.Namespace) -> Evaluation | None:
    """A row's evaluation with one seed, from disk if it is there; None if its run is not finished yet."""
    folder = args.out / f"{row.replace(' ', '-')}-{seed}"
    file = folder / "evaluation.json"
    if file.is_file():
        return Evaluation(**json.loads(file.read_text()))
    if row == "prior itself":
        known, asked = data.prior.array, data.prior_test.array
        folder.mkdir(parents=True, exist_ok=True)
    else:
        settings: dict[str, Any] = dict(SMALL if args.small else FULL)
        settings |= {"epochs": args.epochs or settings["epochs"], "seed": seed, "monitor": 0.0}
        graph = make_graph(row, data, seed)
        run = lw.fit(data.train, graph, out=folder, views="weak", resume=True, minutes=args.minutes, **settings)
        if not run.finished:
            return None
        known, asked = run.embed(data.train), run.embed(data.test)
    chosen = ("knn", "linear", "clustering")
    found = evaluate_features(known, data.train.labels, asked, data.test.labels, metrics=chosen, seed=seed)
    file.write_text(json.dumps(found.as_json()))
    return found


def add_options(parser: argparse.ArgumentParser, out: Path) -> None:
    """The options of every recipe on CIFAR-10."""
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--prior", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--small", action="store_true", help="a small encoder on 10,000 images")
    parser.add_argument("--images", type=int, help="how many training images")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--minutes", type=float, help="stop after so many minutes; repeat the command to go on")


def open_data(args: argparse.Namespace) -> Data:
    """The images that the options ask for."""
    return read(args.data, args.prior, args.images or (10_000 if args.small else None))


Found = dict[str, list[Evaluation]]


def measure_rows(
    rows: Iterable[str], data: Data, args: argparse.Namespace, one: Callable[..., Evaluation | None]
) -> Found | None:
    """Each row's evaluation with every seed; None where the minutes are over before the last is done."""
    started, minutes, found = time.monotonic(), args.minutes, Found()
    for row in rows:
        for seed in args.seeds:
            if minutes is not None:
                args.minutes = minutes - (time.monotonic() - started) / 60
            made = None if minutes is not None and args.minutes <= 0 else one(row, data, seed, args)
            if made is None:
                print(f"\nstopped in {row!r}, seed {seed}: repeat the command to go on.")
                return None
            found.setdefault(row, []).append(made)
    return found


def conditions(data: Data, args: argparse.Namespace) -> str:
    """The machine, the versions and the settings behind a table."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{os.cpu_count()} CPU cores"
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, likewise {lw.__version__}"
    size = "small" if args.small else "full"
    return f"\n{device}; {versions}\n{len(data.train):,} training images, seeds {args.seeds}, {size} settings"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, Path("runs/cifar10"))
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=None)
    args = parser.parse_args()
    data = open_data(args)
    print(lw.neighbors(data.prior, k=5).diagnose(data.train.labels), flush=True)
    found = measure_rows(args.rows or (ROWS[:3] if args.small else ROWS), data, args, measure)
    if found is not None:
        print(f"{conditions(data, args)}\n\n{summarise(found).markdown()}")


if __name__ == "__main__":
    main()
