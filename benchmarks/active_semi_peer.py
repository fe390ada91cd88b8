"""active-semi-supervised-clustering 0.0.1, on the embeddings that queries.py wrote; in an environment of its own.

uv venv --python 3.11 active
uv pip install --python active/bin/python active-semi-supervised-clustering
python benchmarks/queries.py --data digits --export peer
active/bin/python benchmarks/active_semi_peer.py peer/digits_*.npz
python benchmarks/queries.py --data digits --peers peer/digits_*.active.json

Its learners ask, and PCKMeans groups by their constraints; all are told the true number of classes. A learner is
run anew for every budget, for it keeps nothing in between; constraints that contradict each other end it.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
from active_semi_clustering.active.pairwise_constraints import NPU, ExploreConsolidate, MinMax
from active_semi_clustering.active.pairwise_constraints.example_oracle import MaximumQueriesExceeded
from active_semi_clustering.exceptions import EmptyClustersException, InconsistentConstraintsException
from active_semi_clustering.semi_supervised.pairwise_constraints import PCKMeans
from peer_answers import Over, PeerAnswers

LEARNERS = {
    "explore": lambda k: ExploreConsolidate(n_clusters=k),
    "min-max": lambda k: MinMax(n_clusters=k),
    "npu": lambda k: NPU(clusterer=PCKMeans(n_clusters=k, max_iter=10)),
}


class Oracle:
    """Its way to ask; it stops a learner by an exception of its own."""

    def __init__(self, *options):
        self.answers, self.late = PeerAnswers(*options), False
        self.max_queries_cnt = self.answers.budget

    def query(self, a, b):
        try:
            return self.answers.alike(a, b)
        except Over:
            self.late = self.answers.asked < self.answers.budget
            raise MaximumQueriesExceeded from None


def grouped(learner, arrays, error, budget, seconds):
    """(groups, questions asked) after so many questions; None where it does not finish."""
    x, y, seed = arrays["x"], arrays["y"], int(arrays["seed"])
    np.random.seed(seed)  # noqa: NPY002 (all of it draws from the global state)
    oracle, k = Oracle(y, error, seed, budget, seconds), len(np.unique(y))
    try:
        active = LEARNERS[learner](k)
        active.fit(x, oracle=oracle)
        model = PCKMeans(n_clusters=k, max_iter=20)
        model.fit(x, ml=active.pairwise_constraints_[0], cl=active.pairwise_constraints_[1])
    except (EmptyClustersException, InconsistentConstraintsException):
        return None
    return None if oracle.late else (np.asarray(model.labels_).astype(int).tolist(), oracle.answers.asked)


def played(file, learner, error, budgets, seconds):
    """The groups at each budget where it finished, as queries.py reads them."""
    with np.load(file) as arrays:
        found = {budget: grouped(learner, arrays, error, budget, seconds) for budget in budgets}
        seed = int(arrays["seed"])
    groups = {budget: one[0] for budget, one in found.items() if one is not None}
    asked = max((one[1] for one in found.values() if one is not None), default=0)
    return {"name": f"{learner} + PCKMeans", "error": error, "seed": seed, "asked": asked, "groups": groups}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=LEARNERS)
    parser.add_argument("--errors", nargs="+", type=float, default=[0.0, 0.1])
    parser.add_argument("--budgets", nargs="+", type=int, default=[50, 100, 200])
    parser.add_argument("--seconds", type=float, default=120.0, help="the most that one run may take")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of numpy and scikit-learn, which it was not written for
    for file in args.files:
        runs = [played(file, name, e, args.budgets, args.seconds) for name in args.learners for e in args.errors]
        file.with_suffix(".active.json").write_text(json.dumps(runs))
        print(file.name, [(run["name"], run["error"], sorted(run["groups"])) for run in runs], flush=True)


if __name__ == "__main__":
    main()
