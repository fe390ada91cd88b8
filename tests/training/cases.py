"""What the tests of training share: some digits, a small and quick run of them, and its weights."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits

import likewise as lw
from likewise.training import train
from likewise.training.checkpoints import read_checkpoint
from likewise.training.run_folder import checkpoint

N = 96
PIXELS, CLASSES = load_digits(return_X_y=True)
PIXELS, CLASSES = PIXELS[:N] / 16, CLASSES[:N]
IMAGES = PIXELS.reshape(N, 8, 8).astype(np.float32)
QUICK = {"encoder": "conv3", "width": 4, "batch_size": 32, "epochs": 3, "quiet": True, "monitor": 0.0, "warmup": 1}
QUICK |= {"precision": "float32", "workers": 0, "hidden": 16, "dim": 8}


def digits(labels=False, **options):
    return lw.open(IMAGES, labels=CLASSES if labels else None, **options)


def neighbors(k=3):
    return lw.neighbors(PIXELS, k=k)


def quick(out, samples=None, graph=None, **options):
    samples = digits() if samples is None else samples
    return train(samples, graph, out=out, **(QUICK | options))


def weights(run):
    """All weights of a run's last checkpoint: of the method, its queue, its target."""
    return read_checkpoint(checkpoint(run.path, run.record["steps_done"]))["method"]


def equal(one, two):
    one, two = (weights(run) for run in (one, two))
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
