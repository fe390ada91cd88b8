"""What a person sees of a run while it trains: a line after ten steps, after epochs, and every thirty seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

EARLY = 10
"""Steps after which the length of the run is estimated."""

OFTEN = 2.0
"""Seconds between the lines of epochs, at least."""

SELDOM = 30.0
"""Seconds between any two lines, at most."""


class Teller:
    """Prints lines on standard error, where results are not disturbed.

    Args:
        epochs: of the run.
        steps: of an epoch.
        done: steps that were trained before, in another sitting.
        quiet: print nothing.
    """

    def __init__(self, epochs: int, steps: int, done: int = 0, *, quiet: bool = False):
        self.epochs, self.steps, self.before, self.quiet = epochs, steps, done, quiet
        self.step = done
        self.doing = "getting ready"
        self.began = self.told = time.monotonic()
        self.first: float | None = None

    def say(self, line: str) -> None:
        """Print a line."""
        self.told = time.monotonic()
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def stepped(self) -> bool:
        """Count a step; True where a line with the loss is due: after ten steps, and every thirty seconds."""
        self.step += 1
        self.doing = "training"
        if self.first is None:
            self.first = time.monotonic()
        early = self.step - self.before == EARLY and self.step < self.epochs * self.steps
        return not self.quiet and (early or time.monotonic() - self.told >= SELDOM - 2)

    def tell_step(self, loss: float) -> None:
        """The line that is due; the loss was read, so that the clock is true on a device that runs behind."""
        assert self.first is not None
        now, trained = time.monotonic(), self.step - self.before
        pace = (now - self.first) / max(trained - 1, 1)  # the first step sets things up
        left = pace * (self.epochs * self.steps - self.step)
        if trained == EARLY:
            self.say(
                f"after {EARLY} steps: an epoch of {self.steps:,} steps takes about {duration(pace * self.steps)}, the "
                f"{'rest of the run' if self.before else 'run'} about {duration(left)}"
            )
            return
        epoch, step = divmod(self.step - 1, self.steps)
        self.say(
            f"epoch {epoch + 1:>4}/{self.epochs}  step {step + 1:,}/{self.steps:,}  loss {loss:.4f}  "
            f"{duration(left)} left"
        )

    def tell_epoch(self, done: int, found: Mapping[str, float]) -> None:
        """An epoch's line, unless one was just printed."""
        now = time.monotonic()
        if now - self.told < OFTEN and done not in (1, self.epochs):
            return
        left = (now - self.began) / max(self.step - self.before, 1) * (self.epochs * self.steps - self.step)
        knn = f"  kNN {found['knn']:.1%}" if "knn" in found else ""
        rank = f"  RankMe {found['rankme']:.1f}" if "rankme" in found else ""
        self.say(
            f"epoch {done:>4}/{self.epochs}  loss {found['loss']:.4f}{knn}{rank}"
            f"  {found['images_per_second']:,.0f} samples/s, waiting {found['waiting']:.1%}  {duration(left)} left"
        )

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Meanwhile a line at least every thirty seconds, also where a single step, or measuring, takes longer."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(1.0):
                if time.monotonic() - self.told >= SELDOM:
                    spent = duration(time.monotonic() - self.began)
                    self.say(f"step {self.step:,} of {self.epochs * self.steps:,}: {self.doing}, for {spent} so far")

        thread = threading.Thread(target=beat, name="likewise-heartbeat", daemon=True)
        if not self.quiet:
            thread.start()
        try:
            yield
        finally:
            over.set()
            if thread.is_alive():
                thread.join()


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(4.2), duration(75), duration(7_500), duration(200_000)
    ('4 s', '1 min 15 s', '2 h 5 min', '2 d 7 h')
    """
    seconds = round(seconds)
    for name, size, part, small in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            return f"{seconds // size} {name} {seconds % size // small} {part}"
    return f"{seconds} s"
