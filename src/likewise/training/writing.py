"""Writing a run, so that whatever its record says is there, is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.training.files import append_metrics, reason, save_weights, write_json, write_whole
from likewise.training.run_folder import GRAPH, METRICS, RECORD, WEIGHTS, checkpoint, mined_graph, numbered


class Writer:
    """Writes the folder of a run.

    A checkpoint carries the number of its step, and the record, which names the step that counts, is written last: a
    run that is killed at any moment goes on from the last step that was saved completely.

    Args:
        folder: of the run.
        record: what run.json holds.
    """

    def __init__(self, folder: Path, record: dict[str, Any]):
        self.folder, self.record = folder, record

    @property
    def steps_done(self) -> int:
        """The step that counts."""
        return int(self.record["steps_done"])

    def begin(self, graph: SimilarityGraph) -> None:
        """Write the record of a run that has not trained yet, and its graph."""
        with self._writing("the run"):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / RECORD, self.record)
            graph.save(self.folder / GRAPH)

    def note(self, epoch: int, found: dict[str, float]) -> None:
        """Add an epoch to metrics.csv."""
        with self._writing(f"epoch {epoch}"):
            append_metrics(self.folder / METRICS, epoch, found)

    def keep_graph(self, epoch: int, graph: SimilarityGraph) -> None:
        """Write the graph that was mined after an epoch; it counts once a checkpoint does that names it."""
        with self._writing(f"the graph of epoch {epoch}"):
            graph.save(mined_graph(self.folder, epoch))

    def save(self, state: Mapping[str, Any], encoder: nn.Module | None, done: Mapping[str, Any]) -> None:
        """Save a step: its checkpoint, the encoder unless an earlier one is kept, and last the record.

        Args:
            state: what the checkpoint holds.
            encoder: the one to keep.
            done: entries of the record that change with progress, ``steps_done`` among them.

        Raises:
            LikewiseError: the disk refuses; what was saved before is kept.
        """
        with self._writing(f"step {done['steps_done']}"):
            path = checkpoint(self.folder, done["steps_done"])
            write_whole(path, lambda file: torch.save(dict(state), file))
            if encoder is not None:
                save_weights(encoder, self.folder / WEIGHTS)
            write_json(self.folder / RECORD, self.record | dict(done))
        self.record |= done
        self.clean()

    def require_readable(self) -> None:
        """Refuse a run whose checkpoint holds what is not read back from files: code of the user's, say.

        Raises:
            LikewiseError: the optimizer or the schedule keeps such things.
        """
        try:
            torch.load(checkpoint(self.folder, self.steps_done), map_location="meta", weights_only=True)
        except Exception as error:  # torch raises errors of many kinds
            raise LikewiseError(
                "the optimizer or the schedule keeps objects that a checkpoint cannot hold: numbers, words, lists and "
                "tensors are kept."
            ) from error

    def discard(self) -> None:
        """Take a run away that saved no step and finished no epoch, so that its folder is free for another try."""
        if self.steps_done or (self.folder / METRICS).is_file() or not self.folder.is_dir():
            return
        shutil.rmtree(self.folder / GRAPH, ignore_errors=True)
        for path in (*numbered(self.folder), *(self.folder / name for name in (WEIGHTS, RECORD))):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def clean(self) -> None:
        """Remove what belongs to other steps than the one that counts."""
        kept = checkpoint(self.folder, self.steps_done), mined_graph(self.folder, self.record["mined"])
        for old in {*numbered(self.folder)} - {*kept}:
            shutil.rmtree(old) if old.is_dir() else old.unlink()

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        from safetensors import SafetensorError

        try:
            yield
        except (OSError, RuntimeError, SafetensorError, LikewiseError) as error:
            if self.folder.is_dir():
                self.clean()
            kept = f"; step {self.steps_done} is kept, resume from it" if self.steps_done else ""
            raise LikewiseError(f"could not write {what} to {self.folder} ({reason(error)}){kept}.") from error
