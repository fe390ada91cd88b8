"""What samples were read as, and what about them asks for a look before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from likewise.arrays import Array
from likewise.data.leakage import follows_order, label_accuracy
from likewise.data.samples import Samples, require_samples
from likewise.missing import missing_in

ROWS, COLUMNS = 4096, 512
"""Samples and entries that are looked at, at most."""
SHOWN = 8
"""Classes, columns and findings of one kind that are named at a terminal."""
FAR = 30.0
"""Deviations beyond which a value is far from all others."""
TELLS = 0.99
"""From this accuracy on, a column alone tells the label."""


@dataclass(frozen=True)
class Finding:
    """Something that asks for a look.

    Attributes:
        kind: "missing", "constant", "tells the label", "follows the order", "far value", "few of a class".
        column: which column it is about.
        text: a sentence.
    """

    kind: str
    column: str
    text: str


@dataclass(frozen=True)
class Check:
    """What ``check`` found; ``print`` shows it on one screen.

    Attributes:
        count: of samples.
        kind: of data.
        shape: of one sample.
        features: names of the entries, where they have some.
        columns: of the metadata: "numbers", "dates" or "text", the distinct values and how many are missing.
        classes: samples of each class, by name.
        unlabelled: samples without a label; None where there are no labels.
        notes: what was guessed or changed when the samples were opened.
        findings: what asks for a look.
    """

    count: int
    kind: str
    shape: tuple[int, ...]
    features: tuple[str, ...]
    columns: dict[str, dict[str, Any]]
    classes: dict[str, int]
    unlabelled: int | None
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return asdict(self)

    def __str__(self) -> str:
        size = " x ".join(map(str, self.shape))
        lines = [f"samples   {self.count:,} of kind {self.kind}, {size}"]
        if self.features:
            lines.append(f"features  {_shortened(list(self.features))}")
        about = [
            f"{name} ({one['holds']}, {one['distinct']:,} values{', some missing' if one['missing'] else ''})"
            for name, one in self.columns.items()
        ]
        if about:
            lines.append(f"columns   {_shortened(about)}")
        if self.unlabelled is not None:
            sizes = sorted(self.classes.items(), key=lambda item: -item[1])
            rest = f"; {self.unlabelled:,} unlabelled" if self.unlabelled else ""
            lines.append(f"classes   {len(sizes)}: {_shortened([f'{name} ({n:,})' for name, n in sizes])}{rest}")
        lines += [f"note      {note}" for note in self.notes]
        shown = self.findings[: 2 * SHOWN]
        lines += [f"look at   {finding.text}" for finding in shown]
        if len(self.findings) > len(shown):
            lines.append(f"          and {len(self.findings) - len(shown)} more (--json has all)")
        return "\n".join([*lines, *([] if shown else ["nothing that asks for a look"])])


def check(samples: Samples) -> Check:
    """What samples were read as, and what about them asks for a look.

    Looks for missing values, columns that never change, columns that alone tell the label or merely follow the order
    of the rows, values far from all others, and classes of a single sample.

    Args:
        samples: opened ones; of many, 4,096 spread evenly are looked at.

    Raises:
        LikewiseError: these are no samples.
    """
    require_samples(samples)
    labels = samples.labels
    counts = {} if labels is None else dict(_sizes(samples.classes, labels))
    findings = [*_of_classes(counts), *_of_metadata(samples), *_of_features(samples)]
    return Check(
        len(samples),
        samples.kind,
        samples.shape,
        samples.features,
        {name: _about(values) for name, values in samples.columns.items() if name != "label"},
        counts,
        None if labels is None else int((labels < 0).sum()),
        samples.notes,
        tuple(findings),
    )


def _sizes(classes: tuple[str, ...], labels: Array) -> Iterator[tuple[str, int]]:
    yield from zip(classes, np.bincount(labels[labels >= 0], minlength=len(classes)).tolist(), strict=True)


def _about(values: Array) -> dict[str, Any]:
    gone = missing_in(values)
    holds = "numbers" if values.dtype.kind in "buif" else "dates" if values.dtype.kind in "mM" else "text"
    return {"holds": holds, "distinct": len(np.unique(values[~gone])), "missing": int(gone.sum())}


def _of_classes(counts: dict[str, int]) -> Iterator[Finding]:
    single = [name for name, n in counts.items() if n == 1]
    if single:
        yield Finding("few of a class", "label", f"classes of a single sample: {_shortened(single)}")
    if len(counts) == 1:
        yield Finding("few of a class", "label", f"all labels are {next(iter(counts))!r}")


def _of_metadata(samples: Samples) -> Iterator[Finding]:
    """Missing values, and columns that tell the label."""
    rows = _looked_at(samples)
    for name, values in samples.columns.items():
        gone = int(missing_in(values).sum())
        if gone and name != "label":
            yield Finding("missing", name, f"column {name!r} lacks {gone:,} of {len(samples):,} values")
        if samples.labels is not None and name in samples.facts:
            yield from _leak(name, label_accuracy(values[rows], samples.labels[rows], names=True), feature=False)


def _of_features(samples: Samples) -> Iterator[Finding]:
    """What is odd about the entries of vectors."""
    if len(samples.shape) != 1 or not samples.modality.mixed_units:
        return
    rows = _looked_at(samples)
    x = samples.read(rows).double().numpy()[:, :COLUMNS]
    for place in range(x.shape[1]):
        name = samples.features[place] if samples.features else f"entry {place}"
        column = x[:, place]
        if np.ptp(column) == 0:
            yield Finding("constant", name, f"{name!r} is {column[0]:g} in every row and tells nothing")
            continue
        if follows_order(column):
            yield Finding("follows the order", name, f"{name!r} follows the order of the rows: an index, a time?")
        if samples.labels is not None:
            yield from _leak(name, label_accuracy(column, samples.labels[rows], names=False), feature=True)
        yield from _far(name, column)


def _leak(name: str, accuracy: float, *, feature: bool) -> Iterator[Finding]:
    if accuracy >= TELLS:
        what = f"{name!r} alone tells the label ({accuracy:.0%} right)"
        yield Finding("tells the label", name, f"{what}: leave it out of the features" if feature else what)


def _far(name: str, column: Array) -> Iterator[Finding]:
    """Values such as -999 among others between 0 and 1."""
    middle = np.median(column)
    spread = np.subtract(*np.percentile(column, [75, 25])) / 1.35
    off = np.abs(column - middle) > FAR * spread if spread > 0 else np.zeros(len(column), bool)
    if off.any() and off.sum() <= len(column) // 10:
        values = [f"{value:g}" for value in np.unique(column[off])[:3]]
        text = f"{name!r} is {', '.join(values)} in {int(off.sum()):,} rows, far from all others: missing?"
        yield Finding("far value", name, text)


def _looked_at(samples: Samples) -> Array:
    return np.unique(np.linspace(0, len(samples) - 1, min(len(samples), ROWS)).astype(np.int64))


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
