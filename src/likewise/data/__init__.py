"""Samples with stable keys, metadata and splits; in memory or streamed; and the ids of every batch."""

from likewise.data.batches import AnchorBatches, Batches, NeighborhoodBatches, PairBatches, effective_anchors
from likewise.data.checking import Check, Finding, check
from likewise.data.opening import open_samples
from likewise.data.pairs import PairDataset
from likewise.data.samples import Samples, require_samples

__all__ = [
    "AnchorBatches",
    "Batches",
    "Check",
    "Finding",
    "NeighborhoodBatches",
    "PairBatches",
    "PairDataset",
    "Samples",
    "check",
    "effective_anchors",
    "open_samples",
    "require_samples",
]
