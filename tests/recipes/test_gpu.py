"""The GPU script at a size for a CPU: the day a GPU is there, it has run before."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "recipes" / "gpu" / "run.py"


def test_all_three_parts_run_and_leave_their_tables(tmp_path):
    command = [sys.executable, str(SCRIPT), "a", "b", "c", "--smoke", "--epochs", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    checks, steps, schedules = ((tmp_path / f"{part}.md").read_text() for part in "abc")
    assert "0 of 9 checks failed" in checks, checks
    assert "| fit, five neighbours |" in steps
    assert "| GPS, five neighbours | 1 |" in schedules
    assert (tmp_path / "profile.txt").stat().st_size > 0
