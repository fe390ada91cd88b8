"""Answers of people and other oracles: kept safely, what follows from them, and how sure that is."""

from likewise.answers.agreement import Agreement, agreements, cohen_kappa
from likewise.answers.calibration import Calibration, hellinger
from likewise.answers.deduction import Conflict, Deduction
from likewise.answers.error_rates import Rates, estimate_errors, evidence, posterior
from likewise.answers.exchange import export_answers, import_answers, merge
from likewise.answers.group_names import group_names, name_group
from likewise.answers.leases import current_leases
from likewise.answers.pair_features import PairFeatures, neighbor_features, pair_features, reference_pairs
from likewise.answers.questions import (
    CODES,
    UNSURE,
    Answer,
    Judgements,
    Question,
    Value,
)
from likewise.answers.store import AnswerStore

__all__ = [
    "CODES",
    "UNSURE",
    "Agreement",
    "Answer",
    "AnswerStore",
    "Calibration",
    "Conflict",
    "Deduction",
    "Judgements",
    "PairFeatures",
    "Question",
    "Rates",
    "Value",
    "agreements",
    "cohen_kappa",
    "current_leases",
    "estimate_errors",
    "evidence",
    "export_answers",
    "group_names",
    "hellinger",
    "import_answers",
    "merge",
    "name_group",
    "neighbor_features",
    "pair_features",
    "posterior",
    "reference_pairs",
]
