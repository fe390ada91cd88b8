"""How long from the call of ``fit`` to its first step, beside a plain PyTorch loop's own first step, in CPU seconds.

    python benchmarks/first_step.py [--repeats 5] [--out FILE.md]

Both train a ResNet-18 of timm with the stem for small images on 256 random 32 x 32 images, 32 anchors in two views a
batch, SGD, float32, one thread, each in a process of its own; they take turns. Counted is from after ``import torch``
(``import likewise`` is counted) to the end of the first step of the optimizer. ``fit`` also opens the samples, makes a
graph, views and normalisation, writes the run's folder and a first checkpoint. Bytecode is cached, as it is from the
second start of any installation on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from machine import machine, spread

HEAD = """
import time
import torch
import numpy as np
began, pixels = time.process_time(), np.random.default_rng(0).integers(0, 256, (256, 32, 32, 3), dtype=np.uint8)
"""
PLAIN = """
import timm
body = timm.create_model("resnet18", num_classes=0)
body.conv1, body.maxpool = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False), torch.nn.Identity()
net = torch.nn.Sequential(body, torch.nn.Linear(512, 128))
optimizer = torch.optim.SGD(net.parameters(), lr=0.06, momentum=0.9)
batch = torch.from_numpy(pixels[:32]).movedim(3, 1).float() / 255
q = net(torch.cat([batch, batch.flip(3)]))
loss = torch.nn.functional.cross_entropy(q @ q.T, torch.arange(64).roll(32))
loss.backward()
optimizer.step()
print(time.process_time() - began)
"""
FIT = """
import sys
import likewise as lw
class First:
    def on_step(self, state):
        print(time.process_time() - began)
        state.stop()
lw.fit(lw.open(pixels), encoder="resnet18", batch_size=32, epochs=1, out=sys.argv[1],
       callbacks=[First()], precision="float32", quiet=True)
"""


def run(script: str, folder: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    with tempfile.TemporaryDirectory(dir=folder) as out:
        command = [sys.executable, "-c", HEAD + script, f"{out}/run"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = ["# The first step", "", *machine(("likewise", "torch", "timm", "accelerate"))]
    lines += [f"- command: `python benchmarks/first_step.py --repeats {arguments.repeats}`", ""]
    with tempfile.TemporaryDirectory() as folder:
        for script in (PLAIN, FIT):
            run(script, Path(folder))  # writes the bytecode
        rows = [(run(PLAIN, Path(folder)), run(FIT, Path(folder))) for _ in range(arguments.repeats)]
    lines += ["| CPU seconds to the end of the first step | median (least to most) |", "|---|---|"]
    lines += [f"| plain PyTorch | {spread([plain for plain, _ in rows], '.2f')} |"]
    lines += [f"| fit | {spread([fit for _, fit in rows], '.2f')} |"]
    lines += [f"| fit, more than plain | {spread([fit - plain for plain, fit in rows], '.2f')} |"]
    print("\n".join(lines))
    if arguments.out is not None:
        arguments.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
