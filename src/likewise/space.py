"""A metric space: what it says is near, before anything is trained."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, FloatArray, as_numpy, fingerprint
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.metrics import effective_rank, knn_accuracy
from likewise.randomness import numpy_generator

METRICS = ("cosine", "euclidean")
FORMAT = 1
PAIRS = 2000
"""So many random pairs tell how far alike and different ones are apart."""


@dataclass(frozen=True, eq=False, repr=False)
class Space:
    """One row for each sample, and the metric by which rows are near or far.

    Attributes:
        array: floating point [n, d].
        metric: "cosine" or "euclidean".
        name: what made it.
        keys: the samples' keys, where known.
        info: facts on how it was made, as JSON holds them.

    Raises:
        LikewiseError: not [n, d], NaN or infinity in a row, unknown metric, as many keys as rows missing.
    """

    array: Array
    metric: str = "cosine"
    name: str = "space"
    keys: Keys | None = None
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise unknown_name("metric", self.metric, METRICS)
        object.__setattr__(self, "array", _floating(self.array, self.name))
        if self.keys is not None and len(self.keys) != self.n:
            raise LikewiseError(f"space {self.name!r} has {self.n} rows and {len(self.keys)} keys: they must agree.")

    @classmethod
    def of(cls, x: Space | Array | Tensor) -> Space:
        """The space itself, or a cosine space of an array or tensor [n, d]."""
        return x if isinstance(x, Space) else cls(as_numpy(x.float() if isinstance(x, Tensor) else x))

    @property
    def n(self) -> int:
        """How many samples."""
        return int(self.array.shape[0])

    @property
    def d(self) -> int:
        """How many dimensions."""
        return int(self.array.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Content hash (32 hex digits) of the array and the metric; names, keys and info do not enter."""
        return fingerprint(self.array, self.metric)

    @cached_property
    def normalized(self) -> FloatArray:
        """The rows divided by their norm, float32 [n, d]; a row of zeros stays."""
        rows = self.array.astype(np.float32)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(norms > 0, norms, 1)
        return rows

    @cached_property
    def effective_rank(self) -> float:
        """The number of directions in which the rows vary, normalised for cosine (``metrics.effective_rank``)."""
        return effective_rank(self.normalized if self.metric == "cosine" else self.array)

    def summary(self, labels: Array | Tensor | None = None, *, k: int = 20, seed: int = 0) -> dict[str, Any]:
        """What the space is and, with labels [n] (negative: none), how well it tells them apart by itself.

        ``knn_accuracy`` and ``linear_accuracy`` (discriminant analysis, shrunk after Ledoit and Wolf) are those of a
        random fifth of the labelled samples, given the others. ``separation`` in [0, 1] is the squared Hellinger
        distance of the distances of alike and of different pairs: the larger, the fewer questions ``ask`` needs
        (``likewise.answers.hellinger``). Facts of ``info`` follow.
        """
        facts: dict[str, Any] = {"name": self.name, "samples": self.n, "dimension": self.d, "metric": self.metric}
        facts["effective_rank"] = self.effective_rank
        if labels is not None:
            facts |= self._accuracies(as_numpy(labels), k, seed) | self._separation(as_numpy(labels), seed)
        return facts | {name: value for name, value in self.info.items() if name not in facts}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one ``.npz`` file (arrays and JSON, no pickles) that ``load`` reads; complete or not at all."""
        target = Path(path)
        facts = {"format": FORMAT, "metric": self.metric, "name": self.name, "info": self.info}
        keys = None if self.keys is None else self.keys.values.tolist()
        header = json.dumps(facts | {"fingerprint": self.fingerprint, "keys": keys}).encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        with partial.open("wb") as file:
            np.savez(file, array=self.array, space=np.frombuffer(header, np.uint8))
        partial.replace(target)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Space:
        """Read what ``save`` wrote.

        Raises:
            LikewiseError: there is no such file, it is not a saved space, or it was damaged.
        """
        stranger = f"{path} is not a space that likewise saved; for other files use likewise.priors.from_file."
        try:
            with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                array, header = file["array"], json.loads(file["space"].tobytes())
            keys = None if header["keys"] is None else Keys.of(header["keys"])
            space = cls(array, header["metric"], header["name"], keys, header["info"])
        except FileNotFoundError:
            raise LikewiseError(f"there is no file {path}.") from None
        except LikewiseError:
            raise
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, zipfile.BadZipFile):
            raise LikewiseError(stranger) from None
        if header.get("format") != FORMAT:
            raise LikewiseError(f"{path} has format {header.get('format')}, this version of likewise reads {FORMAT}.")
        if space.fingerprint != header.get("fingerprint"):
            raise LikewiseError(f"{path} is damaged: its content does not match its fingerprint. Make it again.")
        return space

    def __repr__(self) -> str:
        return f"Space({self.name!r}, {self.n:,} x {self.d}, {self.metric})"

    def _accuracies(self, labels: Array, k: int, seed: int) -> dict[str, float]:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.preprocessing import StandardScaler

        if labels.shape != (self.n,) or labels.dtype.kind not in "iu":
            raise LikewiseError(f"the space has {self.n} rows: it needs as many whole labels, got {labels.shape}.")
        order = numpy_generator(seed, "summary").permutation(np.flatnonzero(labels >= 0))
        test, train = np.split(order, [len(order) // 5])
        if not len(test) or not 2 <= len(np.unique(labels[train])) < len(train):
            raise LikewiseError("accuracies need five labelled samples, two classes, and more samples than classes.")
        x = self.normalized if self.metric == "cosine" else self.array.astype(np.float32)
        scaler = StandardScaler().fit(x[train])
        probe = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(
            scaler.transform(x[train]), labels[train]
        )
        votes = min(k, len(train))
        return {
            "knn_accuracy": knn_accuracy(x[train], labels[train], x[test], labels[test], votes, metric=self.metric),
            "linear_accuracy": float(probe.score(scaler.transform(x[test]), labels[test])),
        }

    def _separation(self, labels: Array, seed: int) -> dict[str, float]:
        """Nothing where no class has two samples."""
        from likewise.answers import hellinger

        random, known = numpy_generator(seed, "separation"), np.flatnonzero(labels >= 0)
        a, b = known[random.integers(0, len(known), (2, PAIRS))]
        order = known[np.argsort(labels[known], kind="stable")]
        first, last = (np.searchsorted(labels[order], labels[a], side) for side in ("left", "right"))
        twin = order[first + (random.random(PAIRS) * (last - first)).astype(int)]
        x = self.normalized if self.metric == "cosine" else self.array.astype(np.float32)
        apart, alike = labels[a] != labels[b], a != twin
        if min(apart.sum(), alike.sum()) < 2:
            return {}
        near = np.linalg.norm(x[a[alike]] - x[twin[alike]], axis=1)
        far = np.linalg.norm(x[a[apart]] - x[b[apart]], axis=1)
        return {"separation": hellinger(near, far)}


def _floating(values: Any, name: str) -> Array:
    """A floating-point array [n, d] without NaN or infinity."""
    if isinstance(values, Tensor) and values.dtype == torch.bfloat16:
        values = values.float()
    array = as_numpy(values)
    if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "fiub":
        raise LikewiseError(f"space {name!r} must hold numbers [n, d], n, d >= 1, got {array.dtype} {array.shape}.")
    if array.dtype.kind != "f":
        array = array.astype(np.float32)
    for start in range(0, len(array), 1 << 16):
        finite = np.isfinite(array[start : start + (1 << 16)]).all(1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise LikewiseError(f"space {name!r} holds NaN or infinity in row {row}: drop or mend that sample.")
    return array
