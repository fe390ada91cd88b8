"""Files of a run: written whole or not at all, and read back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from torch import nn

from likewise.errors import LikewiseError


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that an interruption leaves the old one or the new one, and a full disk the old one."""
    work = path.with_name(f".{path.name}.tmp")
    try:
        with work.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(work, path)
    finally:
        work.unlink(missing_ok=True)


def reason(error: BaseException) -> str:
    """Why a file could not be written, in the system's words."""
    return getattr(error, "strerror", None) or str(error).strip().splitlines()[0].rstrip(".")


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON holds of a mapping: tuples become lists, numpy's numbers Python's."""
    found: dict[str, Any] = json.loads(json.dumps(value, default=lambda number: number.item()))
    return found


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a mapping as JSON."""
    text = json.dumps(plain(value), indent=1)
    write_whole(path, lambda file: file.write(text.encode()))


def save_weights(module: nn.Module, path: Path) -> None:
    """Write a module's parameters and buffers as safetensors."""
    from safetensors.torch import save

    state = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in module.state_dict().items()}
    write_whole(path, lambda file: file.write(save(state)))


def load_weights(module: nn.Module, path: Path) -> nn.Module:
    """The module with the weights of a safetensors file, in evaluation mode.

    Raises:
        LikewiseError: there is no such file yet, or it is of another encoder.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise LikewiseError(f"no trained encoder at {path}: has the run finished an epoch?")
    try:
        module.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        first = str(error).strip().splitlines()[-1].strip()
        raise LikewiseError(f"the weights at {path} do not fit this encoder: {first}") from None
    return module.eval()


def append_metrics(path: Path, epoch: int, found: Mapping[str, float]) -> None:
    """Add an epoch's row to a CSV; rows of this epoch and later ones (of before an interruption) fall away."""
    rows = [row for row in read_metrics(path) if row["epoch"] < epoch] if path.is_file() else []
    rows.append({"epoch": epoch, **found})
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)] + [",".join(_cell(row.get(name, np.nan)) for name in names) for row in rows]
    write_whole(path, lambda file: file.write(("\n".join(lines) + "\n").encode()))


def _cell(value: float) -> str:
    return "" if value != value else f"{value:.6g}" if isinstance(value, float) else str(value)


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The rows of a metrics.csv; empty where there is none."""
    if not path.is_file():
        return []
    names, *rows = (line.split(",") for line in path.read_text().splitlines())
    return [dict(zip(names, map(_number, row), strict=True)) for row in rows]


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")
