"""Part b: the step of ResNet-18 with the CIFAR stem at batch 512 in bf16, bare and within ``fit``.

One forward and backward pass over two views of 512 images takes 3.42 TFLOP (counted on a CPU); the pace is that in
TFLOP/s. "bare" is the network, NT-Xent and the optimizer on ready-made batches; "bare and views" makes weak views, too.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

import likewise as lw
from likewise.losses import contrastive
from likewise.methods import build_encoder, build_method
from likewise.relation import Relation
from likewise.training import Settings
from likewise.training.optimizers import build_optimizer

TFLOP = 3.42
BATCH = 512


class Bare:
    """The loop that one would write by hand."""

    def __init__(self, samples: lw.Samples, encoder: str, batch: int, device: torch.device, mode: str | None):
        net, spec = build_encoder(encoder, samples.shape)
        method = build_method("simclr", net, spec.features, len(samples)).to(device)
        self.method = method.to(memory_format=torch.channels_last)
        self.optimizer = build_optimizer(self.method.trainable(), Settings(batch_size=batch))
        if mode is not None:
            self.method.encoder = torch.compile(self.method.encoder, mode=mode)  # type: ignore[assignment]
        self.images, self.views = samples.storage.to(device), lw.make_views("weak", samples)
        self.relation, self.batch, self.device = Relation.instances(2, batch, device=device), batch, device
        self.ready = self.made()

    def made(self) -> list[torch.Tensor]:
        ids = torch.randint(len(self.images), (self.batch,), device=self.device)
        views = [self.views(self.images[ids], number) for number in range(2)]
        return [view.contiguous(memory_format=torch.channels_last) for view in views]

    def step(self, *, views: bool) -> None:
        batch = self.made() if views else self.ready
        half = torch.autocast(self.device.type, torch.bfloat16)
        with half if self.device.type == "cuda" else contextlib.nullcontext():
            loss = contrastive(self.method(batch)[0], None, self.relation)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def pace(work: Any, device: torch.device, seconds: float) -> float:
    """Milliseconds a call, after three calls that warm up."""
    for _ in range(3):
        work()
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    wait()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(5):
            work()
        wait()
        count += 5
    return 1e3 * (time.perf_counter() - began) / count


class Clock:
    """A callback: milliseconds a step, without the first ten (of a short run, its first half)."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.times, self.steps = device, [0.0, 0.0], 1

    def on_step(self, state: lw.training.TrainingState) -> None:
        first = min(10, state.steps // 2)
        if state.step in (first, state.steps):
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            self.times[state.step == state.steps] = time.perf_counter()
            self.steps = state.steps - first

    @property
    def milliseconds(self) -> float:
        return 1e3 * (self.times[1] - self.times[0]) / self.steps


def within_fit(samples: lw.Samples, encoder: Any, batch: int, graph: lw.SimilarityGraph | None, device: torch.device):
    clock = Clock(device)
    with tempfile.TemporaryDirectory() as folder:
        options = {"views": "weak", "batch_size": batch, "epochs": 1, "monitor": False, "quiet": True}
        lw.fit(samples, graph, encoder=encoder, out=f"{folder}/run", callbacks=[clock], **options)
    return clock.milliseconds


def run(samples: lw.Samples, graph: lw.SimilarityGraph, device: torch.device, out: Path, *, smoke: bool) -> list[str]:
    """The table, as Markdown lines; a profile of five steps stands beside it."""
    encoder, batch, seconds = ("conv3", 64, 0.5) if smoke else ("resnet18", BATCH, 8.0)
    modes = (None,) if smoke else (None, "default", "reduce-overhead")
    torch.backends.cudnn.benchmark = True
    lines = ["| step | ms | TFLOP/s | of the bare eager step |", "|---|---|---|---|"]
    first = None

    def add(name: str, milliseconds: float) -> None:
        nonlocal first
        first = first or milliseconds
        speed = "" if smoke else f"{TFLOP / milliseconds * 1e3:.0f}"
        lines.append(f"| {name} | {milliseconds:.2f} | {speed} | {first / milliseconds:.2f} |")
        print(lines[-1], flush=True)

    for mode in modes:
        bare, name = Bare(samples, encoder, batch, device, mode), "eager" if mode is None else f"compiled, {mode}"
        add(f"bare, {name}", pace(lambda bare=bare: bare.step(views=False), device, seconds))
        add(f"bare and views, {name}", pace(lambda bare=bare: bare.step(views=True), device, seconds))
    add("fit, no graph", within_fit(samples, encoder, batch, None, device))
    add("fit, five neighbours", within_fit(samples, encoder, batch, graph, device))
    if not smoke:
        net: nn.Module = torch.compile(build_encoder(encoder, samples.shape)[0])  # type: ignore[assignment]
        add("fit, five neighbours, compiled", within_fit(samples, net, batch, graph, device))
    profile(Bare(samples, encoder, batch, device, None), out / "profile.txt")
    return lines


def profile(bare: Bare, file: Path) -> None:
    kinds = [torch.profiler.ProfilerActivity.CPU]
    kinds += [torch.profiler.ProfilerActivity.CUDA] if bare.device.type == "cuda" else []
    with torch.profiler.profile(activities=kinds) as found:
        for _ in range(5):
            bare.step(views=True)
    order = "cuda_time_total" if bare.device.type == "cuda" else "cpu_time_total"
    file.write_text(found.key_averages().table(sort_by=order, row_limit=40))
