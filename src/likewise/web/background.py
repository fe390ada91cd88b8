"""One long piece of work in the background, such as training, that a page can look at."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from likewise.errors import LikewiseError


class BackgroundTask:
    """At most one piece of work at a time; its last step and its end can be asked for.

    Args:
        earlier: the file that such work made before this began, if there is one.

    Attributes:
        state: "idle", "working", "done" or "failed".
        step: what it last said.
        result: the file that was made last.
        seconds: how long it took, or has taken so far; None where nobody knows.
    """

    def __init__(self, earlier: Path | None = None) -> None:
        self.state, self.step = "idle" if earlier is None else "done", ""
        self.result = earlier
        self._began = 0.0
        self._took: float | None = None
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float | None:
        """How long it took, or has taken so far; None where nobody knows."""
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
        except LikewiseError as error:
            self.step, state = str(error), "failed"
        except Exception:
            traceback.print_exc()
            self.step, state = "it failed; see the terminal.", "failed"
        self._took = time.monotonic() - self._began
        self.state = state
