"""How much a question buys: clustering quality against judgements and screens, for every strategy.

python benchmarks/queries.py --data digits circles --out benchmarks/results/queries_cpu.md
python benchmarks/queries.py --data clinc150=path/to/clinc150.parquet --strategies ours ward:375 ward:3000 --seeds 1
python benchmarks/queries.py --data cifar10=rows.npy:labels.npz:train --strategies ours ward:1000 --rows 10000
python benchmarks/queries.py --data letter=path/to/uci.npz --rows 5000

A strategy is a name, with an option after a colon: "ward:150" has 150 super-instances, "ours:5" reaches 5 neighbours.
Curves of strategies that need another environment are read from files (see cobras_peer.py).
Seeds permute the samples, draw the circles, seed strategies and choose which answers are wrong.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from likewise.active import LabelOracle, make_strategy
from likewise.evaluation import Interval
from likewise.space import Space

BUDGETS = [25, 50, 100, 150, 200, 400, 800, 1600, 5000]
METRICS = ("ARI", "NMI", "purity", "coverage")


def digits(seed):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    return Space(x[order].astype(np.float32), "euclidean"), y[order]


def circles(seed):
    """PAL's toy: four concentric circles, noise .1 (arXiv 2303.15256)."""
    random = np.random.default_rng(seed)
    y, angle = random.integers(0, 4, 150), 2 * np.pi * random.random(150)
    x = (y + 1)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) + 0.1 * random.standard_normal((150, 2))
    return Space(x, "euclidean"), y


def clinc150(path, seed):
    """The official test split, 30 texts a class; TF-IDF and SVD see the texts of all splits, but no label."""
    import pyarrow.parquet as pq
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = pq.read_table(path).to_pydict()
    label, split = np.array(table["label"]), np.array(table["split"])
    rows = TfidfVectorizer(sublinear_tf=True).fit_transform(table["text"])
    x = TruncatedSVD(256, random_state=0).fit_transform(rows)
    keep = np.random.default_rng(seed).permutation(np.flatnonzero(split == "test"))
    return Space(x[keep].astype(np.float32)), np.unique(label[keep], return_inverse=True)[1]


def given(spec, seed, rows):
    """Rows of a file of embeddings, and the labels of a file of arrays: ``rows.npy:labels.npz:name``."""
    file, labels, name = spec.split(":")
    y = np.load(labels)[name]
    keep = np.random.default_rng(seed).permutation(min(rows or len(y), len(y)))
    return Space(np.load(file, mmap_mode="r")[: len(y)][keep].astype(np.float32)), y[keep]


def tabular(name, path, seed, rows):
    """A set ``NAME_x, NAME_y`` of a file of arrays; its columns are standardised."""
    arrays = np.load(path)
    x, y = arrays[f"{name}_x"].astype(np.float32), arrays[f"{name}_y"]
    keep = np.random.default_rng(seed).permutation(len(y))[: rows or None]
    return Space((x[keep] - x.mean(0)) / np.maximum(x.std(0), 1e-9), "euclidean"), y[keep]


def load(name, seed, rows):
    kind, _, path = name.partition("=")
    if ":" in path:
        return given(path, seed, rows)
    if path.endswith(".npz"):
        return tabular(kind, path, seed, rows)
    return clinc150(path, seed) if kind == "clinc150" else {"digits": digits, "circles": circles}[kind](seed)


def made(spec, space, y, seed, tiles):
    name, _, option = spec.partition(":")
    options = {"k" if name == "ours" else "size": int(option)} if option else {}
    if name == "ours":
        options["tiles"] = tiles
    if name == "pal":
        options = {"seeds": [int(np.flatnonzero(y == c)[0]) for c in np.unique(y)]}
        options |= {"sigma": 0.2} if space.d == 2 else {}
    return make_strategy(name, space, seed=seed, **options)


def quality(y, groups):
    """ARI, NMI, and of the pairs within groups how many are alike, and of alike pairs how many are within groups."""
    pairs = np.unique(groups.astype(np.int64) << 32 | y, return_counts=True)[1]
    within, alike = (np.unique(values, return_counts=True)[1] for values in (groups, y))
    both, inside, every = (float((count * (count - 1)).sum()) for count in (pairs, within, alike))
    scores = (adjusted_rand_score(y, groups), normalized_mutual_info_score(y, groups))
    return (*scores, both / inside if inside else 1.0, both / every)


def play(strategy, oracle, y, budgets, batch, seconds):
    """{budget: scores}; a strategy that has nothing more to ask, or no more time, keeps what it has."""
    spent, began, waits, found = 0, time.monotonic(), [], {}
    for budget in budgets:
        while spent < budget and time.monotonic() - began < seconds:
            started = time.perf_counter()
            questions = strategy.next(min(batch, budget - spent))
            if not questions:
                break
            strategy.tell([oracle.ask(question) for question in questions])
            waits.append((time.perf_counter() - started) / len(questions))
            spent += len(questions)
        if spent < budget and time.monotonic() - began >= seconds:
            break
        found[budget] = quality(y, strategy.groups())
    return found, spent, float(np.median(waits)) if waits else 0.0


def peers(files, name, error, seed, y):
    """{strategy: [scores at budgets, questions asked, seconds]} of one run, from other environments' files."""
    found = {}
    for file in files:
        if not Path(file).name.startswith(f"{name}_"):
            continue
        for run in json.loads(Path(file).read_text()):
            if run["error"] == error and run["seed"] == seed:
                scores = {int(budget): quality(y, np.array(codes)) for budget, codes in run["groups"].items()}
                found[run["name"]] = (scores, run["asked"], float("nan"))
    return found


def export(folder, name, seed, rows):
    space, y = load(name, seed, rows)
    x = space.normalized if space.metric == "cosine" else space.array
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / f"{name.partition('=')[0]}_{seed}.npz", x=x, y=y, seed=seed)


def area(found, budgets):
    """The mean ARI over budgets from 0 to the last, by trapezoids."""
    values = [0.0, *(found[b][0] for b in budgets if b in found)]
    at = [0, *(b for b in budgets if b in found)]
    return float(np.trapezoid(values, at) / at[-1]) if len(at) > 1 else float("nan")


def table(title, runs, budgets, metric):
    """One row a strategy: means over seeds, with 95 % half widths where seeds differ; then differences to the first."""
    column = METRICS.index(metric)
    lines = [f"\n{title}: {metric}\n", "| | " + " | ".join(map(str, budgets)) + " |", "|---" * (len(budgets) + 1) + "|"]

    def cell(values):
        if not values:
            return "–"
        interval = Interval.of(values)
        return f"{interval.mean:.3f}" + (f" ± {interval.half:.3f}" if len(values) > 1 and interval.half > 5e-4 else "")

    for name, seeds in runs.items():
        cells = [cell([run[0][b][column] for run in seeds if b in run[0]]) for b in budgets]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    first, *others = runs
    for name in others:
        pairs = list(zip(runs[first], runs[name], strict=False))
        cells = [
            cell([a[0][b][column] - c[0][b][column] for a, c in pairs if b in a[0] and b in c[0]]) for b in budgets
        ]
        lines.append(f"| *{first} − {name}* | " + " | ".join(cells) + " |")
    return lines


def summary(runs, budgets):
    lines = ["\n| | area under ARI | questions asked | ms a question |", "|---|---|---|---|"]
    for name, seeds in runs.items():
        areas, asked = [area(run[0], budgets) for run in seeds], [run[1] for run in seeds]
        wait = 1e3 * np.median([run[2] for run in seeds])
        lines.append(f"| {name} | {np.mean(areas):.3f} | {np.mean(asked):.0f} | {wait:.1f} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=["digits", "circles"])
    parser.add_argument("--strategies", nargs="+", default=["ours", "ward", "cobras", "nearest", "uncertain", "random"])
    parser.add_argument("--budgets", nargs="+", type=int, default=BUDGETS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--errors", nargs="+", type=float, default=[0.0, 0.05, 0.1])
    parser.add_argument("--fresh", action="store_true", help="errors are drawn anew when a pair is asked again")
    parser.add_argument(
        "--tiles", type=int, default=0, help="screens of so many tiles; budgets count screens ('ours' only)"
    )
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--metrics", nargs="+", default=list(METRICS), choices=METRICS)
    parser.add_argument("--seconds", type=float, default=600.0, help="the most that one run may take")
    parser.add_argument("--export", type=Path, help="only write the embeddings here, for cobras_peer.py")
    parser.add_argument("--peers", nargs="*", default=[], help="files that cobras_peer.py wrote")
    parser.add_argument("--quick", action="store_true", help="one seed, no errors, up to 200 answers")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.quick:
        args.seeds, args.errors, args.budgets = 1, [0.0], [b for b in args.budgets if b <= 200]
    if args.export:
        for name in args.data:
            for seed in range(args.seeds):
                export(args.export, name, seed, args.rows)
        return
    out = str(args.out)  # the command as it is, but without the paths of this machine
    shown = (part for part in sys.argv[1:] if part not in (out, "--out"))
    said = " ".join(Path(p).name if p in args.peers else p.split("=")[0] + "=..." if "=" in p else p for p in shown)
    lines = [
        f"\n## {', '.join(name.partition('=')[0] for name in args.data)}\n",
        f"`python benchmarks/queries.py {said}`\n",
    ]
    lines.append(
        f"{platform.machine()}, {os.cpu_count()} cores shared with other work, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}; seeds 0 to "
        f"{args.seeds - 1}; "
        f"{'fresh' if args.fresh else 'persistent'} errors. ± is half a 95 % interval over seeds; the italic rows are "
        "differences paired by seed. Of a strategy without more to ask the last state is kept."
    )
    for name in args.data:
        for error in args.errors:
            runs = {spec: [] for spec in args.strategies}
            for seed in range(args.seeds):
                space, y = load(name, seed, args.rows)
                for spec in args.strategies:
                    oracle = LabelOracle(y, error=error, persistent=not args.fresh, seed=seed)
                    strategy = made(spec, space, y, seed, args.tiles)
                    runs[spec].append(play(strategy, oracle, y, args.budgets, args.batch, args.seconds))
                for spec, run in peers(args.peers, name.partition("=")[0], error, seed, y).items():
                    runs.setdefault(spec, []).append(run)
            unit = f"screens of {args.tiles}" if args.tiles else "judgements"
            title = f"**{name.partition('=')[0]}, {error:.0%} wrong, against {unit}**"
            for metric in args.metrics:
                lines += table(title, runs, args.budgets, metric)
            lines += summary(runs, args.budgets)
            print("\n".join(lines), flush=True)
            if args.out:
                args.out.parent.mkdir(parents=True, exist_ok=True)
                with args.out.open("a") as file:
                    file.write("\n".join(lines) + "\n")
            lines = []


if __name__ == "__main__":
    main()
