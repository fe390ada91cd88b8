"""The toy figures of PAL (arXiv 2303.15256) from the package's own graphs, strategies and closed forms, beside what was
published.

    python recipes/pal_figures.py                    # 40 trials, about five minutes
    python recipes/pal_figures.py --trials 4         # half a minute, wider intervals

Four concentric circles; functions in the space of k(x, y) = exp(-|x - y| / sigma); the embedding is the optimum of the
squared loss for a similarity graph, in closed form. The published error is optimistic: its probe is fitted on the true
labels of the test points that it is scored on. It is reported as "published measure"; "honest" is the same probe fitted
on the training labels that the experiment has given away. Each trial draws its points anew.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy
import torch

from likewise.active import Guided, LabelOracle, Pal, RandomPairs, Strategy
from likewise.answers import Answer, Judgements
from likewise.arrays import Array
from likewise.closed_form import Rkhs, exponential, pal_optimum
from likewise.evaluation import Interval
from likewise.graph import SimilarityGraph
from likewise.randomness import numpy_generator
from likewise.space import Space

CLASSES, DIMENSION, RIDGE, SIGMA = 4, 5, 1e-3, 0.2
BUDGETS = (0, 20, 50, 100, 150, 200, 250, 300, 350, 400, 500, 600, 790)
ROUND = 10


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
    """(published measure, honest error) of the embedding that is best for a target; ``known`` are labelled rows.

    Without any of them there is no honest error: NaN.
    """
    best = pal_optimum(target, DIMENSION, within=toy.space)
    test = best.transform(toy.test_x)
    optimistic = probe_error(test, toy.test_y, test, toy.test_y)
    if not len(known):
        return optimistic, float("nan")
    labels = np.repeat(toy.y, len(toy.x) // len(toy.y))[known]
    return optimistic, probe_error(best.embedding[known], labels, test, toy.test_y)


def probe_error(x: Array, y: Array, test_x: Array, test_y: Array) -> float:
    """Error of a least-squares probe."""
    weights = np.linalg.lstsq(x, np.eye(CLASSES)[y], rcond=None)[0]
    return float(np.mean((test_x @ weights).argmax(1) != test_y))


Curve = dict[float, tuple[float, float]]
State = Callable[[list[Answer]], tuple[Array, Array]]
"""What is known from answers: PAL's T [n, n], and the rows whose label is known."""


def asking(toy: Toy, strategy: Strategy, state: State, at_once: int = ROUND) -> Curve:
    """The errors after so many questions, at the budgets; a strategy without more to ask keeps what it has."""
    oracle, told, found = LabelOracle(toy.y), list[Answer](), {}
    for budget in BUDGETS:
        while len(told) < budget:
            answers = [oracle.ask(question) for question in strategy.next(min(at_once, budget - len(told)))]
            if not answers:
                break
            strategy.tell(answers)
            told += answers
        target, known = state(told)
        found[budget] = errors(target, toy, known)
    return found


def by_seeds(toy: Toy, seed: int, *, predicted: bool, contrastive: bool = True) -> Curve:
    """PAL's own rule; without contrastive information a "no" teaches nothing."""
    seeds = [int(np.flatnonzero(toy.y == c)[0]) for c in np.unique(toy.y)]
    rule = Pal(Space(toy.x, "euclidean"), seeds=seeds, seed=seed, predicted=predicted, sigma=SIGMA, ridge=RIDGE)

    def state(told: list[Answer]) -> tuple[Array, Array]:
        signs = rule.signs()
        return (signs if contrastive else np.maximum(signs, 0)), rule.identified if told else np.zeros(0, int)

    return asking(toy, rule, state)


def active(seed: int) -> Curve:
    """The published rule: the class asked about least, predicted members first."""
    return by_seeds(make_toy(150, 0.1, SIGMA, seed), seed, predicted=True)


def passive(seed: int) -> Curve:
    """Random pairs, and nothing deduced from them."""
    toy = make_toy(150, 0.1, SIGMA, seed)

    def state(told: list[Answer]) -> tuple[Array, Array]:
        signs, judged = np.eye(150), Judgements.of(told)
        signs[judged.a, judged.b] = signs[judged.b, judged.a] = judged.value
        return signs, np.zeros(0, int)

    return asking(toy, RandomPairs(Space(toy.x, "euclidean"), seed=seed), state)


def ours(seed: int) -> Curve:
    """The strategy of likewise, told neither how many classes there are nor a sample of any."""
    toy = make_toy(150, 0.1, SIGMA, seed)
    guided = Guided(Space(toy.x, "euclidean"), seed=seed)

    def state(_: list[Answer]) -> tuple[Array, Array]:
        groups = guided.groups()
        return 2.0 * (groups[:, None] == groups) - 1, np.zeros(0, int)

    return asking(toy, guided, state, at_once=1)


def contrastive(seed: int) -> Curve:
    """A "no" is a known difference, T = 2G - 1."""
    return by_seeds(make_toy(300, 0.0, SIGMA, seed), seed, predicted=False)


def non_contrastive(seed: int) -> Curve:
    """The same questions, of which only a "yes" is kept, T = G."""
    return by_seeds(make_toy(300, 0.0, SIGMA, seed), seed, predicted=False, contrastive=False)


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


def published(at: Iterable[float], error: Iterable[float]) -> dict[float, float]:
    return dict(zip(at, error, strict=True))


PUBLISHED: dict[str, dict[float, float]] = {
    "active": published((0, 50, 100, 200, 300, 400, 500, 600, 790), (0.66, 0.48, 0.33, 0.14, 0.05, *[0.03] * 4)),
    "passive": published(
        (0, 50, 100, 200, 300, 400, 500, 600, 790), (0.66, 0.57, 0.5, 0.39, 0.29, 0.19, 0.13, 0.09, 0.05)
    ),
    "contrastive": published(
        BUDGETS, (0.701, 0.577, 0.615, 0.562, 0.498, 0.426, np.nan, 0.294, np.nan, 0.186, 0.105, 0.046, 0.001)
    ),
    "non-contrastive": published(
        BUDGETS, (0.701, 0.696, 0.574, 0.526, 0.506, 0.488, np.nan, 0.409, np.nan, 0.309, 0.212, 0.113, 0.002)
    ),
    "missing entries": published(
        (0.5, 0.74, 0.82, 0.84, 0.87, 0.89, 0.92, 0.95, 0.97, 1.0),
        (0.055, 0.065, 0.084, 0.110, 0.137, 0.165, 0.251, 0.386, 0.490, 0.644),
    ),
    "label noise": published(range(0, 301, 50), (0.001, 0.126, 0.243, 0.366, 0.483, 0.573, 0.610)),
    "interpolation": published((0, 10, 50, 100, 150, 199), (0.39, 0.48, 0.23, 0.10, 0.04, 0.007)),
}

EXPERIMENTS: dict[str, Callable[[int], Curve]] = {
    "active": active,
    "passive": passive,
    "ours": ours,
    "contrastive": contrastive,
    "non-contrastive": non_contrastive,
    "missing entries": missing_entries,
    "label noise": label_noise,
    "interpolation": interpolation,
}

FIGURES = {
    "Active against passive": (("active", "passive", "ours"), "questions"),
    "With and without known differences": (("contrastive", "non-contrastive"), "questions"),
    "Missing entries": (("missing entries",), "share of entries left out"),
    "Label noise": (("label noise",), "labels replaced, of 300"),
    "Interpolation": (("interpolation",), "labels, of 200"),
}

Found = dict[float, tuple[Interval, Interval]]


def run(name: str, trials: int) -> Found:
    """Mean errors of an experiment over its trials, with intervals."""
    curves = [EXPERIMENTS[name](seed) for seed in range(trials)]
    return {at: (Interval.of([c[at][0] for c in curves]), Interval.of([c[at][1] for c in curves])) for at in curves[0]}


def table(name: str, found: Found, trials: int) -> str:
    lines = [f"\n{name}, {trials} trials", f"{'':>8} {'published':>10} {'published measure':>20} {'honest':>16}"]
    for at, (optimistic, honest) in found.items():
        known = PUBLISHED.get(name, {}).get(at, np.nan)
        shown = [
            "–" if value != value else text for value, text in ((known, f"{known:.3f}"), (honest.mean, honest.text()))
        ]
        lines.append(f"{at:>8g} {shown[0]:>10} {optimistic.text():>20} {shown[1]:>16}")
    return "\n".join(lines)


def draw(results: dict[str, Found], file: Path) -> None:
    """All figures beside what was published (crosses)."""
    from matplotlib.figure import Figure

    shown = {title: entry for title, entry in FIGURES.items() if set(entry[0]) & set(results)}
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    picture = Figure(figsize=(4.4 * columns, 3.4 * rows), layout="constrained")
    for place, (title, (names, axis)) in enumerate(shown.items(), 1):
        ax = picture.add_subplot(rows, columns, place)
        for color, name in enumerate(name for name in names if name in results):
            at = list(results[name])
            for which, style, what in ((0, "-", name), (1, ":", f"{name}, honest")):
                mean = np.array([results[name][x][which].mean for x in at])
                half = np.nan_to_num([results[name][x][which].half for x in at])
                if np.isfinite(mean).any():
                    ax.plot(at, mean, style, color=f"C{color}", label=what)
                    ax.fill_between(at, mean - half, mean + half, color=f"C{color}", alpha=0.15, linewidth=0)
            there = PUBLISHED.get(name, {})
            ax.plot(list(there), list(there.values()), "x", color=f"C{color}", markersize=5)
        ax.set(title=title, xlabel=axis, ylim=(0, 0.8))
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_ylabel("error (crosses: published)")
        ax.legend(frameon=False, fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(file, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--only", choices=EXPERIMENTS, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("runs/pal"))
    args = parser.parse_args()
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    print(f"{os.cpu_count()} CPU cores, {versions}; seeds 0 to {args.trials - 1}", flush=True)
    results = {}
    for name in args.only or EXPERIMENTS:
        results[name] = run(name, args.trials)
        print(table(name, results[name], args.trials), flush=True)
    draw(results, args.out / "figures.png")
    print(f"\nfigures: {args.out / 'figures.png'}")


if __name__ == "__main__":
    main()
