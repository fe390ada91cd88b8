"""Samples and a graph to show."""

from __future__ import annotations

import numpy as np
from tests.labelling.cases import blobs

import likewise
from likewise.data import Samples
from likewise.graph import SimilarityGraph
from likewise.show import GraphView, Pictures


def digits(classes: int = 4, each: int = 8) -> tuple[Samples, np.ndarray]:
    _, y = blobs(classes, each)
    random = np.random.default_rng(0)
    images = (40 * y[:, None, None] + random.integers(0, 30, (len(y), 12, 12))).astype(np.uint8)
    columns = {"place": np.array([f"<b>room {i}</b>" for i in range(len(y))])}
    keys = [f"photo {i}.png" for i in range(len(y))]
    return likewise.open(images, labels=y, keys=keys, columns=columns), y


def looked_at(shown: type[Pictures] = Pictures) -> tuple[GraphView, np.ndarray]:
    """A random graph over digits, the last four isolated, and a group of a few labels."""
    samples, y = digits()
    n = len(y)
    random = np.random.default_rng(0)
    rows, cols = random.integers(0, n - 4, (2, 120))
    weights = random.random(120).astype(np.float32)
    edges = SimilarityGraph.from_edges(n, rows, cols, weights, keys=samples.keys)
    labels = np.where(np.arange(n) < 8, y, -1)
    graph = edges | 0.5 * SimilarityGraph.from_labels(labels, keys=samples.keys)
    pixels = samples.storage.reshape(n, -1).float().numpy()
    return GraphView(graph, shown(samples), "photos", labels=y, features=lambda ids: pixels[ids], space="pixels"), y
