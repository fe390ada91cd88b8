"""Callbacks: objects of the user's that look on, log numbers and may stop a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import Tensor, nn

from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.settings import Settings
from likewise.training.learner import Learner

if TYPE_CHECKING:
    from likewise.methods import JointEmbedding

MEASURED = (
    "epoch",
    "loss",
    "images_per_second",
    "waiting",
    "knn",
    "rankme",
    "alignment",
    "uniformity",
    "std",
    "pair_auc",
)
"""Columns of metrics.csv that are not a callback's to write."""

HOOKS = ("on_start", "on_step", "on_epoch", "on_end")


@dataclass
class TrainingState:
    """What a callback is given: the run as it stands.

    Attributes:
        learner: all that is trained; the properties name what is most asked for.
        loss: of the last batch, on the device (reading it waits for the device).
        metrics: what was measured in this epoch, in ``on_epoch``.
        logged: what callbacks logged in this epoch.
    """

    learner: Learner
    _stop: Callable[[], None]
    _send: Callable[[dict[str, float]], None]
    loss: Tensor | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    logged: dict[str, float] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """Batches trained so far, in all epochs."""
        return self.learner.progress.step

    @property
    def steps(self) -> int:
        """Batches of the whole run."""
        return self.learner.steps

    @property
    def epoch(self) -> int:
        """Epochs trained to their end."""
        return self.learner.epochs_done

    @property
    def settings(self) -> Settings:
        """How the run trains."""
        return self.learner.settings

    @property
    def method(self) -> JointEmbedding:
        """The method, with its heads."""
        return self.learner.method

    @property
    def encoder(self) -> nn.Module:
        """The encoder in training."""
        return self.learner.method.encoder

    @property
    def samples(self) -> Samples:
        """What is trained on."""
        return self.learner.samples

    @property
    def graph(self) -> SimilarityGraph:
        """The graph that partners are drawn from."""
        return self.learner.graph

    def log(self, **numbers: float | Tensor) -> None:
        """Record numbers: in the trackers now, and in the epoch's row of metrics.csv (the last value of each name)."""
        for name in numbers:
            if name in MEASURED or not name.isidentifier():
                raise LikewiseError(f"a callback cannot log {name!r}: it is measured already, or is no plain name.")
        found = {name: float(value.detach() if isinstance(value, Tensor) else value) for name, value in numbers.items()}
        self.logged |= found
        self._send(found)

    def stop(self) -> None:
        """Stop after this step; what was trained is saved, and the run can be resumed."""
        self._stop()


class Callback:
    """A base for callbacks; any object with one of these methods serves.

    What a callback remembers is not saved: one that stops a run should decide by the state it is given. On several
    processes each calls them, but for ``on_epoch``, which the first calls alone: no collective may stand in it.
    """

    def on_start(self, state: TrainingState) -> None:
        """Before the first step of this sitting."""

    def on_step(self, state: TrainingState) -> None:
        """After each batch."""

    def on_epoch(self, state: TrainingState) -> None:
        """After each epoch, once it was measured."""

    def on_end(self, state: TrainingState) -> None:
        """After the last step of this sitting."""


def require_callbacks(callbacks: Sequence[object]) -> tuple[object, ...]:
    """The callbacks, if they are such.

    Raises:
        LikewiseError: one has none of the methods.
    """
    if isinstance(callbacks, str) or not isinstance(callbacks, Sequence):
        raise LikewiseError(f"callbacks= takes a list of them, got {callbacks!r:.80}.")
    for callback in callbacks:
        if isinstance(callback, type):
            raise LikewiseError(
                f"a callback is an object, and {callback.__name__} a class: give {callback.__name__}()."
            )
        if not any(callable(getattr(callback, hook, None)) for hook in HOOKS):
            raise LikewiseError(
                f"a callback has at least one of the methods {', '.join(HOOKS)}; {type(callback).__name__} has none."
            )
    return tuple(callbacks)


def call(callbacks: Sequence[object], hook: str, state: TrainingState) -> None:
    """Call a method of all callbacks that have it, in their order."""
    for callback in callbacks:
        method = getattr(callback, hook, None)
        if method is not None:
            method(state)
