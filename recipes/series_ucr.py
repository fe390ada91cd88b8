"""Time series of the UCR archive: what a graph adds to contrastive learning on 28 to 50 series.

Claim, which holds on one set of four: neighbours in the space of the raw series, and better answers to "are these two
alike?", make a better encoder than augmentations alone. The raw series themselves stand beside it.
Data: ucr.npz with NAME_train_x, NAME_train_y, NAME_test_x, NAME_test_y, float32 [n, T], the official splits of CBF,
Gun_Point, Beef and Coffee. Encoders see the training series alone; all test series are touched once.
Hardware and time: one CPU core, 10 minutes beside other work.

    python recipes/series_ucr.py DATA --seeds 0 1 2 --out recipes/results/series_ucr_cpu.md
    python recipes/series_ucr.py DATA --smoke                                    # seconds: one set, two epochs

DATA is the folder of ucr.npz. Labels answer in place of a person.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

import likewise as lw
from likewise.active import LabelOracle
from likewise.evaluation import Evaluation, evaluate_features, summarise

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from machine import machine

SETS = ("CBF", "Gun_Point", "Beef", "Coffee")
NEIGHBORS, EXPECTED = 3, 0.5
GRAPHS = ("no graph", "GPS", "20 answers", "100 answers", "all labels")
SETTINGS: dict[str, Any] = {"views": "strong", "epochs": 150, "batch_size": 14, "false_negatives": "attract"}
"""SimCLR with the encoder by default (conv1d, width 32); alike samples of a batch attract, where the graph says so."""

MEASURED = "- test accuracy of one nearest neighbour and of a linear probe: means and 95 % intervals over seeds"


def make_graph(row: str, train: lw.Samples, seed: int) -> lw.SimilarityGraph | None:
    """Who is alike in a row."""
    if row == "no graph":
        return None
    if row == "all labels":
        return lw.labels(train.labels)
    space = lw.priors.pixels(train)
    if row == "GPS":
        return lw.neighbors(space, k=NEIGHBORS)
    budget = int(row.split()[0])
    return lw.ask(train, space, budget, oracle=LabelOracle(train.labels), expected=EXPECTED, seed=seed)


def measure_set(arrays: Mapping[str, Any], name: str, seeds: list[int], epochs: int) -> dict[str, list[Evaluation]]:
    """Each row's evaluations on one data set, and the purity of its graph."""
    train, test = (
        lw.open(
            arrays[f"{name}_{part}_x"],
            modality="series",
            labels=arrays[f"{name}_{part}_y"],
            keys=[f"{part}-{row}" for row in range(len(arrays[f"{name}_{part}_x"]))],
        )
        for part in ("train", "test")
    )
    truth = test.labels_in(train.classes)
    options: dict[str, Any] = {"metrics": ("knn", "linear"), "k": 1}
    found: dict[str, list[Evaluation]] = {}
    for prior in ("pixels", "spectrum"):
        known, asked = (lw.priors.PRIORS[prior](samples).array for samples in (train, test))
        found[f"prior: {prior}"] = [
            evaluate_features(known, train.labels, asked, truth, metric="euclidean", seed=seed, **options)
            for seed in seeds
        ]
    for row in GRAPHS:
        found[row] = []
        for seed in seeds:
            graph = make_graph(row, train, seed)
            if graph is not None and seed == seeds[0]:
                print(f"{name}, {row}: purity {graph.diagnose(train.labels).labels.purity:.3f}", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                settings = {**SETTINGS, "epochs": epochs, "seed": seed, "monitor": 0.0, "quiet": True}
                run = lw.fit(train, graph, out=Path(folder) / "run", **settings)
                known, asked = run.embed(train), run.embed(test)
            found[row].append(evaluate_features(known, train.labels, asked, truth, seed=seed, **options))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of ucr.npz")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, help="where the table is written; default: only printed")
    parser.add_argument("--smoke", action="store_true", help="one set, one seed, two epochs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    began, about = time.monotonic(), machine(["likewise", "torch"])
    seeds, epochs = ([0], 2) if args.smoke else (args.seeds, SETTINGS["epochs"])
    parts = []
    with np.load(args.data / "ucr.npz") as arrays:
        for name in SETS[1:2] if args.smoke else SETS:
            table = summarise(measure_set(arrays, name, seeds, epochs)).markdown()
            sizes = " and ".join(str(len(arrays[f"{name}_{part}_y"])) for part in ("train", "test"))
            parts.append(f"## {name}: {sizes} series of {arrays[f'{name}_train_x'].shape[1]} steps\n\n{table}")
            print(parts[-1], flush=True)
    about.append(f"- seeds {seeds}, {epochs} epochs; {(time.monotonic() - began) / 60:.1f} minutes")
    if args.out is not None:
        command = f"    python recipes/series_ucr.py DATA --seeds {' '.join(map(str, seeds))}"
        head = f"# Series of the UCR archive\n\n{command}"
        about.append(MEASURED)
        args.out.write_text("\n\n".join([head, "\n".join(about), *parts]) + "\n")


if __name__ == "__main__":
    main()
