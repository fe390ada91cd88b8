"""How much the constants of the strategy matter: ARI with each of them halved and doubled, beside as it is.

python benchmarks/constants.py --out benchmarks/results/constants_cpu.md

The digits, with and without wrong answers, and the circles; the same seeds for every row. A probability is moved half
of the way to 0 or to 1 in place of being halved or doubled.
"""

import argparse
import importlib
import os
import platform
import re
import sys
from pathlib import Path

import numpy as np
from queries import circles, digits
from sklearn.metrics import adjusted_rand_score

from likewise.active import Guided, LabelOracle
from likewise.evaluation import Interval

ROOM = "likewise.active.strategies.guided."
CONSTANTS = {
    "affinity_graph": ["SCALE"],
    "propagation": ["STEPS", "STOP_RATES", "ALPHA", "NOISE"],
    "regression": ["FOLDS", "PENALTIES", "INTERCEPT"],
    "platt_calibration": ["WINDOW", "PRECISION", "MIN_SLOPE"],
    "posterior": ["MAX_LOG_ODDS", "NOVELTY_FLOOR"],
    "correlation_clustering": ["PRIOR_MAX"],
    "cluster_model": [
        "MIN_JOIN", "MAX_WRONG", "MAX_WRONG_SINGLE", "ALWAYS_JOIN", "ALWAYS_JOIN_SINGLE", "PROXY", "LEAVE",
        "PRIOR_STRENGTH", "REESTIMATE_EVERY", "SELECT_RATE_AFTER", "INITIAL_COMPONENTS", "MAX_NEW",
    ],
    "strategy": ["HORIZON", "FREE_DOUBT"],
}  # fmt: skip
CASES = {"digits": (digits, 0.0, 200), "digits, 10 % wrong": (digits, 0.1, 200), "circles": (circles, 0.0, 200)}


def modules():
    names = [path.stem for path in Path(importlib.import_module(ROOM[:-1]).__file__).parent.glob("*.py")]
    return {name: importlib.import_module(ROOM + name) for name in names if name != "__init__"}


def put(home, name, value):
    """Change a constant where it is defined and wherever it was imported from there."""
    setattr(importlib.import_module(ROOM + home), name, value)
    for module in modules().values():
        if re.search(rf"from {re.escape(ROOM)}{home} import [^\n]*\b{name}\b", Path(module.__file__).read_text()):
            setattr(module, name, value)


def moved(value):
    """A smaller and a larger value."""
    if isinstance(value, tuple) and max(value) > 1:
        return tuple(one / 2 for one in value), tuple(one * 2 for one in value)
    if isinstance(value, tuple):
        return tuple(one / 2 for one in value), tuple(one + (1 - one) / 2 for one in value)
    if isinstance(value, int):
        return max(1, value // 2), value * 2
    return value / 2, value * 2 if value * 2 < 1 or value >= 1 else value + (1 - value) / 2


def area(case, seed):
    """The mean ARI over the questions."""
    make, error, count = CASES[case]
    space, y = make(seed)
    strategy, oracle, found = Guided(space, seed=seed), LabelOracle(y, error=error, seed=seed), []
    for asked in range(1, count + 1):
        questions = strategy.next()
        if not questions:
            break
        strategy.tell([oracle.ask(question) for question in questions])
        if asked % 10 == 0:
            found.append(adjusted_rand_score(y, strategy.groups()))
    return float(np.mean(found + found[-1:] * (count // 10 - len(found))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", help="these constants")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    usual = {case: [area(case, seed) for seed in range(args.seeds)] for case in CASES}
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}; "
        f"seeds 0 to {args.seeds - 1}. Mean ARI over the first 200 questions, and its change where a constant is moved "
        "(± half a 95 % interval, paired by seed).\n",
        "| constant | " + " | ".join(CASES) + " |",
        "|---" * (len(CASES) + 1) + "|",
        "| as they are | " + " | ".join(f"{np.mean(usual[case]):.3f}" for case in CASES) + " |",
    ]
    print("\n".join(lines), flush=True)
    for home, names in CONSTANTS.items():
        for name in names:
            value = getattr(importlib.import_module(ROOM + home), name)
            for other in () if args.only and name not in args.only else moved(value):
                put(home, name, other)
                cells = []
                for case, before in usual.items():
                    change = [area(case, seed) - before[seed] for seed in range(args.seeds)]
                    cells.append(Interval.of(change).text())
                put(home, name, value)
                lines.append(f"| {home}.{name} {value} → {other} | " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    if args.out:
        args.out.write_text("# How much the constants of the strategy matter\n\n"
                            f"`python benchmarks/constants.py {' '.join(a for a in sys.argv[1:] if a not in ('--out', str(args.out)))}`\n\n"  # noqa: E501
                            + "\n".join(lines) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
