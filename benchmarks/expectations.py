"""How far the strategy's expectations can be trusted: expected purity and coverage beside the true ones.

python benchmarks/expectations.py --data digits --budgets 25 50 100 200 400
python benchmarks/expectations.py --data cifar10=rows.npy:labels.npz:train --rows 10000 --seeds 1 --batch 10

Data are named as for queries.py. "Right" is the share of samples whose group is mostly of their class, of those that
nobody was asked about: the unsurest sixth, and the surest half, each beside the mean chance that the strategy gave.
"""

import argparse
import os
import platform

import numpy as np
from queries import load, quality

from likewise.active import Guided, LabelOracle
from likewise.evaluation import Interval

COLUMNS = ("ARI", "purity", "expected", "coverage", "expected", "unsurest: right", "chance", "surest: right", "chance")


def row(strategy, y):
    """The columns of one state of the strategy."""
    groups = strategy.groups()
    membership, (purity, coverage) = strategy.membership(groups), strategy.quality(groups)
    table = np.zeros((groups.max() + 1, y.max() + 1))
    np.add.at(table, (groups, y), 1)
    right = table.argmax(1)[groups] == y
    unasked = np.flatnonzero(strategy.model.shown == 0)
    order = unasked[np.argsort(membership[unasked], kind="stable")]
    unsure, sure = order[: len(order) // 6], order[len(order) // 2 :]
    ari, _, true_purity, true_coverage = quality(y, groups)
    ends = [value for end in (unsure, sure) for value in (right[end].mean(), membership[end].mean())]
    return [ari, true_purity, purity, true_coverage, coverage, *ends]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--budgets", nargs="+", type=int, default=[25, 50, 100, 200, 400])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--errors", nargs="+", type=float, default=[0.0, 0.1])
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1)
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}; "
        f"means and 95 % intervals over seeds 0 to {args.seeds - 1}"
    )
    for error in args.errors:
        found = {budget: [] for budget in args.budgets}
        for seed in range(args.seeds):
            space, y = load(args.data, seed, args.rows)
            strategy, oracle = Guided(space, seed=seed), LabelOracle(y, error=error, seed=seed)
            spent = 0
            for budget in args.budgets:
                while spent < budget:
                    questions = strategy.next(min(args.batch, budget - spent))
                    strategy.tell([oracle.ask(question) for question in questions])
                    spent += len(questions)
                found[budget].append(row(strategy, y))
        print(f"\n**{args.data.partition('=')[0]}, {error:.0%} wrong**\n")
        print("| answers | " + " | ".join(COLUMNS) + " |\n" + "|---" * (len(COLUMNS) + 1) + "|")
        for budget, rows in found.items():
            cells = [Interval.of(list(column)).text() for column in zip(*rows, strict=True)]
            print(f"| {budget:,} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
