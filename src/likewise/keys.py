"""Stable names of samples, so that graphs and answers survive a folder that gains a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from likewise.arrays import Array, fingerprint
from likewise.errors import LikewiseError


@dataclass(frozen=True, eq=False)
class Keys:
    """One unique string for each sample, in order: a relative path, a given column, or a content hash.

    Attributes:
        values: ``[n]`` numpy array of dtype ``StringDType``. Build with ``Keys.of``, which checks uniqueness.
    """

    values: Array

    @classmethod
    def of(cls, values: Iterable[object]) -> Keys:
        """Keys of any iterable; what is not a string is written as one.

        Raises:
            LikewiseError: a key occurs twice; the first such key is named.

        >>> Keys.of(["a", "b", "a"])
        Traceback (most recent call last):
        likewise.errors.LikewiseError: key 'a' occurs twice, at rows 0 and 2: keys must be unique.
        """
        names = [str(value) for value in values]
        first: dict[str, int] = {}
        for row, name in enumerate(names):
            if first.setdefault(name, row) != row:
                raise LikewiseError(f"key {name!r} occurs twice, at rows {first[name]} and {row}: keys must be unique.")
        return cls(np.array(names, dtype=np.dtypes.StringDType()))

    @cached_property
    def hash(self) -> str:
        """Content hash (32 hex digits) of the keys in their order."""
        return fingerprint(*self.values.tolist())

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.values.tolist())}

    @cached_property
    def _composed(self) -> dict[str, int]:
        """The rows by the composed form of their keys, less those that would be mistaken for each other."""
        forms = [normalize("NFC", name) for name in self.values.tolist()]
        count = Counter(forms)
        return {form: row for row, form in enumerate(forms) if count[form] == 1}

    def positions(self, other: Keys) -> npt.NDArray[np.int64]:
        """``[len(other)]``: where each of the other's keys stands here, -1 where it does not.

        Keys that differ only in how Unicode composes their letters are the same.

        >>> Keys.of("abc").positions(Keys.of("cxa")).tolist()
        [2, -1, 0]
        """
        found = (self._rows.get(name, -1) for name in other.values.tolist())
        rows = np.fromiter(found, np.int64, len(other))
        for place in np.flatnonzero(rows < 0).tolist():
            rows[place] = self._composed.get(normalize("NFC", other.values[place]), -1)
        return rows

    def require_same(self, other: Keys, what: str) -> None:
        """Refuse keys that differ from these, in content or in order; ``what`` says whose the others are.

        Raises:
            LikewiseError: names the first differing key and the way out, ``graph.align(samples)``.
        """
        if self == other:
            return
        row = next((i for i, (a, b) in enumerate(zip(self.values, other.values, strict=False)) if a != b), None)
        if row is not None:
            difference = f"row {row} is {str(other.values[row])!r}, expected {str(self.values[row])!r}"
        else:
            shared = min(len(self), len(other))
            verb, longer = ("lacks", self) if len(self) > len(other) else ("adds", other)
            difference = f"it {verb} {str(longer.values[shared])!r} (it has {len(other)} keys, expected {len(self)})"
        raise LikewiseError(f"the keys of {what} differ: {difference}. Use graph.align(samples) to match them.")

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.values.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and len(self) == len(other) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)
