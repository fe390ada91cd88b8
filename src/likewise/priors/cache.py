"""Where spaces that were costly to make are kept, found again by the content that they were made from."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from likewise.arrays import fingerprint
from likewise.data import Samples
from likewise.data.decoded import cache_folder
from likewise.space import Space

Folder = str | os.PathLike[str]


def cached(samples: Samples, what: tuple[str, ...], make: Callable[[Path], Space], cache: Folder | None) -> Space:
    """The space of these samples, read from the cache, or made and written to it.

    ``what`` names the prior and all that its rows depend on beside the samples' content. ``make`` is given a folder
    for unfinished work, which outlives an interruption and is removed once the space is saved. The keys are those of
    the samples; ``info`` gains the seconds that making took (over all attempts, only the last is counted).
    """
    home = cache_folder(cache) / "spaces"
    name = f"{what[0].replace('/', '_').replace(':', '_')}-{fingerprint(samples.fingerprint, *what)}"
    target, unfinished = home / f"{name}.npz", home / f"{name}.parts"
    if target.exists():
        return replace(Space.load(target), keys=samples.keys)
    unfinished.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    space = make(unfinished)
    space = replace(space, info=space.info | {"seconds": round(time.perf_counter() - started, 3)})
    space.save(target)
    shutil.rmtree(unfinished)
    return replace(space, keys=samples.keys)
