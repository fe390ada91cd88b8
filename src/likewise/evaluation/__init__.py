"""What a representation is worth, beside every control that it has to beat, with intervals over seeds."""

from likewise.evaluation.control_rows import CONTROLS, controls
from likewise.evaluation.distillation import Distilled, distil
from likewise.evaluation.graph_baseline import graph_alone
from likewise.evaluation.intervals import Interval, Summary, compare, summarise
from likewise.evaluation.protocol import Protocol
from likewise.evaluation.results import Evaluation
from likewise.evaluation.scoring import METRICS, evaluate_features
from likewise.evaluation.spaces import summarise_space
from likewise.evaluation.spectral import spectral_clusters
from likewise.evaluation.spreading import spread_labels

__all__ = [
    "CONTROLS",
    "METRICS",
    "Distilled",
    "Evaluation",
    "Interval",
    "Protocol",
    "Summary",
    "compare",
    "controls",
    "distil",
    "evaluate_features",
    "graph_alone",
    "spectral_clusters",
    "spread_labels",
    "summarise",
    "summarise_space",
]
