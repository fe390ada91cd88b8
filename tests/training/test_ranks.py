"""Two processes on one machine, joined by gloo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.training.cases import neighbors, weights

from likewise.training import TrainedRun

SCRIPT = """
import sys
from tests.training.cases import digits, neighbors, quick
import likewise as lw
import likewise.training
assert "lightning" not in sys.modules, "reading a run must not wait for Lightning"
quick(sys.argv[1], digits(labels=True), neighbors(), devices=2, method="moco", queue=24, batch_size=16, epochs=4,
      save_every=0.0, monitor=0.2, remine=2, remine_with=lambda space, epoch: lw.neighbors(space, k=2))
"""


@pytest.mark.slow
def test_two_ranks_train_one_run(tmp_path):
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root}
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    run = TrainedRun.load(tmp_path / "run")
    assert (run.finished, len(run.metrics())) == (True, 4)
    assert run.metrics()[-1]["knn"] > 0.1
    state = weights(run)
    assert len(state["method.queue.ids"].unique()) > 12  # of both ranks
    assert all(value.isfinite().all() for value in state.values() if torch.is_floating_point(value))
    assert run.graph.n < neighbors().n
