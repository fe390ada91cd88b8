"""How long a person waits for the next question: milliseconds of next() and of tell(), early and late.

OMP_NUM_THREADS=1 python benchmarks/next_question.py --out benchmarks/results/next_question_cpu.md
"""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import scipy
import torch

from likewise.active import Guided, LabelOracle
from likewise.space import Space

AT = (100, 500, 1000, 2000, 3000)
SPAN = 100


def samples(n, classes, seed):
    """Classes of unequal size in 64 dimensions that overlap, so that questions stay worth asking."""
    random = np.random.default_rng(seed)
    share = random.dirichlet(np.full(classes, 2.0))
    y = random.choice(classes, n, p=share)
    centers = random.standard_normal((classes, 64)) * 0.8
    return Space((centers[y] + random.standard_normal((n, 64))).astype(np.float32), "euclidean"), y


def waits(strategy, oracle, questions):
    """Seconds of next() and of tell() for each question ``[2, questions]``."""
    found = np.zeros((2, questions))
    for i in range(questions):
        started = time.perf_counter()
        asked = strategy.next(1)
        found[0, i] = time.perf_counter() - started
        answers = [oracle.ask(question) for question in asked]
        started = time.perf_counter()
        strategy.tell(answers)
        found[1, i] = time.perf_counter() - started
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=150)
    parser.add_argument("--error", type=float, default=0.05)
    parser.add_argument("--at", nargs="+", type=int, default=AT, help="after so many answers")
    parser.add_argument("--tiles", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    space, y = samples(args.n, args.classes, args.seed)
    started = time.perf_counter()
    strategy = Guided(space, seed=args.seed, tiles=args.tiles)
    build = time.perf_counter() - started
    oracle = LabelOracle(y, error=args.error, seed=args.seed)
    lines = [
        "| after answers | components | next: median | 95 % | longest | tell: median | 95 % | longest |",
        "|---" * 8 + "|",
    ]
    spent = 0
    for at in args.at:
        while spent < at - SPAN:
            answers = [oracle.ask(question) for question in strategy.next(min(10, at - SPAN - spent))]
            strategy.tell(answers)
            spent += len(answers)
        found = 1e3 * waits(strategy, oracle, SPAN)
        spent += SPAN
        cells = [f"{value:.0f}" for row in found for value in (np.median(row), np.quantile(row, 0.95), row.max())]
        lines.append(f"| {spent:,} | {strategy.model.propagation.count} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    said = [word for word in sys.argv[1:] if word not in ("--out", str(args.out))]
    text = (
        f"\n## {args.n:,} samples, {args.classes} classes\n\n"
        f"`OMP_NUM_THREADS=1 python benchmarks/next_question.py {' '.join(said)}`\n\n"
        f"{platform.machine()}, one of {os.cpu_count()} cores shared with other work, Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, torch {torch.__version__}; "
        f"seed {args.seed}, {args.error:.0%} wrong answers. {strategy.model.affinities.m:,} nodes, made in "
        f"{build:.0f} s. Milliseconds over the last {SPAN} questions, one at a time.\n\n" + "\n".join(lines) + "\n"
    )
    print(text)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        with args.out.open("a") as file:
            file.write(text)


if __name__ == "__main__":
    main()
