"""What is to be known of a GPU, in three parts that can be started at any moment and need no network.

    python recipes/gpu/run.py a --out OUT                                          # about a minute: right?
    python recipes/gpu/run.py b --data CIFAR --prior PRIOR.npy --out OUT           # three minutes: fast?
    python recipes/gpu/run.py c --data CIFAR --prior PRIOR.npy --out OUT --minutes 9    # GPS, then no graph: good?

CIFAR holds train_0..4.webp, test.webp and labels.npz as recipes/cifar10.py has it; what is there of train_* is used,
so that it may come in two deliveries. PRIOR.npy is [60000, d]; --neighbours FILE.npy (ids [n, k]) stands for it. Part c
trains ResNet-18 for the longest schedule that fits into the minutes, from the pace of its first epoch, the cosine
ending at its end. ``--smoke`` runs each part at a size for a CPU. Results are Markdown and JSON files below OUT.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import checks  # noqa: E402
import cifar10  # noqa: E402
import steps  # noqa: E402

import likewise as lw  # noqa: E402
from likewise.evaluation import evaluate_features  # noqa: E402


def head(part: str, device: torch.device) -> list[str]:
    """The card, the versions, the command."""
    card = torch.cuda.get_device_name() if device.type == "cuda" else platform.processor() or platform.machine()
    cuda = f", CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}" if device.type == "cuda" else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}{cuda}, likewise {lw.__version__}"
    return [f"# Part {part}", "", f"- {card}; {versions}", f"- `python {' '.join(sys.argv)}`", ""]


def read(arguments: argparse.Namespace) -> tuple[lw.Samples, lw.Samples, lw.SimilarityGraph]:
    """Training and test images, and who is alike."""
    if arguments.smoke:
        train, test = checks.images(640), checks.images(200, seed=1)
        return train, test, lw.neighbors(lw.priors.pixels(train), 5)
    labels, folder = np.load(arguments.data / "labels.npz"), arguments.data
    parts = [file for part in range(5) if (file := folder / f"train_{part}.webp").is_file()]
    pictures = np.concatenate([cifar10.mosaic(file) for file in parts])
    rows = np.concatenate([np.arange(10_000) + 10_000 * int(file.stem[-1]) for file in parts])
    train = lw.open(pictures, labels=labels["train"][rows])
    test = lw.open(cifar10.mosaic(folder / "test.webp"), labels=labels["test"])
    if arguments.neighbours is not None:
        ids = np.load(arguments.neighbours)
        graph = lw.SimilarityGraph.from_edges(len(train), np.repeat(np.arange(len(ids)), ids.shape[1]), ids.ravel())
    else:
        graph = lw.neighbors(np.load(arguments.prior).astype(np.float32)[rows], 5)
    return train, test, graph


def part_a(_: argparse.Namespace, device: torch.device) -> list[str]:
    found = checks.run(device)
    lines = ["| check | | | seconds |", "|---|---|---|---|"]
    lines += [f"| {name} | {outcome} | {said} | {seconds:.1f} |" for name, outcome, said, seconds in found]
    failed = sum(outcome != "ok" for _, outcome, *_ in found)
    return [*lines, "", f"{failed} of {len(found)} checks failed."]


def part_b(arguments: argparse.Namespace, device: torch.device) -> list[str]:
    train, _, graph = read(arguments)
    return steps.run(train, graph, device, arguments.out, smoke=arguments.smoke)


def part_c(arguments: argparse.Namespace, _: torch.device) -> list[str]:
    train, test, graph = read(arguments)
    lines = ["| positives | epochs | seconds | kNN | linear | purity of draws |", "|---|---|---|---|---|---|"]
    for name, used in (("GPS, five neighbours", graph), ("no graph", None)):
        folder = arguments.out / name.split(",")[0].replace(" ", "-")
        settings: dict[str, Any] = dict(cifar10.FULL) | {"monitor": False}
        if arguments.smoke:
            settings |= {"encoder": "conv3", "batch_size": 64}
        epochs = arguments.epochs or fitting_epochs(train, used, settings, arguments)
        began = time.perf_counter()
        run = lw.fit(train, used, out=folder, views="weak", **(settings | {"epochs": epochs}))
        seconds = time.perf_counter() - began
        found = evaluate_features(
            run.embed(train), train.labels, run.embed(test), test.labels_in(train.classes), metrics=("knn", "linear")
        )
        purity = "" if used is None else f"{used.diagnose(train.labels).labels.purity_of_draws:.3f}"
        values = f"{found.values['knn']:.4f} | {found.values['linear']:.4f}"
        lines.append(f"| {name} | {epochs} | {seconds:.0f} | {values} | {purity} |")
        print(lines[-1], flush=True)
        (arguments.out / "c.json").write_text(json.dumps({"lines": lines}))
    return lines


def fitting_epochs(
    train: lw.Samples, graph: lw.SimilarityGraph | None, settings: dict[str, Any], arguments: argparse.Namespace
) -> int:
    """How many epochs fit into half of the minutes, by the pace of two epochs on a tenth of the images."""
    some = train.subset(np.arange(len(train) // 10)) if len(train) > 10_000 else train
    part = None if graph is None else graph.subset(np.arange(len(some)))
    began = time.perf_counter()
    lw.fit(some, part, out=arguments.out / f"pace-{time.time_ns()}", views="weak", **(settings | {"epochs": 2}))
    each = (time.perf_counter() - began) / 2 * len(train) / len(some)
    return max(1, min(200, int(0.8 * 60 * arguments.minutes / 2 / each)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=("a", "b", "c"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--prior", type=Path)
    parser.add_argument("--neighbours", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    if not arguments.smoke and set(arguments.parts) - {"a"} and (arguments.data is None):
        parser.error("parts b and c need --data, and --prior or --neighbours")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    arguments.out.mkdir(parents=True, exist_ok=True)
    checks.batch_size = 16 if arguments.smoke else checks.batch_size
    for part in arguments.parts:
        lines = head(part, device) + {"a": part_a, "b": part_b, "c": part_c}[part](arguments, device)
        (arguments.out / f"{part}.md").write_text("\n".join(lines) + "\n")
        print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
