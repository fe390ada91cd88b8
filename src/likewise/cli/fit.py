"""``likewise fit``: train an encoder on samples whose positives come from a graph."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from likewise.cli.graph import Answers, Band, Calibrate, FromLabels, Mix, Neighbors, Pairs, Same, Sources, build_graph
from likewise.cli.options import (
    ALIKE,
    Columns,
    Data,
    Json,
    Labels,
    ModalityName,
    PriorName,
    Seed,
    Size,
    Skip,
    emit,
    load_samples,
    option,
    tell,
)
from likewise.cli.settings import with_settings
from likewise.errors import LikewiseError
from likewise.settings import RUNNING

if TYPE_CHECKING:
    from likewise.graph import SimilarityGraph
    from likewise.run import Run
    from likewise.space import Space


@with_settings
def fit(
    data: Data,
    labels: Labels = None,
    columns: Columns = None,
    size: Size = None,
    modality: ModalityName = None,
    skip: Skip = False,
    graph: Annotated[Path | None, option(ALIKE, "A graph that `likewise graph` wrote.")] = None,
    prior: PriorName = "pixels",
    neighbors: Neighbors = None,
    band: Band = None,
    same: Same = None,
    pairs: Pairs = None,
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
    graph_of_run: Path | None = None,
    **chosen: Any,
) -> None:
    """Train an encoder on your samples; what is alike comes from a graph.

    Without a graph this is self-supervised learning by augmentation alone. With --neighbors it is GPS-SSL, with --band
    SPPS, with --use-labels supervised contrast. Everything needed to repeat the run is kept in its folder; its run.json
    is a --config of another one. Ctrl-C and SIGTERM save and leave with exit code 130 and 143.

    Example: likewise fit photos/ --prior timm:resnet50 --neighbors 5 --epochs 200
    """
    from likewise.graph import SimilarityGraph
    from likewise.training.arguments import read_arguments

    sources = (neighbors, band, same, pairs, answers, calibrate, use_labels, source)
    if graph is not None and any(sources):
        raise LikewiseError("give --graph, or the sources of one (--neighbors, --band, ...), not both.")
    if remine and not neighbors:
        raise LikewiseError("--remine takes neighbours anew: say how many with --neighbors.")
    folder = _folder(out, resume)
    read_arguments({**chosen, "seed": seed})  # what is misspelt is said before the samples are read
    samples = load_samples(data, labels=labels, columns=columns, size=size, skip=skip, modality=modality)
    if graph is not None:
        wanted: SimilarityGraph | None = SimilarityGraph.load(graph, samples)
    elif graph_of_run is not None and not any(sources):
        wanted = SimilarityGraph.load(graph_of_run).align(samples)
    else:
        wanted = build_graph(
            samples,
            prior=prior,
            neighbors=neighbors,
            band=band,
            same=same,
            pairs=pairs,
            answers=answers,
            calibrate=calibrate,
            use_labels=use_labels,
            source=source,
            mix=mix,
            seed=seed,
        )
    if wanted is not None:
        tell(str(wanted.diagnose(samples.label_names)))
    mined = {"remine": remine, "remine_with": _miner(neighbors)} if remine and neighbors else {}
    run = _train(samples, wanted, out=folder, resume=resume, seed=seed, **mined, **chosen)
    _conclude(run, data, labels, as_json)


def _folder(out: Path | None, resume: bool) -> Path:
    """Where the run is kept; refused before any work is done for it."""
    if out is None:
        if resume:
            raise LikewiseError("say which run to go on with: --out FOLDER --resume.")
        return Path("runs") / time.strftime("%Y%m%d-%H%M%S")
    if out.exists() and not out.is_dir():
        raise LikewiseError(f"{out} is a file: choose a folder for the run with --out.")
    if (out / "run.json").is_file() and not resume:
        raise LikewiseError(f"{out} already holds a run: go on with it (--resume), or choose another folder.")
    if not (out / "run.json").is_file():
        from likewise.training.run_folder import require_free

        require_free(out)
    return out


def _train(samples: Any, graph: SimilarityGraph | None, *, out: Path, **options: Any) -> Run:
    from likewise.run import fit as train

    tell(f"training in {out}")
    try:
        return train(samples, graph, out=out, **options)
    except (KeyboardInterrupt, SystemExit):
        tell(f"the same command with --out {out} --resume goes on.")
        raise


def _miner(count: int) -> Any:
    from likewise.sources import neighbors

    def mine(space: Space, epoch: int) -> SimilarityGraph:
        del epoch
        return neighbors(space, count)

    return mine


def _conclude(run: Run, data: str, labels: str | None, as_json: bool) -> None:
    last = next(reversed(run.metrics()), {})
    now = f"kept in {run.path}" if run.finished else f"go on: the same command with --out {run.path} --resume"
    measured = ", ".join(f"{name} {value:.4g}" for name, value in last.items() if name in ("loss", "knn", "rankme"))
    command = ["likewise", "report", str(run.path), data, *(() if labels is None else ("--labels", labels))]
    look = f"look at it: {shlex.join(command)}"
    emit(
        {"path": str(run.path), "finished": run.finished, "steps_done": run.record["steps_done"], **last},
        f"{run.done}{': ' if measured else ''}{measured}\n{now}\n{look}",
        as_json=as_json,
    )
