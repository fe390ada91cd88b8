"""A graph beside all that it has to beat, in one call."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from torch import nn

from likewise.arrays import FloatArray, as_numpy
from likewise.data import Samples
from likewise.errors import LikewiseError, unknown_name
from likewise.evaluation.checks import Values
from likewise.evaluation.distillation import Distilled, distil, require_rows
from likewise.evaluation.graph_baseline import graph_alone
from likewise.evaluation.intervals import Summary, summarise
from likewise.evaluation.results import Evaluation
from likewise.evaluation.scoring import evaluate_features
from likewise.graph import SimilarityGraph, require_fit
from likewise.progress import progress
from likewise.search import nearest
from likewise.sources import labels, random_like
from likewise.space import Space
from likewise.training import train

ATTACH = 5
"""Nearest training neighbours in the space that stand for a test sample where the graph is alone."""

OURS = (
    "callbacks", "devices", "logger", "minutes", "monitor", "out", "quiet", "remine", "remine_with", "resume", "sample",
    "seed", "start_from",
)  # fmt: skip


def controls(
    train_samples: Samples,
    train_y: Values,
    test_samples: Samples,
    test_y: Values,
    graph: SimilarityGraph,
    space: tuple[Space, Space] | None = None,
    *,
    out: str | Path,
    which: Sequence[str] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    fit_options: Mapping[str, Any] | None = None,
    eval_options: Mapping[str, Any] | None = None,
    resume: bool = False,
) -> Summary:
    """A graph of the training samples beside its controls: same encoder, views, steps, seeds and evaluation.

    ``the graph``; ``no graph``: augmentation alone; ``random graph``: random partners of equal degree; ``label graph``:
    the labels of all training samples, a ceiling. With a space also ``space``: its own features; ``graph alone``: no
    training (``graph_alone``; the graph never saw the test samples, each takes the mean of its 5 nearest training
    neighbours in the space); ``distil prior``: the encoder regressed onto the space (``distil``); ``from prior``: the
    same encoder, then trained on the graph: twice the steps. GPS-SSL's reviewers asked for the last four
    (arXiv 2401.01990).

    Args:
        train_samples: n samples; all of them train, none is held out to watch.
        train_y: whole labels [n] for the probes and the label graph, negative: unlabelled.
        test_samples: m samples that nothing is fitted on.
        test_y: whole labels [m].
        graph: of the training samples.
        space: the prior's rows for the training samples [n, d], and for the test samples [m, d].
        out: a new folder, unless ``resume``; a run a trained row and seed.
        which: some of ``CONTROLS``; None: all that the arguments allow.
        seeds: of training, random graph and evaluation; equal seeds draw equal supports.
        fit_options: of ``train``: encoder, views, method, epochs, ...
        eval_options: of ``evaluate_features``: metrics, shots, draws, k.
        resume: go on in ``out``: runs that are finished are taken as they are, one that was stopped is continued.

    Raises:
        LikewiseError: a row needs a space, the graph or the space does not fit the samples, an option that would make
            rows unequal, unknown names.
    """
    bench = Bench(
        train_samples, train_y, test_samples, test_y, require_fit(graph, train_samples), space, Path(out),
        dict(fit_options or {}), dict(eval_options or {}), resume,
    )  # fmt: skip
    names = bench.checked(which)
    if not seeds or len(set(seeds)) < len(seeds):
        raise LikewiseError(f"controls need different seeds, at least one, got {tuple(seeds)}.")
    with progress(len(names) * len(seeds), "controls") as advance:
        rows: dict[str, list[Evaluation]] = {name: [] for name in names}
        for seed in seeds:
            for name in names:
                rows[name].append(CONTROLS[name](bench, seed))
                advance(1)
    return summarise(rows, notes=bench.notes(names, seeds))


@dataclass(frozen=True, eq=False)
class Bench:
    """What all rows share."""

    train_samples: Samples
    train_y: Values
    test_samples: Samples
    test_y: Values
    graph: SimilarityGraph
    space: tuple[Space, Space] | None
    out: Path
    fit_options: dict[str, Any]
    eval_options: dict[str, Any]
    resume: bool = False
    _distilled: dict[int, Distilled] = field(default_factory=dict)

    def checked(self, which: Sequence[str] | None) -> list[str]:
        """The rows to make, after everything that can be refused before hours of training was refused."""
        for option in OURS:
            if option in self.fit_options:
                raise LikewiseError(f"fit_options must leave {option!r} out: controls keeps it equal for all rows.")
        if "seed" in self.eval_options or "metric" in self.eval_options:
            raise LikewiseError("eval_options must leave 'seed' and 'metric' out: controls sets them for each row.")
        for name in which or ():
            if name not in CONTROLS:
                raise unknown_name("control", name, CONTROLS)
            if name in NEED_SPACE and self.space is None:
                raise LikewiseError(f"the row {name!r} needs space=(train_space, test_space).")
        if self.space is not None:
            for part, samples in zip(self.space, (self.train_samples, self.test_samples), strict=True):
                require_rows(part, samples)
        possible = [name for name in CONTROLS if self.space is not None or name not in NEED_SPACE]
        return possible if which is None else list(dict.fromkeys(which))

    def spaces(self) -> tuple[Space, Space]:
        """The prior of training and test samples."""
        assert self.space is not None
        return self.space

    def features(self, train_x: FloatArray, test_x: FloatArray, seed: int, metric: str = "cosine") -> Evaluation:
        """The figures of features."""
        options: dict[str, Any] = {**self.eval_options, "seed": seed, "metric": metric}
        return evaluate_features(train_x, self.train_y, test_x, self.test_y, **options)

    def trained(self, name: str, graph: SimilarityGraph, seed: int, start: nn.Module | None = None) -> Evaluation:
        """Train on a graph, from the encoder of the options or a given start, and evaluate."""
        folder = self.out / f"{name.replace(' ', '-')}-{seed}"
        options = self.options(seed) | ({} if start is None else {"encoder": start})
        run = train(self.train_samples, graph, out=folder, monitor=0.0, quiet=True, resume=self.resume, **options)
        module = options.get("encoder")
        module = module if isinstance(module, nn.Module) else None
        train_x, test_x = (run.embed(part, module=module) for part in (self.train_samples, self.test_samples))
        return self.features(train_x, test_x, seed)

    def distilled(self, seed: int) -> Distilled:
        """The encoder regressed onto the space, made once a seed."""
        if seed not in self._distilled:
            options = {k: v for k, v in self.options(seed).items() if k not in ("save_every", "tensorboard", "workers")}
            self._distilled[seed] = distil(self.train_samples, self.spaces()[0], **options)
        return self._distilled[seed]

    def options(self, seed: int) -> dict[str, Any]:
        """Options of a training; a module of the user's is copied, so that each row starts from its weights."""
        return {**copy.deepcopy(self.fit_options), "seed": seed}

    def notes(self, names: Sequence[str], seeds: Sequence[int]) -> list[str]:
        """What a reader of the table must know."""
        size = f"{len(self.train_samples):,} training and {len(self.test_samples):,} test samples"
        notes = [f"{size}; mean ± 95 % interval over {len(seeds)} seeds (Student's t); the test samples never change."]
        if "graph alone" in names:
            notes.append(
                f"graph alone: label spreading and spectral clusters of the training graph; a test sample takes the "
                f"mean of its {min(ATTACH, self.spaces()[0].n)} nearest training neighbours in the space."
            )
        if "from prior" in names:
            notes.append("from prior: as many steps of distillation as of training, twice those of the other rows.")
        if "label graph" in names:
            notes.append("label graph: trained with the labels of all training samples.")
        return notes


def _space(bench: Bench, seed: int) -> Evaluation:
    known, asked = bench.spaces()
    return bench.features(known.array, asked.array, seed, known.metric)


def _graph_alone(bench: Bench, seed: int) -> Evaluation:
    known, asked = bench.spaces()
    where = nearest(asked, known, k=min(ATTACH, known.n), metric=known.metric).ids
    options = {name: bench.eval_options[name] for name in ("shots", "draws") if name in bench.eval_options}
    return graph_alone(bench.graph, bench.train_y, bench.test_y, where, seed=seed, **options)


def _distil_prior(bench: Bench, seed: int) -> Evaluation:
    found = bench.distilled(seed)
    return bench.features(found.embed(bench.train_samples), found.embed(bench.test_samples), seed)


def _no_graph(bench: Bench, seed: int) -> Evaluation:
    return bench.trained("no graph", SimilarityGraph.none(bench.graph.n), seed)


def _random_graph(bench: Bench, seed: int) -> Evaluation:
    return bench.trained("random graph", random_like(bench.graph, seed), seed)


def _the_graph(bench: Bench, seed: int) -> Evaluation:
    return bench.trained("the graph", bench.graph, seed)


def _from_prior(bench: Bench, seed: int) -> Evaluation:
    start = copy.deepcopy(bench.distilled(seed).encoder).train()
    return bench.trained("from prior", bench.graph, seed, start)


def _label_graph(bench: Bench, seed: int) -> Evaluation:
    return bench.trained("label graph", labels(np.maximum(as_numpy(bench.train_y), -1), unlabelled=-1), seed)


CONTROLS: Mapping[str, Callable[[Bench, int], Evaluation]] = MappingProxyType(
    {
        "space": _space,
        "graph alone": _graph_alone,
        "distil prior": _distil_prior,
        "no graph": _no_graph,
        "random graph": _random_graph,
        "the graph": _the_graph,
        "from prior": _from_prior,
        "label graph": _label_graph,
    }
)
"""How each row is made, in the order of the table."""

NEED_SPACE = ("space", "graph alone", "distil prior", "from prior")
