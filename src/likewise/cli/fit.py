"""``likewise fit``: train an encoder on samples whose positives come from a graph."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from likewise.cli.graph import Band, FromLabels, Mix, Neighbors, Pairs, Same, build_graph
from likewise.cli.options import Columns, Data, Json, Labels, PriorName, Seed, Size, Skip, emit, load_samples, tell
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.space import Space


def fit(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="The run's folder; default a new one under runs/.")] = None,
    graph: Annotated[Path | None, typer.Option(help="A graph that `likewise graph` wrote.")] = None,
    prior: PriorName = "pixels",
    neighbors: Neighbors = None,
    band: Band = None,
    same: Same = None,
    pairs: Pairs = None,
    use_labels: FromLabels = False,
    mix: Mix = None,
    method: Annotated[
        str, typer.Option(help="simclr, supcon, moco, nnclr, vicreg, barlow, spectral, byol or simsiam.")
    ] = "simclr",
    views: Annotated[
        str, typer.Option(help="How images are changed: none, weak (flips), rrc, strong, asymmetric.")
    ] = "weak",
    encoder: Annotated[str, typer.Option(help="conv3, conv4, mlp, or any timm name.")] = "resnet18",
    pretrained: Annotated[
        bool, typer.Option("--pretrained", help="Start a timm encoder from published weights.")
    ] = False,
    epochs: Annotated[int, typer.Option(help="Passes over the samples.")] = 100,
    batch_size: Annotated[int, typer.Option(help="Samples a step.")] = 256,
    optimizer: Annotated[str, typer.Option(help="sgd, adamw or lars.")] = "sgd",
    lr: Annotated[
        float | None, typer.Option(help="Peak learning rate; default the optimizer's, scaled to the batch.")
    ] = None,
    sample: Annotated[
        str, typer.Option(help="anchors; pairs (SPPS as published); neighborhoods (batches filled along the graph).")
    ] = "anchors",
    mates: Annotated[
        str | None,
        typer.Option(help="What pairs of a batch that are alike but not drawn do: negative, ignore or attract."),
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Of the contrastive methods.")] = None,
    precision: Annotated[str, typer.Option(help="auto, float32 or bf16.")] = "auto",
    monitor: Annotated[float, typer.Option(help="Share of labelled samples held out to watch kNN accuracy.")] = 0.1,
    remine: Annotated[
        int, typer.Option(help="Every so many epochs, take the neighbours anew from the network in training.")
    ] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes, to be resumed.")] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Log for TensorBoard, too.")] = False,
    labels: Labels = None,
    columns: Columns = None,
    size: Size = None,
    skip: Skip = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Train an encoder on your samples; what is alike comes from a graph.

    Without a graph this is self-supervised learning by augmentation alone. With --neighbors it is GPS-SSL, with --band
    SPPS, with --use-labels supervised contrast. Everything needed to repeat the run is kept in its folder.

    Example: likewise fit photos/ --prior timm:resnet50 --neighbors 5 --epochs 200
    """
    from likewise.graph import SimilarityGraph
    from likewise.run import fit as train
    from likewise.sources import neighbors as nearest

    samples = load_samples(data, labels=labels, columns=columns, size=size, skip=skip)
    wanted = build_graph(
        samples,
        prior=prior,
        neighbors=neighbors,
        band=band,
        same=same,
        pairs=pairs,
        use_labels=use_labels,
        mix=mix,
        seed=seed,
    )
    if graph is not None:
        if wanted is not None:
            raise LikewiseError("give --graph, or the sources of one (--neighbors, --band, ...), not both.")
        wanted = SimilarityGraph.load(graph, samples)
    options = {"mates": mates, "temperature": temperature, "lr": lr}
    if wanted is not None:
        tell(str(wanted.diagnose(samples.labels)))

    def mine(space: Space, epoch: int) -> SimilarityGraph:
        del epoch
        return nearest(space, neighbors or 5)

    run = train(
        samples,
        wanted,
        out=out or Path("runs") / time.strftime("%Y%m%d-%H%M%S"),
        method=method,
        views=views,
        encoder=encoder,
        pretrained=pretrained,
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        sample=sample,
        precision=precision,
        monitor=monitor,
        remine=remine,
        remine_with=mine if remine else None,
        resume=resume,
        minutes=minutes,
        tensorboard=tensorboard,
        seed=seed,
        **{name: value for name, value in options.items() if value is not None},
    )
    last = run.metrics()[-1]
    follow = "" if run.finished else f" (stopped; go on with --out {run.path} --resume)"
    emit(
        {"path": str(run.path), "finished": run.finished, **last},
        f"{run!r}\nkept in {run.path}{follow}",
        as_json=as_json,
    )
