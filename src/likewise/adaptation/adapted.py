"""A space bent towards a graph: what it is, and its map for new rows."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from likewise.adaptation.blocks import Blocks
from likewise.adaptation.directions import Directions
from likewise.adaptation.landmarks import Landmarks
from likewise.adaptation.scatter import Real
from likewise.errors import LikewiseError
from likewise.space import Space, SpaceLike

FORMAT, VERSION = "likewise-adapted", 1


def prior_rows(space: Space) -> Real:
    """The rows as directions are sought in them: float64 ``[n, d]``, of length 1 under cosine."""
    rows: Real = (space.normalized if space.metric == "cosine" else space.array).astype(np.float64)
    return rows


@dataclass(frozen=True)
class AdaptedMap:
    """The map of a prior's rows ``[m, d]`` into the adapted space, ``[m, d + k]``.

    Attributes:
        metric: by which rows compare, before and after.
        directions: the linear map of the adapted block.
        blocks: how both blocks are scaled.
        weight: the share of the adapted block in the similarity; 0: the prior itself.
        landmarks: of a kernel, whose features the directions take; None: they take the rows themselves.
        prior: the name of the space that it was made of.
    """

    metric: str
    directions: Directions
    blocks: Blocks
    weight: float
    landmarks: Landmarks | None = None
    prior: str = ""

    def __call__(self, space: Space) -> Real:
        """The rows of a space.

        Raises:
            LikewiseError: it has another number of dimensions than the prior.
        """
        rows, wanted = prior_rows(space), self.width
        if rows.shape[1] != wanted:
            raise LikewiseError(f"the map takes rows of {wanted} dimensions, those of its prior, got {rows.shape[1]}.")
        features = rows if self.landmarks is None else self.landmarks(rows)
        return self.blocks.join(rows, self.directions(features), self.weight)

    @property
    def width(self) -> int:
        """How many dimensions the prior has."""
        return len(self.directions.mean) if self.landmarks is None else self.landmarks.rows.shape[1]


@dataclass(frozen=True, eq=False, repr=False)
class Adapted:
    """A space bent towards a graph; call it with new rows of the same prior.

    Attributes:
        space: the adapted space of the samples that it was made of.
        map: what made it.
        facts: what was chosen, what it gained, and the verdict, as JSON holds them.
    """

    space: Space
    map: AdaptedMap
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, prior: Space, made: AdaptedMap, facts: dict[str, Any]) -> Adapted:
        """Of the space that the map was made of."""
        return cls(_mapped(prior, made, facts), made, facts)

    def __call__(self, rows: SpaceLike) -> Space:
        """The adapted space of rows ``[m, d]`` of the same prior.

        Raises:
            LikewiseError: the rows have another number of dimensions.
        """
        return _mapped(Space.of(rows, self.map.metric), self.map, self.facts)

    @property
    def weight(self) -> float:
        """The share of the adapted block in the similarity; 0: the prior stays as it is."""
        return self.map.weight

    def head(self) -> nn.Module:
        """The map as a module on a backbone's features ``[b, d]``: ``nn.Sequential(backbone, head)`` is one encoder.

        Raises:
            LikewiseError: the map has a kernel.
        """
        return AdaptedHead(self.map)

    def __str__(self) -> str:
        return f"{self.space!r}\n{self.facts['verdict']}"

    def __repr__(self) -> str:
        return f"Adapted({self.space!r}, weight {self.weight:g})"


def _mapped(space: Space, made: AdaptedMap, facts: dict[str, Any]) -> Space:
    info = {**space.info, "adapted": {**facts, "prior": space.fingerprint}}
    return Space(made(space).astype(np.float32), made.metric, f"{space.name}, adapted", space.keys, info)


class AdaptedHead(nn.Module):
    """An ``AdaptedMap`` without a kernel as a torch module: features ``[b, d]`` to ``[b, d + k]``, in float32."""

    def __init__(self, made: AdaptedMap) -> None:
        super().__init__()
        if made.landmarks is not None:
            raise LikewiseError("a map with a kernel is no head of a network: adapt without kernel=.")
        share = made.weight
        vectors = made.directions.vectors * (np.sqrt(share) / made.blocks.adapted)
        self.normalizes = made.metric == "cosine"
        self.prior_scale = float(np.sqrt(1 - share) / made.blocks.prior)
        self.vectors: Tensor
        self.offset: Tensor
        vectors = vectors[:, : vectors.shape[1] * (share > 0)]
        self.register_buffer("vectors", torch.from_numpy(vectors).float())
        self.register_buffer("offset", torch.from_numpy(made.directions.mean @ vectors).float())

    def forward(self, features: Tensor) -> Tensor:
        """The adapted features."""
        rows = nn.functional.normalize(features, dim=1) if self.normalizes else features
        return torch.cat([self.prior_scale * rows, rows @ self.vectors - self.offset], 1)


def save_map(made: AdaptedMap, path: str | os.PathLike[str]) -> Path:
    """Write a map as one ``.npz`` of arrays and JSON, complete or not at all; ``load_map`` reads it."""
    target = Path(path)
    header: dict[str, Any] = {"format": FORMAT, "version": VERSION, "metric": made.metric, "weight": made.weight}
    header["prior"] = made.prior
    header |= {"scales": [made.blocks.prior, made.blocks.adapted], "gamma": None}
    arrays = {name: getattr(made.directions, name) for name in ("mean", "vectors", "correlations")}
    if made.landmarks is not None:
        header["gamma"] = made.landmarks.gamma
        arrays |= {"landmarks": made.landmarks.rows, "whitening": made.landmarks.whitening}
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    with partial.open("wb") as file:
        np.savez(file, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)
    partial.replace(target)
    return target


def load_map(path: str | os.PathLike[str]) -> AdaptedMap:
    """Read what ``save_map`` wrote.

    Raises:
        LikewiseError: there is no such file, or it is no map of this version.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            header, arrays = json.loads(file["header"].tobytes()), {name: file[name] for name in file.files}
        if (header["format"], header["version"]) != (FORMAT, VERSION):
            raise ValueError(header["version"])
        gamma = header["gamma"]
        landmarks = None if gamma is None else Landmarks(arrays["landmarks"], arrays["whitening"], gamma)
        directions = Directions(arrays["mean"], arrays["vectors"], arrays["correlations"])
        blocks, prior = Blocks(*header["scales"]), str(header["prior"])
        return AdaptedMap(header["metric"], directions, blocks, float(header["weight"]), landmarks, prior)
    except FileNotFoundError:
        raise LikewiseError(f"there is no file {path}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        raise LikewiseError(
            f"{path} is not a map that this version of likewise saved: `adapt --out x.npz` writes it to x.map.npz."
        ) from None
