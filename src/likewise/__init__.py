"""likewise: self-supervised learning in which you decide what is alike.

A similarity graph over the samples says who is alike. Sources make graphs, graphs combine, a batch is cut out of a
graph, and every loss takes embeddings and the relation of the batch.

Names are loaded when they are used, so that importing likewise costs little more than importing torch.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise import closed_form as closed_form
    from likewise import evaluation as evaluation
    from likewise import losses as losses
    from likewise import metrics as metrics
    from likewise import priors as priors
    from likewise import testing as testing
    from likewise import views as views
    from likewise.active import ask as ask
    from likewise.active import audit as audit
    from likewise.adaptation import adapt as adapt
    from likewise.data import PairDataset as PairDataset
    from likewise.data import Samples as Samples
    from likewise.data import check as check
    from likewise.data import open_samples as open
    from likewise.errors import LikewiseError as LikewiseError
    from likewise.graph import SimilarityGraph as SimilarityGraph
    from likewise.graph import mix as mix
    from likewise.keys import Keys as Keys
    from likewise.methods import JointEmbedding as JointEmbedding
    from likewise.methods import build_encoder as build_encoder
    from likewise.methods import build_method as build_method
    from likewise.methods import make_method as make_method
    from likewise.registry import register as register
    from likewise.relation import Relation as Relation
    from likewise.run import Run as Run
    from likewise.run import fit as fit
    from likewise.sources import answered as answered
    from likewise.sources import band as band
    from likewise.sources import different as different
    from likewise.sources import labels as labels
    from likewise.sources import neighbors as neighbors
    from likewise.sources import pairs as pairs
    from likewise.sources import random_like as random_like
    from likewise.sources import same as same
    from likewise.space import Space as Space
    from likewise.views import make_views as make_views

_WHERE = {
    "LikewiseError": "errors",
    "JointEmbedding": "methods",
    "Keys": "keys",
    "PairDataset": "data",
    "Relation": "relation",
    "Run": "run",
    "Samples": "data",
    "SimilarityGraph": "graph",
    "Space": "space",
    "adapt": "adaptation",
    "answered": "sources",
    "ask": "active",
    "audit": "active",
    "band": "sources",
    "build_encoder": "methods",
    "build_method": "methods",
    "check": "data",
    "closed_form": "",
    "different": "sources",
    "evaluation": "",
    "fit": "run",
    "labels": "sources",
    "losses": "",
    "make_method": "methods",
    "make_views": "views",
    "metrics": "",
    "mix": "graph",
    "neighbors": "sources",
    "open": "data.open_samples",
    "pairs": "sources",
    "priors": "",
    "random_like": "sources",
    "register": "registry",
    "same": "sources",
    "views": "",
    "testing": "",
}

__all__ = [
    "JointEmbedding",
    "Keys",
    "LikewiseError",
    "PairDataset",
    "Relation",
    "Run",
    "Samples",
    "SimilarityGraph",
    "Space",
    "adapt",
    "answered",
    "ask",
    "audit",
    "band",
    "build_encoder",
    "build_method",
    "check",
    "closed_form",
    "different",
    "evaluation",
    "fit",
    "labels",
    "losses",
    "make_method",
    "make_views",
    "metrics",
    "mix",
    "neighbors",
    "open",
    "pairs",
    "priors",
    "random_like",
    "register",
    "same",
    "testing",
    "views",
]

try:
    __version__ = version("likewise")
except PackageNotFoundError:  # run from its sources, without being installed
    __version__ = "0.0.0"


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'likewise' has no attribute {name!r}")
    where = _WHERE[name]
    if not where:
        return import_module(f"likewise.{name}")
    room, _, attribute = where.partition(".")
    value = getattr(import_module(f"likewise.{room}"), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
