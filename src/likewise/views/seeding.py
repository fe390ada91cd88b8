"""Global randomness as a function of a generator, for code that takes none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded(generator: torch.Generator | None, device: torch.device) -> Iterator[int | None]:
    """Seed the global generators of torch (CPU and this device), numpy and Python; restore them afterwards.

    Args:
        generator: its next number is the seed, which is yielded; None leaves everything as it is.
        device: where random numbers are drawn beside the CPU.
    """
    if generator is None:
        yield None
        return
    seed = int(torch.randint(2**31 - 1, (), generator=generator, device=generator.device))
    torches = _global_generators(device)
    states = [each.get_state() for each in torches]
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  # what others use is what is seeded
    try:
        for each in torches:
            each.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        yield seed
    finally:
        for each, state in zip(torches, states, strict=True):
            each.set_state(state)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def _global_generators(device: torch.device) -> list[torch.Generator]:
    """Torch's generators of the CPU and of a device."""
    found = [torch.default_generator]
    if device.type in ("cuda", "xpu"):
        module = getattr(torch, device.type)
        index = module.current_device() if device.index is None else device.index
        found.append(module.default_generators[index])
    elif device.type == "mps":
        found.append(torch.mps._get_default_mps_generator())
    return found
