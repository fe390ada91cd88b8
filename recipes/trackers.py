"""The numbers of one short run in TensorBoard, Weights & Biases (offline) and MLflow (a local SQLite store).

    pip install 'likewise[tensorboard,wandb,mlflow]'
    python recipes/trackers.py [--logger tensorboard wandb mlflow] [--out FOLDER]

Trains the digits for three epochs with all three as loggers, reads back what each of them kept, and prints it beside
metrics.csv; it fails where a number is missing. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import likewise as lw

EPOCHS = 3


def train(folder: Path, loggers: list[str]) -> list[float]:
    """The loss of each epoch, as metrics.csv has it."""
    samples = lw.open((load_digits().images / 16).astype(np.float32))
    graph = lw.neighbors(lw.priors.pixels(samples), k=5)
    run = lw.fit(samples, graph, encoder="conv3", epochs=EPOCHS, logger=loggers, out=folder / "run")
    return [row["loss"] for row in run.metrics()]


def of_tensorboard(folder: Path) -> list[float]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (events,) = {path.parent for path in (folder / "run" / "tensorboard").glob("events*")}
    kept = EventAccumulator(str(events))
    kept.Reload()
    return [event.value for event in kept.Scalars("loss")]


def of_wandb(folder: Path) -> list[float]:
    import json

    from wandb.proto import wandb_internal_pb2

    (file,) = (folder / "run").glob("wandb/offline-run-*/run-*.wandb")
    found = []
    for data in logged(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        row = {item.key or ".".join(item.nested_key): item.value_json for item in record.history.item}
        if "loss" in row:
            found.append(float(json.loads(row["loss"])))
    return found


def logged(data: bytes, *, block: int = 1 << 15, head: int = 7) -> Iterator[bytes]:
    """The records of a log in LevelDB's format: checksum, length and kind, then a record or a part of one."""
    place, record = head, b""
    while place + head <= len(data):
        if block - place % block < head:  # too little is left of the block for another header
            place += block - place % block
            continue
        _, length, kind = struct.unpack("<IHB", data[place : place + head])
        record += data[place + head : place + head + length]
        place += head + length
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


def of_mlflow(folder: Path) -> list[float]:
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("likewise").experiment_id])
    return [metric.value for metric in sorted(client.get_metric_history(run.info.run_id, "loss"), key=lambda m: m.step)]


READERS = {"tensorboard": of_tensorboard, "wandb": of_wandb, "mlflow": of_mlflow}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logger", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = arguments.out or Path(home)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {"WANDB_MODE": "offline", "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"}
        losses = train(folder, arguments.logger)
        print("| loss of epoch |", " | ".join(str(epoch + 1) for epoch in range(EPOCHS)), "|")
        print("|---|" + "---|" * EPOCHS)
        for name, kept in [("metrics.csv", losses), *((name, READERS[name](folder)) for name in arguments.logger)]:
            print(f"| {name} |", " | ".join(f"{value:.5f}" for value in kept), "|")
            np.testing.assert_allclose(kept, losses, rtol=1e-4)


if __name__ == "__main__":
    main()
