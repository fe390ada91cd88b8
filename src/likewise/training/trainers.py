"""Lightning's trainer as this room uses it, and silenced."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning
import torch

from likewise.errors import missing_extra
from likewise.search.rounding import fast_precision
from likewise.training.settings import Settings
from likewise.training.writing import WholeCheckpoints


def build_trainer(
    folder: Path, chosen: Settings, callbacks: list[Any], devices: int | str, tensorboard: bool
) -> lightning.Trainer:
    """The trainer of a run.

    Raises:
        LikewiseError: tensorboard is not installed.
    """
    logger: Any = False
    if tensorboard:
        try:
            from lightning.pytorch.loggers import TensorBoardLogger

            logger = TensorBoardLogger(str(folder), name="", version="tensorboard")
        except ModuleNotFoundError:
            raise missing_extra("tensorboard", "tensorboard", "logging to TensorBoard") from None
    return lightning.Trainer(
        max_epochs=chosen.epochs,
        accelerator="auto",
        devices=devices,
        precision="bf16-mixed" if chosen_precision(chosen) == "bf16" else "32-true",
        accumulate_grad_batches=chosen.accumulate,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=logger,
        default_root_dir=str(folder),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )


def chosen_precision(chosen: Settings) -> str:
    """The precision asked for, or for "auto" bf16 where the device multiplies faster in it."""
    if chosen.precision != "auto":
        return chosen.precision
    if not torch.cuda.is_available() and torch.backends.mps.is_available():
        return "float32"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return "bf16" if fast_precision(device) == "bfloat16" else "float32"


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence what Lightning says of itself; its errors are still raised."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):  # of torch, on Lightning's use of it
            warnings.filterwarnings("ignore", category=category, module=r"lightning\b")
        for text in ("does not have many workers", "The number of training batches", "isinstance.treespec, LeafSpec"):
            warnings.filterwarnings("ignore", message=f".*{text}")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def interruptible(trainer: lightning.Trainer) -> Iterator[None]:
    """Ctrl-C as everywhere else: Lightning would exit the process and leave it deaf to the next one."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    try:
        yield
    except SystemExit:
        if trainer.interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        if main:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch's global generators, and leave them afterwards as they were."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
