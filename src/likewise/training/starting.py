"""Starting from what another run learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from likewise.errors import LikewiseError
from likewise.methods import JointEmbedding
from likewise.training.checkpoints import read_checkpoint
from likewise.training.run_folder import RECORD, WEIGHTS, TrainedRun, checkpoint, read_record


def take_weights(method: JointEmbedding, source: str | Path | TrainedRun) -> dict[str, Any]:
    """Give a method the weights of another run, and say which: all of them where they fit, else the encoder's.

    Of a run that kept the encoder of an earlier epoch (``keep=``) it is that one, without the heads, which are gone.

    The queue is not taken over: it holds embeddings of that run's samples.

    Args:
        method: changed in place.
        source: a run, or its folder.

    Returns:
        what a record says of it: the run's folder, its step, and what was taken.

    Raises:
        LikewiseError: there is no such run, or its encoder is another one.
    """
    path = source.path if isinstance(source, TrainedRun) else Path(source)
    if not (path / RECORD).is_file():
        raise LikewiseError(f"start_from= takes a run or its folder, and there is no run at {path}.")
    record = read_record(path)
    step, weights = _kept_weights(path, record)
    weights = {name: value for name, value in weights.items() if not name.startswith("queue.")}
    own = {name: value for name, value in method.state_dict().items() if not name.startswith("queue.")}
    shapes = {name: value.shape for name, value in own.items()}
    whole = shapes == {name: value.shape for name, value in weights.items()}
    if not whole:
        weights = {name: value for name, value in weights.items() if name.startswith("encoder.")}
        if {name: value.shape for name, value in weights.items()} != {
            name: shape for name, shape in shapes.items() if name.startswith("encoder.")
        }:
            raise LikewiseError(f"the encoder of the run in {path} is another one: start with the same encoder=.")
    method.load_state_dict(weights, strict=False)
    if method.target is not None and not whole:
        method.target.get_submodule("0").load_state_dict(method.encoder.state_dict())
    return {"run": str(path), "step": step, "weights": "all" if whole else "encoder"}


def _kept_weights(path: Path, record: Mapping[str, Any]) -> tuple[int, dict[str, Tensor]]:
    """The step whose weights a run kept, and these: all of the last step, of an earlier epoch the encoder's."""
    step, kept = record["steps_done"], record["kept"]
    best = kept["epoch"] * record["steps"] // record["settings"]["epochs"] if kept else step
    if best == step:
        weights: dict[str, Tensor] = read_checkpoint(checkpoint(path, step))["method"]
        return step, weights
    from safetensors.torch import load_file

    return best, {f"encoder.{name}": value for name, value in load_file(path / WEIGHTS).items()}
