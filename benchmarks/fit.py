"""``fit`` against the bare step: a hand-written loop over the same images, network, precision, loss and optimizer.

    python benchmarks/fit.py [--cases digits cifar resnet] [--repeats 5] [--threads 1] [--epochs N] [--out FILE.md]

Cases: "digits", the demo's encoder (conv3, 8 x 8 pixels, batch 256, flips); "cifar", conv4 on random 32 x 32 colour
images (batch 256, strong views); "resnet", ResNet-18 with the CIFAR stem in bf16 (batch 512, strong views, a GPU).

The bare loop keeps the images on the device as bytes, takes a permutation an epoch, makes the same views, and runs
the same network, NT-Xent, backward pass and SGD; it knows no graph, schedule, hook, measurement or checkpoint. Views
are thus counted on both sides; "without views" is the bare loop on ready-made batches, the network's own time. fit
trains on a graph of five neighbours and is counted in two ways: its pace within epochs, and the whole call with
set-up, measuring and saving. Bare and fit take turns, so that a busy machine slows both; each ratio is of neighbours
in time, and CPU seconds stand beside wall time because they suffer least from others.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from machine import machine, spread

import likewise as lw
from likewise.losses import contrastive
from likewise.methods import build_encoder, build_method
from likewise.relation import Relation
from likewise.training import Settings, train
from likewise.training.devices import true_precision
from likewise.training.optimizers import build_optimizer

SEED = 0


@dataclass(frozen=True)
class Case:
    encoder: str
    views: str
    batch_size: int
    n: int
    epochs: int
    shape: tuple[int, ...] = (3, 32, 32)
    gpu: bool = False

    def samples(self) -> lw.Samples:
        random = np.random.default_rng(SEED)
        if self.encoder == "conv3":
            from sklearn.datasets import load_digits

            return lw.open((load_digits().images / 16).astype(np.float32))
        return lw.open(random.integers(0, 256, (self.n, *self.shape), dtype=np.uint8))


CASES = {
    "digits": Case("conv3", "weak", 256, 1797, 30, (1, 8, 8)),
    "cifar": Case("conv4", "strong", 256, 1024, 12),
    "resnet": Case("resnet18", "strong", 512, 50_000, 2, gpu=True),
}


@dataclass(frozen=True)
class Time:
    """Wall and CPU seconds for so many images."""

    wall: float
    cpu: float
    images: int

    @property
    def pace(self) -> float:
        return self.images / self.wall


class Bare:
    """The loop that one would write by hand."""

    def __init__(self, case: Case, samples: lw.Samples, settings: Settings, device: torch.device):
        self.case, self.device = case, device
        torch.manual_seed(SEED)
        net, spec = build_encoder(case.encoder, samples.shape)
        self.method = build_method("simclr", net, spec.features, len(samples)).to(device)
        self.method.to(memory_format=torch.channels_last)
        self.images = samples.storage.to(device)
        self.views = lw.make_views(case.views, samples)
        self.relation = Relation.instances(2, case.batch_size, device=device)
        self.optimizer = build_optimizer(self.method.trainable(), settings)
        self.half = true_precision(settings) == "bf16"
        self.ready = None

    def step(self, ids: torch.Tensor, *, views: bool) -> None:
        if views or self.ready is None:
            changed = [self.views(self.images[ids], number) for number in range(2)]
            self.ready = [view.contiguous(memory_format=torch.channels_last) for view in changed]
        with torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext():
            q, _ = self.method(self.ready)
            loss = contrastive(q, None, self.relation)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def run(self, epochs: int, *, views: bool = True) -> Time:
        size, images = self.case.batch_size, 0

        def work() -> None:
            nonlocal images
            for _ in range(epochs):
                order = torch.randperm(len(self.images), device=self.device)
                for ids in order.split(size)[: len(self.images) // size]:
                    self.step(ids, views=views)
                    images += 2 * len(ids)
            if self.device.type == "cuda":
                torch.cuda.synchronize()

        wall, cpu = timed(work)
        return Time(wall, cpu, images)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def fit(case: Case, samples: lw.Samples, graph: lw.SimilarityGraph, epochs: int) -> tuple[Time, Time, float]:
    """The whole call, the time within its epochs (wall alone), and the share spent waiting."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        options = {"encoder": case.encoder, "views": case.views, "batch_size": case.batch_size, "epochs": epochs}
        wall, cpu = timed(lambda: found.append(train(samples, graph, out=f"{folder}/run", quiet=True, **options)))
        rows = found[0].metrics()
    images = epochs * 2 * case.batch_size * (len(samples) // case.batch_size)
    inside = sum(images / epochs / row["images_per_second"] for row in rows)
    waiting = statistics.mean(row["waiting"] for row in rows)
    return Time(wall, cpu, images), Time(inside, 0.0, images), waiting


def measure(name: str, case: Case, repeats: int, epochs: int | None) -> list[str]:
    samples, device = case.samples(), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pixels = samples.storage.flatten(1).float()
    graph = lw.neighbors(pixels, k=5)
    settings = Settings(batch_size=case.batch_size, lr=1e-3)
    epochs, bare = epochs or case.epochs, Bare(case, samples, settings, device)
    bare.run(1), fit(case, samples, graph, 1)  # everything is warm
    rows = []
    for _ in range(repeats):
        network, plain = bare.run(epochs, views=False), bare.run(epochs)
        whole, inside, waiting = fit(case, samples, graph, epochs)
        again = bare.run(epochs)
        rows.append(
            (
                network,
                Time((plain.wall + again.wall) / 2, (plain.cpu + again.cpu) / 2, plain.images),
                whole,
                inside,
                waiting,
            )
        )
    facts = {
        "pace of fit / bare": spread([i.pace / b.pace for _, b, _, i, _ in rows], ".2f"),
        "whole call / bare": spread([w.pace / b.pace for _, b, w, _, _ in rows], ".2f"),
        "whole call / bare, CPU seconds": spread([b.cpu / w.cpu for _, b, w, _, _ in rows], ".2f"),
        "pace of fit / bare without views": spread([i.pace / n.pace for n, _, _, i, _ in rows], ".2f"),
        "bare, images/s": spread([b.pace for _, b, _, _, _ in rows], ",.0f"),
        "fit, images/s": spread([i.pace for _, _, _, i, _ in rows], ",.0f"),
        "share of fit waiting": spread([waiting for *_, waiting in rows], ".2%"),
    }
    head = f"### {name}: {case.encoder}, {case.views} views, batch {case.batch_size}, {true_precision(settings)}"
    head += f", {epochs} epochs of {len(samples)} samples, {repeats} repeats"
    return [head, "", "| | median (least to most) |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items()), ""]


def head(arguments: argparse.Namespace) -> list[str]:
    options = " ".join(
        f"--{name} {value}" for name, value in (("repeats", arguments.repeats), ("threads", arguments.threads))
    )
    return [
        "# fit against the bare step",
        "",
        *machine(),
        f"- command: `python benchmarks/fit.py --cases {' '.join(arguments.cases)} {options}`; seed {SEED}",
        "- ratios above 1 are faster than bare; views are counted on both sides unless said otherwise",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=["digits", "cifar"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lines = head(arguments)
    print("\n".join(lines), flush=True)
    for name in arguments.cases:
        if CASES[name].gpu and not torch.cuda.is_available():
            part = [f"### {name}: no GPU here", ""]
        else:
            part = measure(name, CASES[name], arguments.repeats, arguments.epochs)
        print("\n".join(part), flush=True)
        lines += part
    if arguments.out is not None:
        arguments.out.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
