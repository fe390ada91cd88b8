"""What every table of a benchmark says of where it was measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import torch

from likewise.training import Settings
from likewise.training.devices import true_precision


def machine(packages: Sequence[str] = ("likewise", "torch", "accelerate")) -> list[str]:
    """Lines on the machine and the versions."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else processor()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"- machine: {device}, {os.cpu_count()} cores, threads: {torch.get_num_threads()}; load average before: {load}",
        f"- versions: Python {platform.python_version()}, {versions}",
    ]


def processor() -> str:
    """The processor's name, and whether it has instructions for bfloat16."""
    try:
        names = [
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ]
    except OSError:
        names = []
    bf16 = " with bfloat16 instructions" if true_precision(Settings()) == "bf16" else ""
    return (names[0] if names else platform.machine()) + bf16


def spread(values: Sequence[float], form: str) -> str:
    """Median (least to most)."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"
