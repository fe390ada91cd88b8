"""Signals reach the workers that read samples, too; nothing of it shows, and nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.training.cases import IMAGES, equal, quick

import likewise as lw
from likewise.training import TrainedRun

ROOT = str(Path(__file__).parents[2])
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.training.cases import quick
import likewise as lw
samples = lw.open("x.npy", resident=False)
quick("run", samples, workers=2, epochs=400, save_every=0.0, quiet=False, minutes=5)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_a_signal_to_the_whole_group_shows_no_traceback_of_workers(number, code, tmp_path):
    np.save(tmp_path / "x.npy", (IMAGES * 255).astype(np.uint8))
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": ROOT}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    record = tmp_path / "run" / "run.json"
    while process.poll() is None and not (record.is_file() and json.loads(record.read_text())["steps_done"] >= 5):
        time.sleep(0.05)
    os.killpg(process.pid, number)
    _, said = process.communicate()
    assert process.returncode == code, said
    traces = said.count("Traceback")
    assert traces == (number == signal.SIGINT), said  # Python's own, of the KeyboardInterrupt that a script gets
    assert "Process" not in said.replace("ProcessGroup", "")
    assert "is saved in run; resume goes on from there" in said
    done = TrainedRun.load(tmp_path / "run").record["steps_done"]
    samples = lw.open(tmp_path / "x.npy", resident=False)
    options = {"epochs": 400, "minutes": 0}
    resumed = quick(tmp_path / "run", samples, workers=0, resume=True, **options)
    assert resumed.record["steps_done"] == done + 1


def test_workers_end_with_an_epoch_that_was_left(tmp_path):
    np.save(tmp_path / "x.npy", (IMAGES * 255).astype(np.uint8))
    samples = lw.open(tmp_path / "x.npy", resident=False)
    part = quick(tmp_path / "part", samples, workers=2, minutes=0)
    whole = quick(tmp_path / "whole", samples, workers=0)
    assert equal(quick(part.path, samples, workers=1, resume=True), whole)
