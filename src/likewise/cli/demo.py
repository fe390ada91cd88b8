"""``likewise demo``: what choosing the positives does, on real images, in three minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from likewise.cli.options import MORE, TRAINING, Json, emit, option


def demo(
    out: Annotated[Path, option(MORE, "The folder to write to.")] = Path("demo"),
    seeds: Annotated[int, option(TRAINING, "How many times each row is trained.", min=1)] = 3,
    epochs: Annotated[int, option(TRAINING, "Epochs of every row.", min=1)] = 25,
    as_json: Json = False,
) -> None:
    """See what choosing the positives does: digits, three minutes, a report with pictures.

    One small encoder is trained on scikit-learn's handwritten digits with seven choices of what is alike, and compared
    with raw pixels and with the graph alone. Nothing is chosen by the digits that are held out.

    Example: likewise demo --out demo
    """
    from likewise.demo import run_demo

    result = run_demo(out, seeds=tuple(range(seeds)), epochs=epochs)
    emit(result.as_json(), f"{result}\n\nThe report: {result.report}", as_json=as_json)
