"""The demo's experiment: the same encoder, the same epochs, only what is alike differs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import torch

from likewise import priors
from likewise.arrays import Array
from likewise.demo.answer_curve import answered_graph
from likewise.demo.folds import Fold, make_fold, open_digits
from likewise.evaluation import Evaluation, evaluate_features, graph_alone
from likewise.graph import SimilarityGraph, mix
from likewise.randomness import numpy_generator
from likewise.search import nearest
from likewise.sources import band, labels, neighbors, random_like
from likewise.space import Space
from likewise.training import train
from likewise.views import Compose
from likewise.views.image import Noise, Shift

WEAK = Compose(Noise(0.1))
STRONG = Compose(Shift(1), Noise(0.3))
"""Chosen by what leaves a digit the same digit, not by any result; digits may not be flipped."""

LABELLED = 5
"""How many digits of each class have a label in the row of a few labels."""

NEIGHBORS = 5
SHOTS = (1, 5)


@dataclass(frozen=True)
class Row:
    """A row of the demo: how it decides what is alike, and how samples are changed."""

    name: str
    says: str
    graph: Callable[[Fold], SimilarityGraph]
    views: Compose = WEAK


def few_labels(fold: Fold) -> SimilarityGraph:
    """The graph of a few labels a class, drawn at random; all other digits are alike themselves alone."""
    known = np.full(len(fold.train), -1)
    generator = numpy_generator(fold.seed, "few labels")
    for label in np.unique(fold.truth):
        chosen = generator.permutation(np.flatnonzero(fold.truth == label))[:LABELLED]
        known[chosen] = label
    return labels(known)


def none(fold: Fold) -> SimilarityGraph:
    """Nobody is alike anybody else."""
    return SimilarityGraph.none(len(fold.train))


ROWS = (
    Row("no graph, weak views", "an image and its own noisy copy", none),
    Row("no graph, strong views", "an image and its own shifted, noisier copy", none, STRONG),
    Row("GPS", f"the {NEIGHBORS} nearest images in pixel space", lambda fold: neighbors(fold.space, NEIGHBORS)),
    Row(
        "SPPS",
        "images whose cosine similarity falls in a band, mixed half and half with the image itself",
        lambda fold: mix(none(fold), band(fold.space, "auto"), 0.5),
    ),
    Row("GPS + 50 answers", "the same, and what 50 answers say", lambda fold: answered_graph(fold, NEIGHBORS, 50)),
    Row("GPS + 150 answers", "the same, and what 150 answers say", lambda fold: answered_graph(fold, NEIGHBORS, 150)),
    Row(
        "random graph",
        f"{NEIGHBORS} random images: the control",
        lambda fold: random_like(neighbors(fold.space, NEIGHBORS), fold.seed),
    ),
    Row("a few labels", f"images of one class, for {LABELLED} labelled images a class", few_labels),
    Row("all labels", "all images of one class: the ceiling", lambda fold: labels(fold.truth)),
)

UNTRAINED = ("raw pixels", "graph alone")

Results = dict[str, list[Evaluation]]
"""By row the evaluation of each seed."""


def run_rows(pool: Pool, folder: Path, seeds: tuple[int, ...], epochs: int) -> Results:
    """Train and measure every row with every seed, a few at a time, telling how far it is."""
    names = [*UNTRAINED, *(row.name for row in ROWS)]
    jobs = [(folder, name, seed, epochs) for seed in seeds for name in names]
    found: dict[tuple[str, int], Evaluation] = {}
    began = time.monotonic()
    for name, seed, result in pool.imap_unordered(_job, jobs):
        found[name, seed] = result
        left = (time.monotonic() - began) / len(found) * (len(jobs) - len(found))
        line = f"{len(found):>3}/{len(jobs)}  seed {seed}  {name:<24} 1-shot {result['1-shot']:6.1%}"
        print(f"{line}  {left:3.0f} s left", file=sys.stderr, flush=True)
    return {name: [found[name, seed] for seed in seeds] for name in names}


def workers() -> Pool:
    """A process a core, each with one thread: nets this small gain nothing from more. One where there is a GPU."""
    count = 1 if torch.cuda.is_available() else min(8, os.cpu_count() or 1)
    for library in ("OMP", "OPENBLAS", "MKL"):  # read when a library is loaded, so by the new processes alone
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    return get_context("spawn").Pool(count, torch.set_num_threads, (1,))


def _job(job: tuple[Path, str, int, int]) -> tuple[str, int, Evaluation]:
    folder, name, seed, epochs = job
    return name, seed, run_row(folder, name, seed, epochs)


def run_row(folder: Path, name: str, seed: int, epochs: int) -> Evaluation:
    """Train and measure one row with one seed."""
    fold = make_fold(open_digits(), seed)
    if name in UNTRAINED:
        asked = priors.pixels(fold.test)
        return _measure(fold, fold.space.array, asked.array) if name == "raw pixels" else _graph_alone(fold, asked)
    row = next(row for row in ROWS if row.name == name)
    return _train_row(row, fold, run_folder(folder, name, seed), epochs)


def run_folder(folder: Path, row: str, seed: int) -> Path:
    """Where the run of a row and a seed is kept."""
    return folder / "runs" / f"{row.replace(',', '').replace(' ', '-')}-{seed}"


def _train_row(row: Row, fold: Fold, folder: Path, epochs: int) -> Evaluation:
    graph = row.graph(fold)
    run = train(
        fold.train,
        graph,
        out=folder,
        encoder="conv3",
        views=row.views,
        epochs=epochs,
        optimizer="adamw",
        batch_size=256,
        monitor=0,
        seed=fold.seed,
        quiet=True,
    )
    return _measure(fold, run.embed(fold.train), run.embed(fold.test)) | _agreement(graph, fold)


def _measure(fold: Fold, known: Array, asked: Array) -> Evaluation:
    truth = fold.test.labels
    assert truth is not None
    chosen = ("knn", "linear", "few-shot", "clustering")
    return evaluate_features(known, fold.truth, asked, truth, metrics=chosen, shots=SHOTS, seed=fold.seed)


def _agreement(graph: SimilarityGraph, fold: Fold) -> Evaluation:
    """How the graph agrees with the labels; nothing where it joins no two images."""
    if not graph.terms:
        return Evaluation({})
    agreement = graph.diagnose(fold.truth).labels
    assert agreement is not None
    return Evaluation({"purity": agreement.purity, "connected": agreement.connected_share})


def _graph_alone(fold: Fold, asked: Space) -> Evaluation:
    """What the GPS graph knows without training; a held-out digit asks its nearest training digits."""
    graph, truth = neighbors(fold.space, NEIGHBORS), fold.test.labels
    assert truth is not None
    nearby = nearest(asked, fold.space, k=NEIGHBORS).ids
    found = graph_alone(graph, fold.truth, truth, nearby, shots=SHOTS, seed=fold.seed)
    return found | _agreement(graph, fold)
