"""One long piece of work in the background, such as training, that a page can look at."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from likewise.errors import LikewiseError


class Work:
    """At most one piece of work at a time; its last step and its end can be asked for.

    Attributes:
        state: "idle", "working", "done" or "failed".
        step: what it last said.
        result: the file that it made.
        seconds: how long it took, or has taken so far.
    """

    def __init__(self) -> None:
        self.state, self.step = "idle", ""
        self.result: Path | None = None
        self._began, self._took = 0.0, 0.0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return time.monotonic() - self._began if self.state == "working" else self._took

    def begin(self, work: Callable[[Callable[[str], None]], Path]) -> bool:
        """Start, unless something is under way; whether it did."""
        with self._lock:
            if self.state == "working":
                return False
            self.state, self.step, self._began = "working", "beginning", time.monotonic()
        threading.Thread(target=self._run, args=(work,), name="likewise-work", daemon=True).start()
        return True

    def _say(self, step: str) -> None:
        self.step = step

    def _run(self, work: Callable[[Callable[[str], None]], Path]) -> None:
        try:
            self.result = work(self._say)
            state = "done"
        except Exception as error:
            self.step = str(error) if isinstance(error, LikewiseError) else "it failed; see the terminal."
            if not isinstance(error, LikewiseError):
                traceback.print_exc()
            state = "failed"
        self._took = time.monotonic() - self._began
        self.state = state
