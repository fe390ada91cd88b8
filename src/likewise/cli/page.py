"""``likewise ask --page``: the same questions in a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.cli.options import emit, tell
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.graph import SimilarityGraph
    from likewise.labelling import Engine
    from likewise.space import Space
    from likewise.web import AskContext

SURE = 0.9
"""A page's training also joins samples that are expected in a group with this probability."""
TILES = 12
"""Samples on a screen, where somebody switches to grids."""
EPOCHS = 40


@dataclass(frozen=True)
class Served:
    """How a page is to be asked on.

    Attributes:
        budget, tiles, strategy, neighbors, expected, repeats, patient, who, seed: as ``likewise ask`` has them.
        store: the file of answers.
        out: where the graph is written.
        port, network, browser: where the page is, who may see it, and whether a browser is opened.
    """

    budget: int
    tiles: int
    strategy: str
    neighbors: int
    expected: float | None
    repeats: float
    patient: bool
    who: str
    seed: int
    store: Path
    out: Path
    port: int
    network: bool
    browser: bool


def originals(data: str, samples: Samples) -> Samples | None:
    """The images of a folder as they are, to look closer at than training does; None where there are no such files."""
    from likewise.data import open_samples

    if not Path(data).is_dir() or not samples.resident:
        return None
    try:
        found = open_samples(data, resident=False)
    except LikewiseError:  # some cannot be read, and were skipped
        return None
    places = found.keys.positions(samples.keys)
    return found.subset(places) if (places >= 0).all() else None


def ask_on_page(samples: Samples, space: Space, data: str, asked: Served, *, as_json: bool) -> None:
    """Serve the page until Ctrl-C, then write the graph and say what it is worth."""
    from likewise.active import make_strategy, require_strategy
    from likewise.active.abilities import require_membership
    from likewise.answers import AnswerStore
    from likewise.labelling import Engine
    from likewise.web import make_app, serve

    require_strategy(asked.strategy, tiles=asked.tiles)

    def make() -> Any:
        made = make_strategy(asked.strategy, space, seed=asked.seed)
        if asked.expected is not None:
            require_membership(made)
        return made

    with AnswerStore(asked.store, samples) as store:
        options: dict[str, Any] = {"repeats": asked.repeats, "seed": asked.seed, "patient": asked.patient}
        with Engine(store, make, asked.budget, tiles=asked.tiles or TILES, **options) as engine:
            context = _context(engine, samples, space, data, asked)
            if engine.state.spent:
                tell(f"going on with {engine.state.spent:,} answers from {asked.store}")

            def app(hosts: list[str], token: str | None) -> Any:
                return make_app(context, hosts, token)

            serve(app, port=asked.port, network=asked.network, browser=asked.browser, tell=tell)
        if engine.planner.failure is not None:
            tell(engine.planner.failure)
        graph = engine.graph(space, neighbors=asked.neighbors, expected=asked.expected)
        graph.save(asked.out)
        result = {"answers": engine.state.spent, "store": str(asked.store), "path": str(asked.out)}
        emit(result, str(graph.diagnose(samples.label_names)), as_json=as_json)
        tell(f"answers kept in {asked.store}, graph written to {asked.out}")


def _context(engine: Engine, samples: Samples, space: Space, data: str, asked: Served) -> AskContext:
    """What the page is about, and what it can do with the answers."""
    from likewise.show import Pictures
    from likewise.web import AskContext, BackgroundTask

    def graph_now() -> SimilarityGraph:
        return engine.graph(space, neighbors=asked.neighbors, expected=asked.expected)

    def train(say: Callable[[str], None]) -> Path:
        sure = SURE if asked.expected is None and engine.planner.has_membership else asked.expected
        if sure is None:
            say("the strategy gives no membership probabilities: training on the answers alone")
        return _train(engine.graph(space, neighbors=asked.neighbors, expected=sure), samples, asked.out, say)

    return AskContext(
        engine,
        Pictures(samples, originals=originals(data, samples)),
        Path(data).name,
        asked.who,
        screens=asked.tiles > 0,
        graph=graph_now,
        out=asked.out,
        train=train,
        training=BackgroundTask(earlier_report(samples, asked.out)),
    )


def _train(graph: SimilarityGraph, samples: Samples, beside: Path, say: Callable[[str], None]) -> Path:
    """Train a run beside the graph and write its report; each epoch is said."""
    from likewise.run import fit

    number = next(number for number in range(1, 10_000) if not _run(beside, number).exists())
    folder, ended = _run(beside, number), threading.Event()
    encoder = samples.modality.quick_encoder(samples.shape)

    def watch() -> None:
        while not ended.wait(0.5):
            rows = _epochs(folder)
            say(f"epoch {rows} of {EPOCHS}" if rows else "preparing the samples")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        run = fit(samples, graph, out=folder, encoder=encoder, epochs=EPOCHS, quiet=True)
    finally:
        ended.set()
        watcher.join()
    say("writing the report")
    return run.report(samples=samples)


def _run(beside: Path, number: int) -> Path:
    return beside.with_name(f"{beside.name}-run-{number}")


def earlier_report(samples: Samples, beside: Path) -> Path | None:
    """The newest report of a training on these samples that an earlier page left beside the graph."""
    from likewise.report import up_to_date
    from likewise.training import TrainedRun

    kept = beside.parent.glob(f"{escape(beside.name)}-run-*/report.html")
    for report in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True):
        with suppress(LikewiseError):  # a run of other samples, or a broken one
            TrainedRun.load(report.parent).trained_on(samples)
            if up_to_date(
                report.read_text(encoding="utf-8", errors="replace")
            ):  # else the page's policy would strip its style
                return report
    return None


def _epochs(folder: Path) -> int:
    metrics = folder / "metrics.csv"
    return max(0, len(metrics.read_text().splitlines()) - 1) if metrics.is_file() else 0
