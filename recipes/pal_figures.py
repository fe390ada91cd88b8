"""The toy figures of PAL (arXiv 2303.15256) from the package's own graphs and closed forms, beside what was published.

    python recipes/pal_figures.py                    # all trials, half an hour on two cores
    python recipes/pal_figures.py --trials 8         # a few minutes, wider intervals

Four concentric circles; functions in the space of k(x, y) = exp(-|x - y| / sigma); the embedding is the optimum of the
squared loss for a similarity graph, in closed form. The published error is optimistic: its probe is fitted on the true
labels of the test points that it is scored on. It is reported as "published measure"; "honest" is the same probe fitted
on the training labels that the experiment has given away. Each trial draws its points anew.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy
import torch

from likewise.arrays import Array
from likewise.closed_form import Rkhs, exponential, pal_optimum
from likewise.evaluation import Interval
from likewise.graph import SimilarityGraph
from likewise.randomness import numpy_generator

CLASSES, DIMENSION, RIDGE = 4, 5, 1e-3


@dataclass(frozen=True)
class Toy:
    """Training and test points on circles, and the kernel over the former."""

    x: Array
    y: Array
    test_x: Array
    test_y: Array
    space: Rkhs


def make_toy(n: int, noise: float, sigma: float, seed: int, *, copies: int = 1, test: int = 1000) -> Toy:
    """Points ``[n, 2]`` of random class and angle, ``copies`` of each moved a little, and regular test points."""
    draw = numpy_generator(seed, "circles", n)
    y = draw.integers(0, CLASSES, n)
    x = on_circles(y, draw.uniform(0, 2 * np.pi, n)) + noise * draw.normal(size=(n, 2))
    if copies > 1:
        x = np.repeat(x, copies, axis=0) + 0.1 * draw.normal(size=(n * copies, 2))
    test_y = np.arange(test) % CLASSES
    test_x = on_circles(test_y, np.arange(test) * 2 * np.pi / test) + noise * draw.normal(size=(test, 2))
    return Toy(x, y, test_x, test_y, Rkhs(x, exponential(sigma), RIDGE))


def on_circles(y: Array, angle: Array) -> Array:
    """Points [n, 2] on circles of radius class + 1."""
    return np.c_[np.cos(angle), np.sin(angle)] * (y + 1)[:, None]


def signed(graph: SimilarityGraph) -> Array:
    """PAL's T [n, n]: 1 for alike (and a sample with itself), -1 for different, 0 for unknown."""
    everyone = torch.arange(graph.n)
    alike, different = graph.among(everyone, everyone)
    return (alike - different).double().numpy() + np.diag(graph.self_weight.astype(np.float64))


def errors(target: Array, toy: Toy, known: Array) -> tuple[float, float]:
    """(published measure, honest error) of the embedding that is best for a target; ``known`` are labelled rows."""
    best = pal_optimum(target, DIMENSION, within=toy.space)
    test = best.transform(toy.test_x)
    optimistic = probe_error(test, toy.test_y, test, toy.test_y)
    if not len(known):
        return optimistic, 1 - 1 / CLASSES
    labels = np.repeat(toy.y, len(toy.x) // len(toy.y))[known]
    return optimistic, probe_error(best.embedding[known], labels, test, toy.test_y)


def probe_error(x: Array, y: Array, test_x: Array, test_y: Array) -> float:
    """Error of a least-squares probe."""
    weights = np.linalg.lstsq(x, np.eye(CLASSES)[y], rcond=None)[0]
    return float(np.mean((test_x @ weights).argmax(1) != test_y))


Curve = dict[float, tuple[float, float]]


def missing_entries(seed: int) -> Curve:
    """The label graph with pairs left out at random."""
    toy = make_toy(100, 0.0, 0.2, seed)
    full = signed(SimilarityGraph.from_labels(toy.y))
    draw, found = numpy_generator(seed, "missing"), {}
    dice = np.triu(draw.uniform(size=full.shape))
    dice = np.maximum(dice, dice.T)
    for p in (0.5, 0.74, 0.82, 0.84, 0.87, 0.89, 0.92, 0.95, 0.97, 1.0):
        found[p] = errors(np.where(dice >= p, full, 0.0), toy, np.arange(len(toy.y)))
    return found


def label_noise(seed: int) -> Curve:
    """The label graph of labels some of which were replaced by random ones."""
    toy = make_toy(300, 0.0, 0.2, seed)
    draw, found = numpy_generator(seed, "noise"), {}
    order, wrong = draw.permutation(300), draw.integers(0, CLASSES, 300)
    for count in (0, 50, 100, 150, 200, 250, 300):
        labels = toy.y.copy()
        labels[order[:count]] = wrong[order[:count]]
        known = signed(SimilarityGraph.from_labels(labels))
        found[count] = errors(2 * known - 1, toy, np.arange(300))
    return found


def interpolation(seed: int) -> Curve:
    """Two copies of each point are alike; a few labels join them with weight .001: (1 - a) G_ssl + a G_sup."""
    toy = make_toy(200, 0.0, 1.0, seed, copies=2, test=500)
    pairs = SimilarityGraph.from_labels(np.repeat(np.arange(200), 2))
    order, found = numpy_generator(seed, "interpolation").permutation(200), {}
    for count in (0, 10, 50, 100, 150, 199):
        labels = np.full(400, -1)
        labels[2 * order[:count]] = toy.y[order[:count]]
        target = signed((1 - 1e-3) * pairs + 1e-3 * SimilarityGraph.from_labels(labels))
        found[count] = errors(target, toy, np.flatnonzero(labels >= 0))
    return found


PUBLISHED: dict[str, Curve] = {
    "missing entries": {
        p: (e, np.nan)
        for p, e in zip(
            (0.5, 0.74, 0.82, 0.84, 0.87, 0.89, 0.92, 0.95, 0.97, 1.0),
            (0.055, 0.065, 0.084, 0.110, 0.137, 0.165, 0.251, 0.386, 0.490, 0.644),
            strict=True,
        )
    },
    "label noise": {
        c: (e, np.nan)
        for c, e in zip(range(0, 301, 50), (0.001, 0.126, 0.243, 0.366, 0.483, 0.573, 0.610), strict=True)
    },
    "interpolation": {
        c: (e, np.nan) for c, e in zip((0, 10, 50, 100, 150, 199), (0.39, 0.48, 0.23, 0.10, 0.04, 0.007), strict=True)
    },
}

EXPERIMENTS: dict[str, Callable[[int], Curve]] = {
    "missing entries": missing_entries,
    "label noise": label_noise,
    "interpolation": interpolation,
}


def run(name: str, trials: int) -> dict[float, tuple[Interval, Interval]]:
    """Mean errors of an experiment over its trials, with intervals."""
    curves = [EXPERIMENTS[name](seed) for seed in range(trials)]
    return {at: (Interval.of([c[at][0] for c in curves]), Interval.of([c[at][1] for c in curves])) for at in curves[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--only", choices=EXPERIMENTS, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("runs/pal"))
    args = parser.parse_args()
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    print(f"{os.cpu_count()} CPU cores, {versions}")
    for name in args.only or EXPERIMENTS:
        found = run(name, args.trials)
        print(f"\n{name}, {args.trials} trials\n{'':>8} {'published':>10} {'published measure':>20} {'honest':>16}")
        for at, (optimistic, honest) in found.items():
            print(f"{at:>8g} {PUBLISHED[name][at][0]:>10.3f} {optimistic.text():>20} {honest.text():>16}")


if __name__ == "__main__":
    main()
