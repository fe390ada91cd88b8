"""The similarity graph: terms, algebra, draws, closure, diagnosis, reading and writing."""

from likewise.graph.closure import Closure, Contradiction
from likewise.graph.diagnosis import ClassDiagnosis, Diagnosis, LabelDiagnosis, class_codes
from likewise.graph.mixtures import mix, union_of
from likewise.graph.operations import require_fit
from likewise.graph.similarity_graph import SimilarityGraph
from likewise.graph.tables import from_table
from likewise.graph.terms import Edges, Groups, Source

__all__ = [
    "ClassDiagnosis",
    "Closure",
    "Contradiction",
    "Diagnosis",
    "Edges",
    "Groups",
    "LabelDiagnosis",
    "SimilarityGraph",
    "Source",
    "class_codes",
    "from_table",
    "mix",
    "require_fit",
    "union_of",
]
