"""Positives that people answered to be alike: PAL (arXiv 2303.15256)."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import numpy as np

from likewise.answers import AnswerStore, Deduction
from likewise.arrays import Array, IntArray, fingerprint
from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph, Source
from likewise.graph.terms import edges_from_arrays
from likewise.graph.tree import Node, scaled, union
from likewise.keys import Keys

OVERSIGHT = 0.1
"""How often an alike tile is left unticked, unless told otherwise: an unticked tile is a difference of weight 0.9."""


def answered(
    store: AnswerStore | str | os.PathLike[str],
    samples: Any = None,
    *,
    deduce: bool = True,
    oversight: float = OVERSIGHT,
) -> SimilarityGraph:
    """The signed graph of a store of answers: who was answered to be alike, who different, and what follows.

    With ``deduce``, components of alike answers are groups, and differences hold between whole groups. A component
    that contradicts itself stays as it was answered, but for the alike answers on the shortest chains of its
    contradictions: one of them is wrong, so that none attracts. The graph's source says how many there were;
    ``Deduction.of(len(store), store.answers()).contradictions()`` shows them.

    Args:
        store: the store, or its file.
        samples: whose order the graph has: samples or Keys, some of them or more; None: the store's own.
        deduce: False where likeness is not transitive: only what was answered.
        oversight: how often an alike tile is left unticked; unticked tiles are differences of weight 1 - oversight.

    Raises:
        LikewiseError: not a store, samples of which it knows none, an oversight outside of [0, 1).
    """
    if not 0 <= oversight < 1:
        raise LikewiseError(f"the rate of oversights must lie in [0, 1), got {oversight}.")
    if not isinstance(store, AnswerStore):
        with AnswerStore(store) as opened:
            return answered(opened, samples, deduce=deduce, oversight=oversight)
    deduction = Deduction.of(len(store), store.answers(), transitive=deduce)
    graph = deduced(deduction, store.keys, oversight=oversight)
    return graph if samples is None else graph.align(samples)


def deduced(deduction: Deduction, keys: Keys, *, oversight: float = OVERSIGHT) -> SimilarityGraph:
    """The graph of a deduction, as ``answered`` has it; of consistent answers it does not depend on their order.

    Args:
        deduction: of the answers.
        keys: of its samples.
        oversight: as in ``answered``.
    """
    conflicts = deduction.contradictions(limit=deduction.n**2)
    disputed = {tuple(sorted(link)) for conflict in conflicts for link in pairwise(conflict.chain)}
    columns = deduction.answered_pairs()
    a, b, alike, different, unticked = (column[np.lexsort(columns[1::-1])] for column in columns)
    unticked &= ~alike & ~different
    trusted = np.array([pair not in disputed for pair in zip(a.tolist(), b.tolist(), strict=True)], bool)
    source = Source(
        "answered",
        {"deduce": deduction.transitive, "pairs": len(a), "contradictions": len(conflicts) or None},
        fingerprint(a, b, alike, different, unticked, keys.hash),
    )
    codes = _codes(deduction)
    groups = Groups(codes, 1.0, source, _apart(codes, a[different], b[different]))
    weak = Groups(codes, 0.0, source, _apart(codes, a[unticked], b[unticked]))
    beside = alike & trusted & (codes[a] != codes[b])  # within a group all is said
    both = np.r_[a[beside], b[beside]], np.r_[b[beside], a[beside]]
    parts: list[Node] = [groups] if groups.count else []
    parts += [scaled(1 - oversight, weak)] if len(weak.apart) else []
    parts += [edges_from_arrays(deduction.n, *both, source=source)] if beside.any() else []
    return SimilarityGraph(union(*parts), np.ones(deduction.n, np.float32), keys)


def _codes(deduction: Deduction) -> IntArray:
    """A code for each component that deduces and each other sample that was judged; -1 for the rest."""
    judged = np.unique(np.concatenate(deduction.answered_pairs()[:2]))
    names = deduction.codes[judged].astype(np.int64)
    own = np.array([deduction.contradicted(i) for i in judged.tolist()], bool)
    names[own] = deduction.n + judged[own]
    codes = np.full(deduction.n, -1, np.int32)
    _, first, code = np.unique(names, return_index=True, return_inverse=True)
    codes[judged] = np.argsort(np.argsort(first))[code]  # by the first sample of each, however components are named
    return codes


def _apart(codes: IntArray, a: Array, b: Array) -> IntArray:
    """The pairs of codes of pairs of samples, each once; what lies within a group is not apart."""
    pairs = np.sort(np.stack([codes[a], codes[b]], 1), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).astype(np.int32)
