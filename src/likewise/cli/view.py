"""``likewise view``: look at a graph, or at a run and the space it learned, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from likewise.cli.options import (
    PAGE,
    SAMPLES,
    PriorName,
    Seed,
    load_space,
    option,
    tell,
)
from likewise.cli.page import originals
from likewise.cli.samples import AS_IT_IS, Opening, with_samples

if TYPE_CHECKING:
    from likewise.arrays import Array
    from likewise.data import Samples
    from likewise.training import TrainedRun


@with_samples
def view(
    what: Annotated[
        Path, typer.Argument(metavar="RUN_OR_GRAPH", help="The folder of a run, or of a graph that likewise wrote.")
    ],
    data: Annotated[str | None, option(SAMPLES, "The samples that it is about, to show them.", "--data")] = None,
    opening: Opening = AS_IT_IS,
    prior: PriorName = "pixels",
    port: Annotated[int, option(PAGE, "Where the page listens; 0 takes a free port.", min=0, max=65535)] = 0,
    network: Annotated[bool, option(PAGE, "Let others on the network in, by a secret link.", "--network")] = False,
    browser: Annotated[bool, option(PAGE, "Open the browser.", "--browser/--no-browser")] = True,
    seed: Seed = 0,
) -> None:
    """Look at a graph in the browser: what each sample is alike and why, the worst edges, hubs, a map.

    Example: likewise view runs/one --data photos/
    """
    from likewise.graph import SimilarityGraph
    from likewise.show import GraphView, Pictures
    from likewise.training import TrainedRun
    from likewise.web import make_view_app, require_web, serve

    require_web()
    samples = None
    if data is not None:
        samples = opening.samples(data)
    run = TrainedRun.load(what) if (what / "run.json").is_file() else None
    graph = SimilarityGraph.load(what, samples) if run is None else run.graph
    if run is not None and samples is not None:
        samples = run.trained_on(samples)
    names: Any = None
    if samples is None:
        names = [f"No. {row}" for row in range(graph.n)] if graph.keys is None else graph.keys.values
    view = GraphView(
        graph,
        Pictures(samples, names, originals=None if samples is None or data is None else originals(data, samples)),
        what.name,
        labels=None if samples is None else samples.label_names,
        features=None if samples is None else _features(samples, run, prior, seed),
        space=f"The space of {prior}" if run is None else "The space that the encoder learned",
        seed=seed,
    )

    def make(hosts: list[str], token: str | None) -> Any:
        return make_view_app(view, hosts, token)

    serve(make, port=port, network=network, browser=browser, tell=tell)


def _features(samples: Samples, run: TrainedRun | None, prior: str, seed: int) -> Callable[[Array], Array]:
    """What the map is drawn of: the run's features, or the prior space."""

    def features(ids: Array) -> Array:
        if run is not None:
            return run.embed(samples.subset(ids))
        return load_space(prior, samples, seed=seed).array[ids]

    return features
