"""Where a run computes: one ``Accelerator`` of its own, whatever else lives in the process."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.search.rounding import fast_precision
from likewise.settings import Settings

if TYPE_CHECKING:
    from accelerate import Accelerator


UNSUPPORTED = {"ACCELERATE_USE_FSDP": "FSDP", "ACCELERATE_USE_DEEPSPEED": "DeepSpeed"}
_LOCK = threading.RLock()
"""Accelerate's state belongs to one run at a time; a run may train another one on its way."""


def device_type(settings: Settings) -> str:
    """The accelerator asked for; for "auto" the best one here.

    Raises:
        LikewiseError: it is not here.
    """
    here = ["cuda"] * torch.cuda.is_available() + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    if settings.accelerator not in ("auto", *here):
        raise LikewiseError(f"there is no {settings.accelerator!r} here: choose accelerator= from {', '.join(here)}.")
    return here[0] if settings.accelerator == "auto" else settings.accelerator


def true_precision(settings: Settings) -> str:
    """The precision asked for; for "auto" bf16 where the accelerator multiplies faster in it, else float32."""
    if settings.precision != "auto":
        return settings.precision
    device = device_type(settings)
    if device == "mps":
        return "float32"
    return "bf16" if fast_precision(torch.device(device)) == "bfloat16" else "float32"


def world_size() -> int:
    """How many processes were started for one run (by torchrun or accelerate launch)."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_world_size()
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_process() -> bool:
    """Whether this process writes what all of them share."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank() == 0
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"


@contextmanager
def own_accelerator(settings: Settings, trackers: Sequence[Any] = ()) -> Iterator[Accelerator]:
    """The ``Accelerator`` of a run, with device and precision of its own.

    Accelerate keeps one state for the whole process and refuses a second precision or device. What stands there, of an
    earlier run or of an ``Accelerator`` of the user's, is put aside meanwhile and put back afterwards.

    Args:
        settings: where to compute, and how precisely.
        trackers: of accelerate, ready to start.

    Raises:
        LikewiseError: another thread trains, or the environment asks for what is not supported.
    """
    from accelerate import Accelerator, DistributedDataParallelKwargs
    from accelerate.state import AcceleratorState, GradientState, PartialState
    from accelerate.utils import GradientAccumulationPlugin

    for name, what in UNSUPPORTED.items():
        if os.environ.get(name, "false").lower() in ("1", "true"):
            raise LikewiseError(f"{what} is not supported: start the processes without it (unset {name}).")
    if not _LOCK.acquire(blocking=False):
        raise LikewiseError("another thread of this process trains: runs side by side need a process each.")
    states = [state._shared_state for state in (PartialState, AcceleratorState, GradientState)]
    kept = [dict(state) for state in states]
    for state in states:
        state.clear()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="OMP_NUM_THREADS")
            accelerator = Accelerator(
                cpu=device_type(settings) == "cpu",
                mixed_precision="bf16" if true_precision(settings) == "bf16" else "no",
                log_with=list(trackers) or None,
                # said here, for otherwise the environment would say it
                gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
                dynamo_backend="no",
                # the running statistics and queues of all ranks are equal already, or the first rank's count
                kwargs_handlers=[DistributedDataParallelKwargs(broadcast_buffers=False)],
            )
        yield accelerator
    finally:
        for state, before in zip(states, kept, strict=True):
            state.clear()
            state.update(before)
        _LOCK.release()


def release(module: nn.Module) -> None:
    """Take away what accelerate put around a module's forward pass, so that it can be trained again."""
    module.__dict__.pop("_is_accelerate_prepared", None)
    original = module.__dict__.pop("_original_forward", None)
    if original is not None:
        del module.forward
        if module.forward != original:  # one of the user's, on this module alone
            module.forward = original


def over_ranks(accelerator: Accelerator, *values: float) -> list[float]:
    """The largest of each value over all ranks; every rank must ask."""
    if accelerator.num_processes == 1:
        return list(values)
    largest = torch.tensor(values, dtype=torch.float32, device=accelerator.device)
    torch.distributed.all_reduce(largest, torch.distributed.ReduceOp.MAX)
    found: list[float] = largest.tolist()
    return found


def from_first_rank(accelerator: Accelerator, value: Any) -> Any:
    """What the first rank has, on all ranks."""
    if accelerator.num_processes == 1:
        return value
    box = [value]
    torch.distributed.broadcast_object_list(box, src=0, device=accelerator.device)
    return box[0]
