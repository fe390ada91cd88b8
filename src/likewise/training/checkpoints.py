"""What a run needs to go on from a step as if it had never stopped: weights, optimizer, progress."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from likewise.errors import LikewiseError
from likewise.training.learner import Learner
from likewise.training.selection import Selection


def state_of(learner: Learner, selection: Selection) -> dict[str, Any]:
    """The state of a learner as plain tensors and numbers. Random numbers need none: they are functions of the step."""
    progress = learner.progress
    return {
        "step": progress.step,
        "updates": progress.updates,
        "loss": progress.loss.cpu(),
        "mined": progress.mined,
        "method": learner.method.state_dict(),
        "optimizer": _plain(learner.optimizer.state_dict()),
        "scheduler": _plain(learner.scheduler.state_dict()),
        "selection": selection.state(),
    }


def _plain(value: Any) -> Any:
    """The same with numpy's numbers as Python's, so that nothing but tensors and plain values is written."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(inner) for inner in value)
    return value.item() if isinstance(value, np.generic) else value


def restore(learner: Learner, selection: Selection, state: Mapping[str, Any]) -> None:
    """Put a learner into the state of a checkpoint, wherever its parts lie."""
    learner.method.load_state_dict(state["method"])
    try:
        learner.optimizer.load_state_dict(state["optimizer"])
        learner.scheduler.load_state_dict(state["scheduler"])
    except (KeyError, ValueError, TypeError) as error:
        raise LikewiseError(
            f"the optimizer or schedule is another one than the run was started with ({error}): give the same again."
        ) from None
    selection.load(state["selection"])
    progress = learner.progress
    progress.step, progress.updates, progress.mined = state["step"], state["updates"], state["mined"]
    progress.loss = state["loss"]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state in a checkpoint; nothing in it can run code.

    Raises:
        LikewiseError: there is none, or it is damaged.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise LikewiseError(f"the run has no checkpoint at {path}: begin a new run in another folder.") from None
    except Exception as error:  # torch raises errors of many kinds for damaged files
        raise LikewiseError(f"the checkpoint {path} cannot be read: it is damaged ({type(error).__name__}).") from None
    return state
