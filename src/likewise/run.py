"""The door to training: fit a graph, keep the run, use it."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from likewise.data import Samples, require_samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding, select_output
from likewise.training import TrainedRun, TrainingState, export_encoder, train
from likewise.training.callbacks import require_callbacks
from likewise.training.devices import world_size
from likewise.training.files import reason

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from likewise.evaluation import Evaluation
    from likewise.fit_options import FitOptions


Labelled = Samples | tuple[Samples, Any]


@dataclass(frozen=True, repr=False)
class Run(TrainedRun):
    """A run in its folder: embed with it, evaluate it, export it, report on it.

    Attributes:
        module: the encoder, where it was a module of yours and the run was not loaded anew.
    """

    module: nn.Module | None = None

    def encoder(self, module: nn.Module | None = None) -> nn.Module:
        """The trained encoder, in evaluation mode; ``module`` is needed where it was yours and is not at hand."""
        return super().encoder(self.module if module is None else module)

    def evaluate(
        self, train: Labelled, test: Labelled, *, module: nn.Module | None = None, **options: Any
    ) -> Evaluation:
        """How good the encoder's features are, fitted on ``train`` and measured on ``test``.

        Args:
            train: samples with labels, or (samples, labels).
            test: the same; used for nothing but measuring.
            module: the encoder's architecture, where it was one of yours.
            options: of ``likewise.evaluation.evaluate_features``.

        Raises:
            LikewiseError: there are no labels, or samples of another shape.
        """
        from likewise.evaluation import evaluate_features

        (train_x, train_y), (test_x, test_y) = _labelled(train, "train"), _labelled(test, "test")
        if isinstance(train, Samples) and isinstance(test, Samples):
            test_y = test.labels_in(train.classes)  # each may number its classes for itself
        known, asked = self.embed(train_x, module=module), self.embed(test_x, module=module)
        return evaluate_features(known, train_y, asked, test_y, **options)

    def export(self, path: str | Path, module: nn.Module | None = None) -> Path:
        """Write the encoder as safetensors with a JSON that rebuilds it; see ``likewise.training.load_encoder``."""
        return export_encoder(self, path, self.module if module is None else module)

    def report(self, path: str | Path | None = None, samples: Samples | None = None) -> Path:
        """Write one HTML file on the run, by default into its folder."""
        from likewise.report import report_run

        return report_run(self, self.path / "report.html" if path is None else path, samples)


def _labelled(given: Labelled, what: str) -> tuple[Samples, Any]:
    samples, labels = given if isinstance(given, tuple) else (given, given.labels)
    if labels is None:
        raise LikewiseError(f"evaluating needs labels for the {what} samples: give ({what}_samples, labels).")
    return samples, labels


@contextmanager
def folder_for(out: str | Path | None) -> Iterator[Path]:
    """The folder of a run: the one that is named, else a new one under runs/, taken away again if it stays empty.

    Raises:
        LikewiseError: several processes train one run, and have no clock in common; or the folder cannot be made.
    """
    if out is not None:
        yield Path(out)
        return
    if world_size() > 1:
        raise LikewiseError("several processes train one run: say where they keep it with out=.")
    folder = _folder_by_clock()
    try:
        yield folder
    finally:
        with suppress(OSError):
            folder.rmdir()


def _folder_by_clock() -> Path:
    """A folder under runs/, made at once, so that no run that begins in the same second takes it, too."""
    folder = named = Path("runs") / time.strftime("%Y%m%d-%H%M%S")
    number = 1
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
            folder = named.with_name(f"{named.name}-{number}")
        except OSError as error:
            raise LikewiseError(
                f"could not make {folder} ({reason(error)}): say where to keep the run, out=."
            ) from None


def fit(samples: Samples, graph: SimilarityGraph | None = None, **options: Unpack[FitOptions]) -> Run:
    """Train an encoder on samples whose positives come from a graph; see ``likewise.training.train``.

    Args:
        samples: what to train on (``lw.open``).
        graph: who is alike; None: every sample is alike itself alone.
        options: method=, views=, encoder=, epochs=, out=, ...: the fields of ``Settings`` and ``Execution``
            (``likewise.settings``), and options of the method; ``likewise fit --help`` tells what each means.

    Raises:
        LikewiseError: as ``likewise.training.train`` has it.
    """
    require_samples(samples)
    if options.get("resume") and options.get("out") is None:
        raise LikewiseError("say which run to go on with: out=.")
    trained = _Trained()
    options["callbacks"] = [*require_callbacks(options.get("callbacks", ())), trained]
    with folder_for(options.get("out")) as folder:
        run = train(samples, graph, **{**options, "out": folder})
    module = trained.encoder or _encoder_of(options)  # of a run that was finished already
    return Run(run.path, run.record, module if run.record["encoder"]["name"] == "module" else None)


def _encoder_of(options: FitOptions) -> nn.Module | None:
    """The encoder among the arguments, where it was given as a module, or within a method."""
    method, encoder = options.get("method"), options.get("encoder")
    if isinstance(method, JointEmbedding):
        return method.encoder
    return select_output(encoder, options.get("output")) if isinstance(encoder, nn.Module) else None


class _Trained:
    """A callback that keeps a copy of the encoder, as no record can where it is a module of the user's."""

    encoder: nn.Module | None = None

    def on_end(self, state: TrainingState) -> None:
        self.encoder = copy.deepcopy(state.encoder).cpu()
