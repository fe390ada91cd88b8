"""Random numbers as a function of (seed, epoch, step, rank, ...), so that resuming needs no generator state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch

Part = int | str


def seed_of(*parts: Part) -> int:
    """A 63-bit seed from a seed and any counters or names, well mixed.

    >>> seed_of(0, "draw", 3) == seed_of(0, "draw", 3), seed_of(0, "draw", 3) == seed_of(0, "draw", 4)
    (True, False)
    """
    text = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)  # no two lists read the same
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def torch_generator(*parts: Part, device: torch.device | str = "cpu") -> torch.Generator:
    """A torch generator on the device, seeded by ``seed_of(*parts)``."""
    return torch.Generator(device=device).manual_seed(seed_of(*parts))


def host_generator(generator: torch.Generator | None) -> torch.Generator | None:
    """A generator of the CPU, seeded by the next number of one of another device; None stays None."""
    if generator is None or generator.device.type == "cpu":
        return generator
    seed = torch.randint(2**31 - 1, (), generator=generator, device=generator.device)
    return torch.Generator().manual_seed(int(seed))


def numpy_generator(*parts: Part) -> np.random.Generator:
    """A numpy generator seeded by ``seed_of(*parts)``."""
    return np.random.default_rng(seed_of(*parts))


def random_rows(rows: int | npt.NDArray[np.int64], count: int, *parts: Part) -> npt.NDArray[np.int64]:
    """At most ``count`` of these rows (of so many), each once, in rising order; seeded by ``seed_of(*parts)``.

    >>> random_rows(10, 3, 0, "sample").shape, random_rows(np.array([7, 5]), 3, 0).tolist()
    ((3,), [5, 7])
    """
    return np.sort(numpy_generator(*parts).permutation(rows)[:count])


def seed_global(seed: int, device: torch.device) -> None:
    """Seed torch's global generators of the CPU and of this device; ``torch.manual_seed`` seeks out all others, too."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        torch.cuda.default_generators[index].manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch's global generators, and leave them afterwards as they were."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
