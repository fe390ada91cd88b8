"""The recipe on series runs in its shortest form, on made-up series."""

import subprocess
import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).parents[2] / "recipes" / "series_ucr.py"


def test_the_shortest_form_prints_and_writes_its_table(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in (("train", 16), ("test", 10)):
        y = np.arange(n) % 2
        wave = np.sin(np.arange(40) * (0.3 + 0.4 * y[:, None]) + rng.uniform(0, 6, (n, 1)))
        arrays |= {f"Gun_Point_{part}_x": wave.astype(np.float32), f"Gun_Point_{part}_y": y}
    np.savez(tmp_path / "ucr.npz", **arrays)
    command = [sys.executable, str(FILE), str(tmp_path), "--smoke", "--out", str(tmp_path / "table.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "table.md").read_text()
    assert "Gun_Point: 16 and 10 series of 40 steps" in written
    rows = [line.split("|")[1].strip() for line in written.splitlines() if line.startswith("| ")]
    assert rows[2:] == [
        "prior: pixels",
        "prior: spectrum",
        "no graph",
        "GPS",
        "20 answers",
        "100 answers",
        "all labels",
    ]
    assert "GPS: purity" in done.stdout
