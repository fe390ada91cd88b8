"""Why a run stops before its end: a signal, its time, or a callback."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Collects reasons to stop; training looks after each step, saves, and leaves.

    As a context manager it takes Ctrl-C (SIGINT) and SIGTERM, which SLURM and Kubernetes send before they kill, as
    wishes to stop. A second signal of a kind acts at once, as if nobody listened. Signals are heard in the main thread
    only, as Python has it.

    Args:
        minutes: stop when so many have passed since ``began``; None: never.
        began: in seconds of ``time.monotonic``; None: now.
    """

    def __init__(self, minutes: float | None = None, began: float | None = None):
        began = time.monotonic() if began is None else began
        self.deadline = None if minutes is None else began + 60 * minutes
        self.signal = 0
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):  # started in the background: stays deaf
                    self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def ask(self) -> None:
        """Stop after the present step."""
        self.asked = True

    @property
    def due(self) -> bool:
        """Whether to stop now."""
        late = self.deadline is not None and time.monotonic() >= self.deadline
        return bool(self.signal) or self.asked or late

    def _heard(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.signal = number
        signal.signal(number, self._before[number])


def leave(number: int) -> None:
    """Leave as the signal asks to, once all is saved: 130 after SIGINT (a ``KeyboardInterrupt``), 143 after SIGTERM."""
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    if number:
        raise SystemExit(128 + number)
