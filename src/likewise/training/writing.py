"""Writing a run, so that whatever its record says is there, is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.training.files import append_metrics, reason, save_weights, write_json
from likewise.training.run_folder import GRAPH, METRICS, RECORD, WEIGHTS, checkpoint, mined_graph, numbered


class Writer:
    """Writes the folder of a run.

    An epoch's graph and checkpoint carry its number, and the record, which names the epoch that counts, is written
    last: a run that is killed at any moment goes on from the last epoch that was saved completely.

    Args:
        folder: of the run.
        record: what run.json holds.
    """

    def __init__(self, folder: Path, record: dict[str, Any]):
        self.folder, self.record = folder, record

    @property
    def epochs_done(self) -> int:
        """The epoch that counts."""
        return int(self.record["epochs_done"])

    def begin(self, graph: SimilarityGraph) -> None:
        """Write the record of a run that has not trained yet, and its graph."""
        with self._writing("the run"):
            self.folder.mkdir(parents=True, exist_ok=True)
            graph.save(self.folder / GRAPH)
            write_json(self.folder / RECORD, self.record)

    def note(self, epoch: int, found: dict[str, float]) -> None:
        """Add an epoch to metrics.csv."""
        with self._writing(f"epoch {epoch}"):
            append_metrics(self.folder / METRICS, epoch, found)

    def save(self, trainer: Any, learner: Any, epoch: int, *, mined: bool) -> None:
        """Save an epoch: its graph where it was mined, its checkpoint, the encoder, and last the record.

        Raises:
            LikewiseError: the disk refuses; what was saved before is kept.
        """
        done = {"epochs_done": epoch, "finished": epoch == learner.settings.epochs}
        with self._writing(f"epoch {epoch}"):
            if trainer.is_global_zero and mined:
                learner.graph.save(mined_graph(self.folder, epoch))
            trainer.save_checkpoint(checkpoint(self.folder, epoch))
            if trainer.is_global_zero:
                save_weights(learner.method.encoder, self.folder / WEIGHTS)
                write_json(self.folder / RECORD, self.record | done)
        self.record |= done
        if trainer.is_global_zero:
            self._clean()
        trainer.strategy.barrier("likewise: saved")

    def discard(self) -> None:
        """Take a run that saved nothing away, so that its folder is free for another try."""
        if self.epochs_done or not self.folder.is_dir():
            return
        self._clean()
        shutil.rmtree(self.folder / GRAPH, ignore_errors=True)
        for name in (METRICS, RECORD):
            (self.folder / name).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _clean(self) -> None:
        """Remove what belongs to other epochs than the one that counts."""
        kept = checkpoint(self.folder, self.epochs_done), mined_graph(self.folder, self.epochs_done)
        for old in {*numbered(self.folder)} - {*kept}:
            shutil.rmtree(old) if old.is_dir() else old.unlink()

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        from safetensors import SafetensorError

        try:
            yield
        except (OSError, RuntimeError, SafetensorError, LikewiseError) as error:
            if self.folder.is_dir():
                self._clean()
            kept = f"; epoch {self.epochs_done} is kept, resume from it" if self.epochs_done else ""
            raise LikewiseError(f"could not write {what} to {self.folder} ({reason(error)}){kept}.") from error
