"""Runs killed by SIGKILL at random moments, each resumed to its end: are the weights those of a run never stopped?

    python benchmarks/kills.py [--kills 50] [--out FILE.md]

Digits, MoCo with a queue, momentum encoder, strong views, a graph mined anew every second epoch, saved after every
step. Each trial starts a process, kills it after a random share of the time that an undisturbed one takes from its
first file to its end, and resumes it; the weights of everything (encoder, heads, momentum encoder, queue) must be equal
to the bit. Where the process was: at its first step, between two steps, or in the middle of writing a checkpoint.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch
from machine import machine

SCRIPT = """
import sys
import numpy as np
import torch
from sklearn.datasets import load_digits
import likewise as lw
torch.set_num_threads(1)
x = load_digits().images[:600].astype(np.float32) / 16
print("imported", flush=True)
lw.fit(lw.open(x), lw.neighbors(x.reshape(600, -1), k=4), method="moco", queue=128, encoder="conv3", width=8,
       views="strong", batch_size=64, epochs=6, remine=2, remine_with=lambda space, epoch: lw.neighbors(space, k=3),
       save_every=0.0, out=sys.argv[1], resume=True, quiet=True)
"""


def start(folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode")}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "imported\n"
    return process


def began_at(folder: Path, process: subprocess.Popen[str]) -> float:
    """The moment when the folder of the run has its first file."""
    while process.poll() is None and not (folder / "run.json").exists():
        time.sleep(0.002)
    return time.monotonic()


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from likewise.training import TrainedRun

    path = folder / f"checkpoint-{TrainedRun.load(folder).record['steps_done']}.pt"
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["method"]
    return state


def steps_done(folder: Path) -> str:
    from likewise.training import TrainedRun

    steps = TrainedRun.load(folder).record["steps_done"]
    left = [path for path in folder.iterdir() if path.name.startswith(".") or path.name == f"checkpoint-{steps + 1}.pt"]
    return "while writing" if left else "at step 0" if steps == 0 else "between steps"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    moments, equal, where = random.Random(arguments.seed), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as home:
        process = start(Path(home) / "whole")
        began = began_at(Path(home) / "whole", process)
        assert process.wait() == 0
        took, expected = time.monotonic() - began, weights(Path(home) / "whole")
        for trial in range(arguments.kills):
            folder = Path(home) / str(trial)
            process = start(folder)
            began_at(folder, process)
            time.sleep(moments.random() * took)
            process.kill()
            if process.wait() == 0:
                where["after its end"] += 1
            else:
                where[steps_done(folder)] += 1
            assert start(folder).wait() == 0
            found = weights(folder)
            same = found.keys() == expected.keys() and all(torch.equal(found[n], v) for n, v in expected.items())
            equal += same
            print(f"kill {trial + 1}: {'equal' if same else 'DIFFERENT'}", file=sys.stderr, flush=True)
    options = f"--kills {arguments.kills} --seed {arguments.seed}"
    lines = [
        "# Runs killed at random moments",
        "",
        *machine(),
        f"- command: `python benchmarks/kills.py {options}`",
        "",
    ]
    lines += ["| | |", "|---|---|", f"| kills | {arguments.kills} |", f"| resumed to equal weights | {equal} |"]
    lines += [f"| killed {name} | {count} |" for name, count in sorted(where.items())]
    print("\n".join(lines))
    if arguments.out is not None:
        arguments.out.write_text("\n".join(lines) + "\n")
    sys.exit(equal < arguments.kills)


if __name__ == "__main__":
    main()
