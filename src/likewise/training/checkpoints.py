"""What a run needs to go on from a step as if it had never stopped: weights, optimizer, progress."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
        "optimizer": learner.optimizer.state_dict(),
        "scheduler": learner.scheduler.state_dict(),
        "selection": selection.state(),
    }


def restore(learner: Learner, selection: Selection, state: Mapping[str, Any]) -> None:
    """Put a learner into the state of a checkpoint, wherever its parts lie."""
    learner.method.load_state_dict(state["method"])
    learner.optimizer.load_state_dict(state["optimizer"])
    learner.scheduler.load_state_dict(state["scheduler"])
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
        raise LikewiseError(f"the checkpoint {path} cannot be read ({str(error).splitlines()[0]}).") from None
    return state
