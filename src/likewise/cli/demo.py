"""``likewise demo``: what choosing the positives does, on real images, in three minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from likewise.cli.options import Json, emit


def demo(
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("demo"),
    seeds: Annotated[int, typer.Option(help="How many times each row is trained.", min=1)] = 3,
    epochs: Annotated[int, typer.Option(help="Epochs of every row.", min=1)] = 60,
    as_json: Json = False,
) -> None:
    """Train on handwritten digits with eight choices of what is alike, and write a report with pictures.

    Takes about three minutes on two cores. Nothing is chosen by the digits that are held out.
    """
    from likewise.demo import run_demo

    result = run_demo(out, seeds=tuple(range(seeds)), epochs=epochs)
    emit(result.as_json(), f"{result}\n\nThe report: {result.report}", as_json=as_json)
