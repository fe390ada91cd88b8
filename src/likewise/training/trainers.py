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
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.plugins.io import TorchCheckpointIO

from likewise.errors import LikewiseError, missing_extra
from likewise.training.files import write_whole
from likewise.training.settings import Settings


def build_trainer(
    folder: Path, chosen: Settings, callbacks: list[Any], devices: int | str, tensorboard: bool
) -> lightning.Trainer:
    """The trainer of a run.

    Raises:
        LikewiseError: tensorboard is not installed, or there are no such devices.
    """
    logger: Any = False
    if tensorboard:
        try:
            from lightning.pytorch.loggers import TensorBoardLogger

            logger = TensorBoardLogger(str(folder), name="", version="tensorboard")
        except ModuleNotFoundError:
            raise missing_extra("tensorboard", "tensorboard", "logging to TensorBoard") from None
    try:
        return lightning.Trainer(
            max_epochs=chosen.epochs,
            accelerator=chosen.device_type,
            devices=devices,
            precision="bf16-mixed" if chosen.true_precision == "bf16" else "32-true",
            accumulate_grad_batches=chosen.accumulate,
            callbacks=callbacks,
            plugins=[WholeCheckpoints()],
            logger=logger,
            default_root_dir=str(folder),
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            sync_batchnorm=chosen.device_type == "cuda",  # statistics of one device's part betray who its partner is
            num_sanity_val_steps=0,
        )
    except (TypeError, MisconfigurationException) as error:
        raise LikewiseError(f"cannot train on devices={devices!r}: {error}") from None


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints written beside their place and moved there (Lightning's go through memory and the system's /tmp)."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint, whole or not at all."""
        del storage_options
        write_whole(Path(path), lambda file: torch.save(checkpoint, file))


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
