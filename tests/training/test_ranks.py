"""Two processes on one machine, joined by gloo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.training.cases import neighbors, weights

from likewise.training import TrainedRun

ROOT = str(Path(__file__).parents[2])
SCRIPT = """
import sys
from tests.training.cases import digits, neighbors, quick
import likewise as lw
quick(sys.argv[1], digits(labels=True), neighbors(), devices=2, method="moco", queue=24, batch_size=16, epochs=4,
      save_every=0.0, monitor=0.2, remine=2, remine_with=lambda space, epoch: lw.neighbors(space, k=2))
"""


def start(tmp_path, script, *arguments):
    path = os.pathsep.join([ROOT, os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    (tmp_path / "script.py").write_text(script)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*launcher, str(tmp_path / "script.py"), *arguments]
    return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)


@pytest.mark.slow
def test_two_ranks_train_one_run(tmp_path):
    done = start(tmp_path, SCRIPT, str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    run = TrainedRun.load(tmp_path / "run")
    assert (run.finished, len(run.metrics())) == (True, 4)
    assert run.metrics()[-1]["knn"] > 0.1
    state = weights(run)
    assert len(state["queue.ids"].unique()) > 12  # of both ranks
    assert all(value.isfinite().all() for value in state.values() if torch.is_floating_point(value))
    assert run.graph.n < neighbors().n
