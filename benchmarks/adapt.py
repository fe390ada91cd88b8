"""What bending a prior towards a graph gains on samples that nobody asked about, beside the prior and beside LDA.

python benchmarks/adapt.py segment=DATA/tabular/uci.npz clinc150=DATA/text/clinc150.parquet \
    cifar10=DATA/priors/cifar10_mobilenetv2_pca128.npy:DATA/cifar10/labels.npz photos=DATA/photos \
    --out benchmarks/results/adapt_cpu.md

Each seed draws the training samples, the answers (of the true labels, by our strategy; the groups that it expects with
a probability of a half join) and the supports of few-shot. Nothing is fitted to test samples. The photos' graph is
their column "burst"; their seeds only change the supports and folds.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from machine import machine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import likewise as lw
from likewise.active import LabelOracle
from likewise.adaptation import adapt
from likewise.evaluation import Interval, evaluate_features
from likewise.space import Space

COLUMNS = ("knn", "linear", "1-shot", "5-shot", "10-shot", "recall@1", "recall@5", "map@r", "nmi", "ari")
LEVEL = {"knn": 0.003, "linear": 0.003}
"""Columns that may fall by so much; every other is to rise."""


def segment(path, seed):
    arrays, answers = np.load(path), 300
    x, y = arrays["segment_x"].astype(np.float32), arrays["segment_y"].astype(int)
    order = np.random.default_rng(seed).permutation(len(y))
    train, test = np.split(order, [int(0.7 * len(order))])
    x = (x - x[train].mean(0)) / np.maximum(x[train].std(0), 1e-9)
    return (
        Space(x[train], "euclidean"),
        y[train],
        x[test],
        y[test],
        asked(Space(x[train], "euclidean"), y[train], answers, seed),
    )


def clinc150(path, seed):
    """4,500 training texts of 150 intents; TF-IDF and its 128 directions see all texts, and no label."""
    import pyarrow.parquet as pq
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = pq.read_table(path).to_pydict()
    y, split = np.unique(table["label"], return_inverse=True)[1], np.array(table["split"])
    rows = TfidfVectorizer(sublinear_tf=True).fit_transform(table["text"])
    x = TruncatedSVD(128, random_state=0).fit_transform(rows).astype(np.float32)
    train = np.random.default_rng(seed).permutation(np.flatnonzero(split == "train"))[:4500]
    test = np.flatnonzero(split == "test")
    return Space(x[train]), y[train], x[test], y[test], asked(Space(x[train]), y[train], 1000, seed)


def cifar10(path, seed):
    """8,000 images under a pretrained network's 128 components."""
    rows, labels = path.split(":")
    x, y = np.load(rows).astype(np.float32), np.load(labels)
    train = np.random.default_rng(seed).permutation(50_000)[:8000]
    truth = y["train"][train].astype(int)
    return Space(x[train]), truth, x[50_000:], y["test"].astype(int), asked(Space(x[train]), truth, 500, seed)


def photos(path, _):
    """Photos under histograms of their colours; who stands in one burst is alike."""
    parts = [
        lw.open(Path(path) / name, columns=Path(path) / f"{name}.csv", labels="product") for name in ("train", "test")
    ]
    train, test = parts
    prior, other = (lw.priors.color(part) for part in parts)
    graph = lw.same(train["burst"], name="burst")
    return Space(prior.array, prior.metric), train.labels, other.array, test.labels_in(train.classes), graph


def asked(space, y, answers, seed):
    return lw.ask(None, space, answers, oracle=LabelOracle(y), seed=seed, patient=True, expected=0.5)


def discriminant(space, graph, rows):
    """The directions of shrunken discriminant analysis of the graph's groups alone."""
    groups = graph.closure().graph.terms[0].codes
    known = groups >= 0
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(space.array[known], groups[known])
    return model.transform(space.array), model.transform(rows)


SETS = {"segment": segment, "clinc150": clinc150, "cifar10": cifar10, "photos": photos}


def run(name, path, seed):
    """{row: {column: value}}, the verdict's gain and weight, and CPU seconds of adapting."""
    space, y, rows, truth, graph = SETS[name](path, seed)
    began = time.process_time()
    found = adapt(space, graph, seed=seed)
    seconds = time.process_time() - began
    half = adapt(space, graph, weight=0.5, seed=seed)
    new = Space(rows, space.metric)
    spaces = {
        "prior": (space.array, rows),
        "adapt": (found.space.array, found(new).array),
        "adapt, weight .5": (half.space.array, half(new).array),
        "LDA of the groups alone": discriminant(space, graph, rows),
    }
    values = {
        row: evaluate_features(a, y, b, truth, metric=space.metric, draws=100, seed=seed).values
        for row, (a, b) in spaces.items()
    }
    print(f"{name} seed {seed}: weight {found.weight}, {seconds:.1f} CPU s; {found.facts['verdict']}", flush=True)
    return values, found, seconds, len(y)


def cell(values):
    interval = Interval.of(values)
    return f"{interval.mean:.3f}" + (f" ± {interval.half:.3f}" if len(values) > 1 else "")


def row(name, values):
    return f"| {name} | " + " | ".join(cell(values[column]) for column in COLUMNS) + " |"


def table(name, runs):
    """The mean of each row with its 95 % interval over seeds, then the paired difference of adapt and the prior."""
    lines = [f"\n## {name}\n", "| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [row(one, {c: [run[0][one].get(c, np.nan) for run in runs] for c in COLUMNS}) for one in runs[0][0]]
    gained = {c: [run[0]["adapt"][c] - run[0]["prior"][c] for run in runs] for c in COLUMNS}
    lines.append(row("*adapt − prior*", gained))
    missed = [c for c in COLUMNS if np.mean(gained[c]) < (-LEVEL[c] if c in LEVEL else 0)]
    seconds = [run[2] for run in runs]
    took = f"{np.mean(seconds):.1f} CPU s ({min(seconds):.1f} to {max(seconds):.1f}), choosing and judging included"
    lines.append(
        f"\n- weights chosen: {', '.join(f'{run[1].weight:g}' for run in runs)}; {runs[0][3]:,} training samples"
    )
    lines.append(f"- adapting took {took}")
    lines.append(f"- fell by more than .003 (knn, linear) or at all (others): {', '.join(missed) or 'nothing'}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="NAME=PATH")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    command = (
        f"- command: `python benchmarks/adapt.py {' '.join(name.partition('=')[0] + '=...' for name in chosen.data)}`"
    )
    lines = [
        "# adapt: a prior bent towards a graph\n",
        *machine(("likewise", "numpy", "scipy", "scikit-learn")),
        command,
    ]
    lines += [f"- seeds: {chosen.seeds}; means ± 95 % intervals over them", "", __doc__.split("\n\n", 2)[2].strip()]
    for name, _, path in (given.partition("=") for given in chosen.data):
        lines += table(name, [run(name, path, seed) for seed in range(chosen.seeds)])
        if chosen.out is not None:
            chosen.out.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
