"""CIFAR-10 with flips only: how good an encoder becomes with the number of answers to "are these two alike?" (PAL).

    python recipes/cifar10_answers.py --data CIFAR --prior PRIOR.npy --small         # CPU, a small net, few epochs
    python recipes/cifar10_answers.py --data CIFAR --prior PRIOR.npy --minutes 9     # one GPU; repeat until the table

Half of the positives are GPS-SSL's, without what the answers deny; the others are those that the answers make: who was
asked about, and everyone who is expected in a group with a probability of at least .9. Beside it: the same budget spent
as class labels, told to the other images by a classifier on the prior where it is as sure; the prior itself; and all
labels. The labels of the training images answer in place of a person. Data, prior and the rest are those of cifar10.py.
Whatever is finished is kept in --out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from cifar10 import FULL, SMALL, Data, add_options, conditions, measure_rows, read

import likewise as lw
from likewise.active import LabelOracle
from likewise.evaluation import Evaluation, Interval, evaluate_features
from likewise.randomness import numpy_generator

BUDGETS = (100, 500, 2000, 5000)
SURE = 0.9
SHARE = 0.5
"""Of positives that are neighbours in the prior."""
EPOCHS = 6
"""Of the small form: all images, for of 10,000 so small a net learns no more from their labels than from GPS."""
BATCH = 10


def answers_graph(data: Data, budget: int, seed: int, out: Path) -> lw.SimilarityGraph:
    """GPS and what so many answers say; each budget has a store of its own, but the first answers are the same."""
    asked = lw.ask(
        data.train,
        data.prior,
        budget,
        oracle=LabelOracle(data.train.labels),
        store=out / f"answers-{budget}-{seed}.db",
        batch=BATCH,
        expected=SURE,
        patient=True,
        seed=seed,
    )
    return lw.mix(lw.neighbors(data.prior, k=5), asked, SHARE)


def labels_graph(data: Data, budget: int, seed: int) -> lw.SimilarityGraph:
    """GPS and the labels of as many random images, told to the others by a classifier on the prior where it is sure."""
    from sklearn.linear_model import LogisticRegression

    known = numpy_generator(seed, "labels").permutation(len(data.train))[:budget]
    x = data.prior.normalized
    model = LogisticRegression(C=10.0, max_iter=1000).fit(x[known], data.train.labels[known])
    shares = model.predict_proba(x)
    codes = np.where(shares.max(1) >= SURE, model.classes_[shares.argmax(1)].astype(int), -1)
    codes[known] = data.train.labels[known]
    return lw.mix(lw.neighbors(data.prior, k=5), lw.labels(codes), SHARE)


def make_graph(row: str, data: Data, seed: int, out: Path) -> lw.SimilarityGraph:
    """Who is alike in a row: its budget is the last word of its name."""
    if row == "GPS":
        return lw.neighbors(data.prior, k=5)
    if row == "all labels":
        return lw.labels(data.train.labels)
    what, budget = row.split()
    return answers_graph(data, int(budget), seed, out) if what == "answers" else labels_graph(data, int(budget), seed)


def measure(row: str, data: Data, seed: int, args: argparse.Namespace) -> Evaluation | None:
    """A row's evaluation with one seed, from disk if it is there; None if its run is not finished yet."""
    folder = args.out / f"{row.replace(' ', '-')}-{seed}"
    file = folder / "evaluation.json"
    if file.is_file():
        return Evaluation(**json.loads(file.read_text()))
    labels, facts = data.train.labels, {}
    if row == "prior itself":
        known, asked = data.prior.array, data.prior_test.array
        folder.mkdir(parents=True, exist_ok=True)
    else:
        settings: dict[str, Any] = dict(SMALL if args.small else FULL)
        settings |= {"epochs": args.epochs or (EPOCHS if args.small else settings["epochs"])}
        settings |= {"seed": seed, "monitor": 0.0, "false_negatives": "attract"}
        graph = make_graph(row, data, seed, args.out)
        agreement = graph.diagnose(labels).labels
        facts = {"purity": agreement.purity_of_draws, "coverage": agreement.coverage}
        run = lw.fit(data.train, graph, out=folder, views="weak", resume=True, minutes=args.minutes, **settings)
        if not run.finished:
            return None
        known, asked = run.embed(data.train), run.embed(data.test)
    chosen = ("knn", "linear", "few-shot", "clustering")
    found = evaluate_features(known, labels, asked, data.test.labels, metrics=chosen, seed=seed) | Evaluation(facts)
    file.write_text(json.dumps(found.as_json()))
    return found


COLUMNS = {
    "purity": "purity of draws",
    "coverage": "coverage",
    "linear": "linear",
    "1-shot": "1-shot",
    "5-shot": "5-shot",
    "knn": "kNN",
    "ari": "ARI",
}
DRAWN = {"linear": "linear accuracy, all labels of the training images", "5-shot": "accuracy with 5 labels a class"}


def table(found: dict[str, list[Evaluation]]) -> str:
    lines = ["| | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row, each in found.items():
        values = [[one.values[key] for one in each if key in one.values] for key in COLUMNS]
        lines.append(f"| {row} | " + " | ".join(Interval.of(v).text() if v else "–" for v in values) + " |")
    return "\n".join(lines)


def draw(found: dict[str, list[Evaluation]], file: Path) -> None:
    """Accuracy on the test images against the budget, spent on answers or on labels."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(11.5, 4), layout="constrained")
    for axis, (measure, title) in zip(picture.subplots(1, 2), DRAWN.items(), strict=True):
        values = {row: Interval.of([one.values[measure] for one in each]) for row, each in found.items()}
        for color, what in enumerate(("answers", "labels")):
            rows = [row for row in ("GPS", *(f"{what} {b}" for b in BUDGETS)) if row in found]
            at = [0 if row == "GPS" else int(row.split()[1]) for row in rows]
            half = np.nan_to_num([values[row].half for row in rows])
            axis.errorbar(
                at, [values[row].mean for row in rows], half, marker="o", capsize=3, color=f"C{color}", label=what
            )
        if "all labels" in found:
            axis.axhline(values["all labels"].mean, linestyle="--", color="0.4", label="all labels")
        axis.set_xscale("symlog", linthresh=100)
        axis.set_xlim(-10, 1.3 * BUDGETS[-1])
        axis.set(xlabel="answers, or labels", title=title)
        axis.set_xticks([0, *BUDGETS], ["0 (GPS)", *(f"{b:,}" for b in BUDGETS)])
        axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    picture.savefig(file, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, Path("runs/cifar10-answers"))
    rows = ["prior itself", "GPS", *(f"{what} {b}" for b in BUDGETS for what in ("answers", "labels")), "all labels"]
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    data = read(args.data, args.prior, args.images)
    found = measure_rows(args.rows, data, args, measure)
    if found is not None:
        print(f"{conditions(data, args)}\n\n{table(found)}")
        draw(found, args.out / "curve.png")
        print(f"\ncurve: {args.out / 'curve.png'}")


if __name__ == "__main__":
    main()
