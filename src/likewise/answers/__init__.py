"""Answers of people and other oracles: kept safely, what follows from them, and how sure that is."""

from likewise.answers.annotators import ErrorModel, Rates, estimate_errors, evidence, posterior
from likewise.answers.calibration import Calibration, hellinger
from likewise.answers.deduction import Conflict, Deduction
from likewise.answers.events import Counts, Event
from likewise.answers.exchange import export_answers, import_answers, merge
from likewise.answers.pair_features import PairFeatures, neighbor_features, pair_features, reference_pairs
from likewise.answers.questions import (
    ALIKE,
    CODES,
    DIFFERENT,
    UNSURE,
    UNTICKED,
    Answer,
    Judgements,
    Kind,
    Question,
    Value,
)
from likewise.answers.store import Store

__all__ = [
    "ALIKE",
    "CODES",
    "DIFFERENT",
    "UNSURE",
    "UNTICKED",
    "Answer",
    "Calibration",
    "Conflict",
    "Counts",
    "Deduction",
    "ErrorModel",
    "Event",
    "Judgements",
    "Kind",
    "PairFeatures",
    "Question",
    "Rates",
    "Store",
    "Value",
    "estimate_errors",
    "evidence",
    "export_answers",
    "hellinger",
    "import_answers",
    "merge",
    "neighbor_features",
    "pair_features",
    "posterior",
    "reference_pairs",
]
