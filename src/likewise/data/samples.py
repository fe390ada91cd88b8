"""Samples of any kind of data, with stable keys, metadata and splits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from likewise.arrays import Array, Ids, as_ids, as_numpy
from likewise.data.labels import codes
from likewise.data.metadata import as_column
from likewise.data.splits import cut, sizes_of
from likewise.data.storage import MemoryStore, SampleStore
from likewise.errors import LikewiseError, unknown_name
from likewise.keys import Keys
from likewise.modalities import Modality, modality_of

BLOCK_BYTES = 1 << 26
BY_SHAPE = Modality()
"""Stands for the built-in kind of the samples' shape."""


def require_samples(given: object) -> None:
    """Refuse what has not been opened."""
    if not isinstance(given, Samples):
        raise LikewiseError(f"this needs samples, got a {type(given).__name__}: open it first, lw.open(...).")


@dataclass(frozen=True, eq=False, repr=False)
class Samples:
    """n samples, read by id; made by ``lw.open``. A subset shares the storage of the samples that it came from.

    Attributes:
        store: where the samples live, in memory or decoded when read.
        columns: metadata, one array ``[n]`` for each name; ``samples["patient"]`` is the same.
        classes: names of the labels in the order of their codes; empty without a column "label".
        notes: plain sentences on what was done to the samples when they were opened.
        named: the keys, where they were given; otherwise they are content hashes, computed when asked for.
        features: what the entries of a vector are called, where they are columns of a table; otherwise empty.
        root: the samples that this is a subset of, and ``rows``, where it stands in them.
        modality: the kind of data; by default the built-in one of the samples' shape.
    """

    store: SampleStore
    columns: Mapping[str, Array] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    named: Keys | None = None
    features: tuple[str, ...] = ()
    root: Samples | None = None
    rows: Array | None = None
    modality: Modality = BY_SHAPE

    def __post_init__(self) -> None:
        if self.modality is BY_SHAPE:
            object.__setattr__(self, "modality", modality_of(self.store.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample: (C, H, W) of an image, (d,) of a vector, (C, T) of a series."""
        return self.store.shape

    @property
    def kind(self) -> str:
        """What the samples are: the name of their modality."""
        return self.modality.name

    @property
    def resident(self) -> bool:
        """Whether the samples are in memory, so that training can move ``storage`` to the device once."""
        return isinstance(self.store, MemoryStore)

    @cached_property
    def storage(self) -> Tensor | None:
        """``[n, *shape]`` in memory, None where samples are streamed; of a subset, a copy made when first asked for."""
        if not isinstance(self.store, MemoryStore):
            return None
        return self.store.tensor if self.rows is None else self.store.read(self.rows)

    @cached_property
    def ids(self) -> Array:
        """int64 ``[n]``: the row of each sample among the samples that were opened."""
        return np.arange(len(self)) if self.rows is None else self.rows

    def read(self, ids: Ids) -> Tensor:
        """``[..., *shape]`` on the CPU, uint8 of images and else float32 (or float64), of ids ``[...]``.

        Raises:
            LikewiseError: an id lies outside of the samples, or an image cannot be decoded.
        """
        wanted = as_ids(ids, len(self))
        rows = wanted if self.rows is None else self.rows[wanted]
        return self.store.read(rows.reshape(-1)).reshape(*wanted.shape, *self.shape)

    @cached_property
    def keys(self) -> Keys:
        """A stable name for each sample: its relative path, a given key, or 16 hex digits of its content.

        Equal content is told apart by "#1", "#2", ... in the order of the rows.
        """
        if self.root is not None:
            return Keys(self.root.keys.values[self.rows])
        if self.named is not None:
            return self.named
        seen: dict[str, int] = {}
        names = []
        for block in self._blocks():
            for row in block.reshape(len(block), -1).numpy():
                name = hashlib.blake2b(row.tobytes(), digest_size=8).hexdigest()
                count = seen[name] = seen.get(name, -1) + 1
                names.append(f"{name}#{count}" if count else name)
        return Keys.of(names)

    @cached_property
    def copies(self) -> Array:
        """int64 ``[n]``: the first sample of the same content, itself where it is the first; all are read for it."""
        first: dict[bytes, int] = {}
        rows: list[int] = []
        for block in self._blocks():
            for row in block.reshape(len(block), -1).numpy():
                rows.append(first.setdefault(hashlib.blake2b(row.tobytes(), digest_size=16).digest(), len(rows)))
        return np.array(rows, dtype=np.int64)

    @cached_property
    def fingerprint(self) -> str:
        """Content hash (32 hex digits) of the samples in their order, the same in memory and streamed.

        Keys and columns do not enter. Streamed samples are all decoded once for it.
        """
        digest = hashlib.blake2b(f"{self.store.dtype}{len(self)}{self.shape}".encode(), digest_size=16)
        for block in self._blocks():
            digest.update(block.numpy().tobytes())
        return digest.hexdigest()

    @cached_property
    def labels(self) -> Array | None:
        """int64 codes ``[n]`` into ``classes``, -1 where unlabelled; None without a column "label"."""
        return codes(self.columns["label"], self.classes) if "label" in self.columns else None

    @property
    def label_names(self) -> Array | None:
        """The name of each sample's class ``[n]``, None where it has no label; None without a column "label"."""
        labels = self.labels
        if labels is None:
            return None
        return np.array([*self.classes, None], dtype=object)[labels]  # the code -1 takes the last

    def labels_in(self, classes: tuple[str, ...]) -> Array:
        """int64 codes ``[n]`` into classes of other samples, by name, -1 where unlabelled.

        Samples that were opened apart number their classes each for themselves.

        Raises:
            LikewiseError: there are no labels, or a class has another name than all of these.
        """
        if "label" not in self.columns:
            raise LikewiseError("the samples have no labels.")
        there = set(np.unique(self.columns["label"][np.asarray(self.labels) >= 0]).astype(str).tolist())
        if strange := sorted(there - set(classes)):
            named = ", ".join(map(repr, strange[:5])) + (", ..." if len(strange) > 5 else "")
            raise LikewiseError(f"the classes {named} are none of the others' ({', '.join(classes[:5])}, ...).")
        return codes(self.columns["label"], classes)

    @property
    def facts(self) -> dict[str, Array]:
        """The columns that may be shown to a person who shall judge: not the label, nor what says the same."""
        names = None if self.label_names is None else self.label_names.astype(str)
        return {
            name: column
            for name, column in self.columns.items()
            if name != "label" and (names is None or not np.array_equal(column.astype(str), names))
        }

    def subset(self, ids: Ids) -> Samples:
        """The samples of these ids, in their order; a boolean mask serves, too.

        Raises:
            LikewiseError: an id occurs twice or lies outside of the samples.
        """
        mask = as_numpy(ids)
        wanted = as_ids(np.flatnonzero(mask) if mask.shape == (len(self),) and mask.dtype == bool else mask, len(self))
        if wanted.ndim != 1 or len(np.unique(wanted)) < len(wanted):
            raise LikewiseError("a subset needs a list of ids, each once: keys must stay unique.")
        columns = {name: values[wanted] for name, values in self.columns.items()}
        return replace(self, columns=columns, named=None, root=self.root or self, rows=self.ids[wanted])

    def split(
        self,
        sizes: float | Sequence[float],
        *,
        by: str | None = None,
        group: str | Array | None = None,
        stratify: bool = True,
        copies: Literal["together", "anywhere"] = "together",
        seed: int = 0,
    ) -> tuple[Samples, ...]:
        """Disjoint random parts of the given shares or counts, each in the order of the samples.

        Args:
            sizes: one share (the rest is the second part), shares that sum to at most 1, or counts.
            by: the column whose values are spread evenly over the parts; default "label" where there is one.
            group: a column, or an array ``[n]``, of which no value may fall into two parts (a patient, a place); a
                sample whose value is missing is a group of its own. Sizes are met as nearly as whole groups allow.
            stratify: False to spread nothing evenly.
            copies: "together" keeps images in memory that are exact copies of each other in one part, as if they were
                a group, where no group is given and no part would stay empty; "anywhere" does not look at them.
            seed: equal seeds, equal parts.

        Raises:
            LikewiseError: a part would be empty, or the sizes ask for more than there is.
        """
        counts = sizes_of(sizes, len(self))
        by = by or ("label" if "label" in self.columns else None)
        strata = self[by] if by is not None and stratify else None
        groups = self[group] if isinstance(group, str) else group
        groups = None if groups is None else as_column(groups, len(self), "group")
        if copies not in ("together", "anywhere"):
            raise unknown_name("choice for copies", copies, ("together", "anywhere"))
        if groups is None and copies == "together" and self.has_copies:
            with suppress(LikewiseError):  # where one picture is most of the samples
                return tuple(self.subset(part) for part in cut(len(self), counts, strata, self.copies, seed))
        return tuple(self.subset(part) for part in cut(len(self), counts, strata, groups, seed))

    @property
    def has_copies(self) -> bool:
        """Whether the samples are images in memory of which some are exact copies of others."""
        looked = self.resident and self.modality.pictures
        return looked and bool((self.copies != np.arange(len(self))).any())

    def __getitem__(self, name: str) -> Array:
        if name not in self.columns:
            raise unknown_name("column", name, self.columns)
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.store) if self.rows is None else len(self.rows)

    def __repr__(self) -> str:
        what = f"{len(self):,} {self.modality.plural} of {' x '.join(map(str, self.shape))}"
        size = len(self) * int(np.prod(self.shape)) * self.store.dtype.itemsize / 2**20
        lines = [f"{what}, {f'in memory ({size:,.1f} MiB)' if self.resident else 'streamed'}"]
        if self.columns:
            detail = {"label": f"label ({len(self.classes)} classes)"}
            lines.append("columns: " + ", ".join(detail.get(name, name) for name in self.columns))
        return "\n  ".join([*lines, *self.notes])

    def _blocks(self) -> Iterator[Tensor]:
        """All samples in order, in blocks of bounded size."""
        step = max(1, BLOCK_BYTES // (int(np.prod(self.shape)) * self.store.dtype.itemsize))
        for start in range(0, len(self), step):
            yield self.read(torch.arange(start, min(start + step, len(self))))
