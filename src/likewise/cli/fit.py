"""``likewise fit``: train an encoder on samples whose positives come from a graph."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from likewise.cli.graph import (
    Answers,
    Band,
    Calibrate,
    FromLabels,
    Mix,
    Neighbors,
    Pairs,
    PairsBy,
    Same,
    Sources,
    build_graph,
)
from likewise.cli.options import (
    ALIKE,
    Json,
    PriorName,
    Seed,
    emit,
    option,
    tell,
)
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.cli.settings import with_settings
from likewise.errors import LikewiseError
from likewise.registry import qualified_name
from likewise.settings import RUNNING

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.graph import SimilarityGraph
    from likewise.run import Run
    from likewise.space import Space
    from likewise.training import TrainedRun


@with_settings
@with_samples
def fit(
    data: Data,
    opening: Opening = AS_IT_IS,
    graph: Annotated[Path | None, option(ALIKE, "A graph that `likewise graph` wrote.")] = None,
    prior: PriorName = "pixels",
    neighbors: Neighbors = None,
    band: Band = None,
    same: Same = None,
    pairs: Pairs = None,
    pairs_by: PairsBy = "key",
    answers: Answers = None,
    calibrate: Calibrate = False,
    use_labels: FromLabels = False,
    source: Sources = None,
    mix: Mix = None,
    remine: Annotated[
        int, option(ALIKE, "Every so many epochs, take --neighbors anew from the network in training; 0: never.")
    ] = 0,
    out: Annotated[Path | None, option(RUNNING, "The run's folder. Default: a new one under runs/.")] = None,
    resume: Annotated[
        bool, option(RUNNING, "Go on with the run in --out, given the same options.", "--resume")
    ] = False,
    seed: Seed = 0,
    as_json: Json = False,
    earlier: Any = None,
    **chosen: Any,
) -> None:
    """Train an encoder on your samples; what is alike comes from a graph.

    Without a graph this is self-supervised learning by augmentation alone. With --neighbors it is GPS-SSL, with --band
    SPPS, with --use-labels supervised contrast. Everything needed to repeat the run is kept in its folder; its run.json
    is a --config of another one. Ctrl-C and SIGTERM save and leave with exit code 130 and 143.

    Example: likewise fit photos/ --prior timm:resnet50 --neighbors 5 --epochs 200
    """
    from likewise.training.arguments import read_arguments

    sources = {
        "neighbors": neighbors, "band": band, "same": same, "pairs": pairs, "answers": answers, "calibrate": calibrate,
        "use_labels": use_labels, "source": source,
    }  # fmt: skip
    if graph is not None and any(sources.values()):
        raise LikewiseError("give --graph, or the sources of one (--neighbors, --band, ...), not both.")
    mined = _mined(remine, neighbors, earlier)
    _require_folder(out, resume)
    read_arguments({**chosen, "seed": seed})  # what is misspelt is said before the samples are read
    samples = opening.samples(data)
    wanted = _graph(samples, graph, earlier, sources, prior=prior, mix=mix, seed=seed, pairs_by=pairs_by)
    if wanted is not None:
        tell(str(wanted.diagnose(samples.label_names)))
    run = _train(samples, wanted, out=out, resume=resume, seed=seed, **mined, **chosen)
    _conclude(run, data, opening, samples, as_json)


def mine(space: Space, epoch: int, count: int) -> SimilarityGraph:
    """The graph that ``--remine`` takes from the network in training."""
    from likewise.sources import neighbors

    del epoch
    return neighbors(space, count)


def _mined(every: int, count: int | None, earlier: TrainedRun | None) -> dict[str, Any]:
    """How the graph is made anew: of as many neighbours as are given, else as the earlier run did."""
    before = {} if earlier is None else earlier.record.get("remine_with", {})
    if not count and before.get("function") == qualified_name(mine):
        count = before["options"]["count"]
    if not every:
        return {}
    if not count:
        raise LikewiseError("--remine takes neighbours anew: say how many with --neighbors.")
    return {"remine": every, "remine_with": partial(mine, count=count)}


def _graph(
    samples: Samples, file: Path | None, earlier: TrainedRun | None, sources: dict[str, Any], **options: Any
) -> SimilarityGraph | None:
    """The graph that is named, else that of the sources, else the one that the earlier run began with."""
    from likewise.graph import SimilarityGraph
    from likewise.training.run_folder import GRAPH

    if file is not None:
        return SimilarityGraph.load(file, samples)
    if earlier is not None and not any(sources.values()):
        return SimilarityGraph.load(earlier.path / GRAPH).align(samples)
    return build_graph(samples, **sources, **options)


def _require_folder(out: Path | None, resume: bool) -> None:
    """Refuse a folder that a run cannot be kept in, before any work is done for it."""
    if out is None:
        if resume:
            raise LikewiseError("say which run to go on with: --out FOLDER --resume.")
        return
    if out.exists() and not out.is_dir():
        raise LikewiseError(f"{out} is a file: choose a folder for the run with --out.")
    if (out / "run.json").is_file() and not resume:
        raise LikewiseError(f"{out} already holds a run: go on with it (--resume), or choose another folder.")
    if not (out / "run.json").is_file():
        from likewise.training.run_folder import require_free

        require_free(out)


def _train(samples: Samples, graph: SimilarityGraph | None, *, out: Path | None, **options: Any) -> Run:
    from likewise.run import fit as train
    from likewise.run import folder_for

    with folder_for(out) as folder:
        tell(f"training in {folder}")
        try:
            return train(samples, graph, out=folder, **options)
        except (KeyboardInterrupt, SystemExit):
            tell(f"the same command with --out {folder} --resume goes on.")
            raise


def _conclude(run: Run, data: str, opening: Opening, samples: Samples, as_json: bool) -> None:
    last = next(reversed(run.metrics()), {})
    now = f"kept in {run.path}" if run.finished else f"go on: the same command with --out {run.path} --resume"
    measured = ", ".join(f"{name} {value:.4g}" for name, value in last.items() if name in ("loss", "knn", "rankme"))
    given = {"--labels": opening.labels, "--modality": opening.modality}
    command = ["likewise", "report", str(run.path), data]
    command += [part for name, value in given.items() if value is not None for part in (name, value)]
    look = f"look at it: {shlex.join(command)}"
    emit(
        {"path": str(run.path), "finished": run.finished, "steps_done": run.record["steps_done"], **last},
        f"{run.done}{': ' if measured else ''}{measured}\n{now}\n{look}",
        as_json=as_json,
        samples=samples,
    )
