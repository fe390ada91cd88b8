"""Answers from labels for peers in environments of their own: some are wrong, the same ones whenever they are asked."""

import time

import numpy as np


class Over(Exception):
    """No more questions, or no more time."""


class PeerAnswers:
    """Says of two samples whether they are alike, so many times and so long."""

    def __init__(self, y, error, seed, budget, seconds):
        self.y, self.error, self.seed = y, error, seed
        self.asked, self.budget, self.until = 0, budget, time.monotonic() + seconds

    def alike(self, a, b):
        if self.asked == self.budget or time.monotonic() > self.until:
            raise Over
        self.asked += 1
        wrong = np.random.default_rng([self.seed, min(a, b), max(a, b)]).random() < self.error
        return bool(self.y[a] == self.y[b]) != bool(wrong)
