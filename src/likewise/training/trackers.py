"""Where else the numbers of a run go: TensorBoard, Weights & Biases, MLflow, or a tracker of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from likewise.errors import LikewiseError, missing_extra, unknown_name

NAMES = ("mlflow", "tensorboard", "wandb")


def make_trackers(logger: Any, folder: Path) -> list[Any]:
    """Trackers of accelerate, not yet started.

    Args:
        logger: "tensorboard" (writes into the run's folder), "wandb" or "mlflow" (as their environment variables say:
            WANDB_MODE=offline, MLFLOW_TRACKING_URI=sqlite:///runs.db, ...), a ``GeneralTracker`` of accelerate, or
            several of these; None: none.
        folder: of the run; its name is the run's name.

    Raises:
        LikewiseError: an unknown name, a package that is not installed, or an object that is no tracker.
    """
    if logger is None:
        return []
    from accelerate.tracking import GeneralTracker

    asked = logger if isinstance(logger, Sequence) and not isinstance(logger, str) else [logger]
    for one in asked:
        if isinstance(one, str):
            if one not in NAMES:
                raise unknown_name("logger", one, NAMES)
            if find_spec(one) is None:
                raise missing_extra(one, one, f"logging to {one}")
        elif not isinstance(one, GeneralTracker):
            raise LikewiseError(
                f"logger= takes {', '.join(NAMES)} or a GeneralTracker of accelerate, got a {type(one).__name__}."
            )
    return [_named(one, folder) if isinstance(one, str) else one for one in asked]


def _named(name: str, folder: Path) -> Any:
    from accelerate.tracking import MLflowTracker, TensorBoardTracker, WandBTracker

    if name == "tensorboard":
        return TensorBoardTracker("tensorboard", str(folder))
    if name == "wandb":
        return WandBTracker("likewise", name=folder.name, dir=str(folder))
    return MLflowTracker("likewise", run_name=folder.name)


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """A configuration as trackers take it: numbers, words and truth values, by name.

    >>> flat({"lr": 0.1, "options": {"dim": 8}, "group": None})
    {'lr': 0.1, 'options.dim': 8, 'group': 'None'}
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": inside for inner, inside in flat(value).items()}
        else:
            found[name] = value if isinstance(value, int | float | str) else str(value)
    return found
