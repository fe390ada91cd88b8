"""An earlier run as a prior: what one training learned says who is alike in the next."""

from __future__ import annotations

import os

from torch import nn

from likewise.data import Samples
from likewise.space import Space
from likewise.training import TrainedRun


def run(path: str | os.PathLike[str], samples: Samples, *, module: nn.Module | None = None) -> Space:
    """The features of samples under the encoder of a run in its folder, compared by cosine similarity.

    Args:
        path: the folder of the run.
        samples: of the shape that it was trained on.
        module: the encoder's architecture, where it was one of yours.

    Raises:
        LikewiseError: no run there, no trained encoder in it yet, or samples of another shape.
    """
    trained = TrainedRun.load(os.fspath(path))
    facts = {"method": trained.settings.objective, "epochs": int(trained.record["epochs_done"])}
    return Space(trained.embed(samples, module=module), name=f"run:{trained.path.name}", keys=samples.keys, info=facts)
