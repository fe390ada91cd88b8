"""A progress bar that appears only when work takes more than a few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def progress(total: int, label: str, after: float = 5.0) -> Iterator[Callable[[int], None]]:
    """Yield ``advance(count)``; a bar shows on a terminal once ``after`` seconds have passed, if rich is installed.

    >>> with progress(10, "counting") as advance:
    ...     advance(10)
    """
    started, done = time.monotonic(), 0
    bar = None
    shows = sys.stderr.isatty() and find_spec("rich") is not None

    def advance(count: int) -> None:
        nonlocal bar, done
        done += count
        if bar is None and shows and time.monotonic() - started > after:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.start()
            bar.add_task(label, total=total)
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()
