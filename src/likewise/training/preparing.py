"""What happens to samples and graph before training: what is held out, and whether pairs would teach nothing."""

from __future__ import annotations

import sys
import warnings

import numpy as np

from likewise.data import Samples
from likewise.graph import SimilarityGraph, require_fit
from likewise.settings import Settings
from likewise.training.run_folder import TrainedRun
from likewise.views import Views

BATCH = 256


def default_batch(samples: Samples, monitor: float = 0.1) -> int:
    """256, or the largest power of two of which an epoch of these samples holds at least two.

    Args:
        samples: what to train on.
        monitor: the share held out of training where there are labels.

    >>> from likewise.data import open_samples
    >>> default_batch(open_samples(np.eye(60))), default_batch(open_samples(np.eye(600)))
    (16, 256)
    """
    trained = int(len(samples) * (1 - monitor)) if samples.labels is not None else len(samples)
    return min(BATCH, max(2, 1 << max(trained // 2, 1).bit_length() - 1))


def hold_out(samples: Samples, settings: Settings, quiet: bool) -> tuple[Samples, Samples | None]:
    """The samples to train on, and those to watch."""
    if samples.labels is None or not settings.monitor or len(samples) < 20:
        return samples, None
    watched, training = samples.split(settings.monitor, group=settings.group, seed=settings.seed)
    if not quiet:
        print(
            f"{len(watched):,} of {len(samples):,} samples are held out of training and of its graph to watch kNN "
            "accuracy (monitor)",
            file=sys.stderr,
        )
    return training, watched


def graph_of(
    samples: Samples, training: Samples, graph: SimilarityGraph | None, before: TrainedRun | None
) -> tuple[SimilarityGraph, SimilarityGraph | None]:
    """The graph to train on, and the part of the one given that is about the training samples."""
    if graph is not None:
        graph = require_fit(graph, samples)
        if training is not samples:
            order = np.argsort(samples.ids)  # where the samples of the part stand among all
            graph = graph.subset(order[np.searchsorted(samples.ids, training.ids, sorter=order)])
        graph = graph.with_keys(training.keys)
    if before is not None:
        return before.graph, graph
    graph = SimilarityGraph.none(len(training), training.keys) if graph is None else graph
    return graph, graph


def warn_of_identical_pairs(graph: SimilarityGraph, views: Views, settings: Settings) -> None:
    """Say so where many pairs of a batch will be a sample and itself, unchanged."""
    if views.asymmetric or any(name != "Normalize" for names in views.names for name in names):
        return
    alone = settings.view_count > 1 + settings.partners
    share = 1.0 if alone else graph.diagnose().self_draw
    if share > 0.01:
        what = "views of the anchor itself" if alone else f"{share:.0%} of draws, which give the sample itself,"
        warnings.warn(
            f"views 'none' change nothing, so {what} are identical to it and teach nothing: use other views, or a "
            "graph that leaves the sample out.",
            stacklevel=3,
        )
