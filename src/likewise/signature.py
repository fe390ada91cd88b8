"""The typed signature of ``fit``, made of ``Settings``, ``Execution`` and the options of methods and losses.

``python -m likewise.signature`` writes ``fit_options.py`` anew; a test compares. So an option is said once,
and ``fit(monitr=0.1)`` is an error to mypy and pyright.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from likewise.losses import LOSSES
from likewise.methods import METHODS
from likewise.settings import Execution, Settings

TARGET = Path(__file__).with_name("fit_options.py")
WIDER = {
    "method": "str | Callable[..., JointEmbedding] | JointEmbedding | None",
    "loss": "str | Callable[..., Tensor] | nn.Module | None",
    "encoder": "str | nn.Module | None",
    "output": "str | int | Callable[[Any], Tensor] | None",
    "projector": "nn.Module | Callable[[int], nn.Module] | None",
    "predictor": "nn.Module | Callable[[int], nn.Module] | None",
    "views": "str | Callable[..., Tensor] | Sequence[Callable[..., Tensor]]",
    "optimizer": "str | OptimizerFactory | torch.optim.Optimizer",
    "schedule": "str | Schedule | SchedulerFactory",
    "out": "str | Path | None",
    "start_from": "str | Path | TrainedRun | None",
    "remine_with": "Remine | None",
    "logger": "str | GeneralTracker | Sequence[str | GeneralTracker] | None",
    "freeze": "str | Sequence[str]",
}
"""Types of what may be given as an object, which the settings themselves only name."""

HEAD = '''"""What ``fit`` may be given, for type checkers; written by ``python -m likewise.signature``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    import torch
    from accelerate.tracking import GeneralTracker
    from torch import Tensor, nn

    from likewise.losses.roles import FalseNegatives
    from likewise.methods import JointEmbedding
    from likewise.training.optimizers import OptimizerFactory, Schedule, SchedulerFactory
    from likewise.training.plan import Remine
    from likewise.training.run_folder import TrainedRun


class FitOptions(TypedDict, total=False):
    """Options of ``fit``; what each means stands in ``Settings``, ``Execution``, and the methods."""
'''


def option_types() -> dict[str, str]:
    """The type of every option, as it is written: of training, of how it is carried out, of methods and losses."""
    own = {one.name: str(one.type) for kind in (Settings, Execution) for one in fields(kind)} | WIDER
    own["batch_size"] = "int"
    return own | {name: kind for name, kind in part_options().items() if name not in own}


def part_options() -> dict[str, str]:
    """The options of the methods and losses that come with the library, with their types."""
    found: dict[str, list[str]] = {}
    for registry in (METHODS, LOSSES):
        for name in registry.builtin:
            for parameter in _options(registry[name]).values():
                kinds = found.setdefault(parameter.name, [])
                kinds += [kind for kind in _alternatives(str(parameter.annotation)) if kind not in kinds]
    return {name: " | ".join(sorted(kinds, key=lambda kind: kind == "None")) for name, kinds in sorted(found.items())}


def _options(part: Any) -> Mapping[str, inspect.Parameter]:
    parameters = inspect.signature(part).parameters
    return {name: p for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}


def _alternatives(annotation: str) -> list[str]:
    """The parts of a union, at its outermost level.

    >>> _alternatives("int | None"), _alternatives('Literal["a", "b"]')
    (['int', 'None'], ['Literal["a", "b"]'])
    """
    return annotation.split(" | ")


def source() -> str:
    """The text of ``fit_options.py``."""
    lines = (f"    {name}: {kind}\n" for name, kind in option_types().items())
    return HEAD + "\n" + "".join(lines).replace("'", '"')


if __name__ == "__main__":
    TARGET.write_text(source())
