"""COBRAS as published (cobras_ts 0.1.3), on the embeddings that queries.py wrote; it needs an environment of its own.

uv venv --python 3.11 cobras
uv pip install --python cobras/bin/python "numpy<1.24" "scikit-learn<1.4" cobras_ts==0.1.3
python benchmarks/queries.py --data digits --export peer
cobras/bin/python benchmarks/cobras_peer.py peer/digits_*.npz
python benchmarks/queries.py --data digits --peers peer/digits_*.json
"""

import argparse
import contextlib
import json
import sys
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
from peer_answers import Over, PeerAnswers

for page in ("visualquerier", "visualquerier_images"):  # they need four packages that nothing here does
    sys.modules[f"cobras_ts.querier.{page}"] = MagicMock()
from cobras_ts.cobras_kmeans import COBRAS_kmeans  # noqa: E402
from cobras_ts.querier.querier import Querier  # noqa: E402


class Labels(Querier):
    """Its way to ask."""

    def __init__(self, *options):
        super().__init__()
        self.answers = PeerAnswers(*options)

    def query_points(self, a, b):
        return self.answers.alike(a, b)


def played(file, error, budgets, seconds):
    """The groups at each budget that was reached in time, as queries.py reads them."""
    with np.load(file) as arrays:
        x, y, seed = arrays["x"], arrays["y"], int(arrays["seed"])
    np.random.seed(seed)  # noqa: NPY002 (its k-means draws from the global state)
    model = COBRAS_kmeans(x, Labels(y, error, seed, max(budgets), seconds), max(budgets) + 1)
    with contextlib.suppress(Over):
        model.cluster()
    asked = len(model.ml) + len(model.cl)
    last, groups = np.zeros(len(y), int), {}
    states = {at: labels for labels, _, at in model.intermediate_results if labels is not None}
    for at in range(asked + 1):
        last = states.get(at, last)
        if at in budgets:
            groups[at] = np.asarray(last).astype(int).tolist()
    return {"name": "cobras_ts 0.1.3", "error": error, "seed": seed, "asked": asked, "groups": groups}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--errors", nargs="+", type=float, default=[0.0, 0.05, 0.1])
    parser.add_argument("--budgets", nargs="+", type=int, default=[25, 50, 100, 150, 200, 400, 800])
    parser.add_argument("--seconds", type=float, default=60.0, help="the most that one run may take")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of numpy and scikit-learn, which it was not written for
    for file in args.files:
        runs = [played(file, error, set(args.budgets), args.seconds) for error in args.errors]
        file.with_suffix(".json").write_text(json.dumps(runs))
        print(file.name, [(run["error"], run["asked"]) for run in runs], flush=True)


if __name__ == "__main__":
    main()
