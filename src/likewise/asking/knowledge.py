"""What answers teach about the parts of a space: who joins, who leaves, and what is new."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from likewise.answers import UNSURE, Answer, Judgements, Rates, estimate_errors
from likewise.asking.affinities import Affinities
from likewise.asking.beliefs import Beliefs, Loans

ENOUGH = 0.6
"""P(alike) that two parts need at least to become one."""
MOVED = 1.0
"""At most so many samples may be expected to be moved wrongly when two parts become one ..."""
LENIENT = 3.0
"""... and so many when one of them is a single node, which can leave again."""
SURE, SURE_ENOUGH = 0.999, 0.98
"""P(alike) that always suffice, for two parts of several nodes and for a single node."""
PROXY = 0.9
"""P(it belongs to a part) at which a node may stand for it without having been asked about."""
LEAVE = 0.3
"""P(it belongs here) below which a node leaves its part."""
MEET = 0.5
"""P(it belongs nowhere) at which a node becomes a part of its own."""
STRENGTH = 20.0
"""How many checked judgements the expected error rates are worth."""
CONTRADICTED = 2
"""A part may be taken to pieces from so many answers against it on."""
RECHECK = 50
"""After so many judgements each, the annotators' error rates are estimated again."""


class Knowledge:
    """Answers, and what they make of the nodes of a space.

    Args:
        affinities: the nodes.
        rates: how often answers are expected to be wrong, before they have been checked.

    Attributes:
        beliefs: at the moment.
        judged: every judgement so far.
        asked: the pairs of samples that were judged, in either order.
        turns: int ``[n]``, how often each sample was shown.
        doubtful: int ``[n]``, how often nobody could tell.
    """

    def __init__(self, affinities: Affinities, rates: Rates) -> None:
        self.affinities, self._rates = affinities, rates
        self.loans = Loans(affinities)
        self.judged = Judgements.of([])
        self.asked: set[tuple[int, int]] = set()
        self.turns = np.zeros(len(affinities.node), int)
        self.doubtful = np.zeros(len(affinities.node), int)
        self._told: list[Answer] = []
        self._worth, self._checked = np.zeros(0), 0
        self.loans.begin(int(self.loans.spread(affinities.weight).argmax()))
        self.beliefs = self._believe()

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers; the next questions depend on them."""
        if not answers:
            return
        self._told.extend(answers)
        self.judged = Judgements.of(self._told)
        if len(self.judged) >= self._checked + RECHECK or not self._checked:
            self._checked = len(self.judged)
            self._errors = estimate_errors(self.judged, prior=self._rates, strength=STRENGTH)
            self._dissolve()
        self._worth = self._errors.log_odds(self.judged)
        for answer in answers:
            for a, b, value in answer.judgements:
                self.turns[[a, b]] += 1
                self.asked |= {(a, b), (b, a)}
                if value == "unsure":
                    self.doubtful[[a, b]] += 1
                for sample in (a, b):
                    self._begin(int(self.affinities.node[sample]), value == "alike")
        self._part_impure({sample for answer in answers for pair in answer.question.pairs for sample in pair})
        self._settle()

    def _begin(self, node: int, alike: bool) -> None:
        """A node that is found alike something, or that surely belongs to a part, becomes part of what is known."""
        loans, beliefs = self.loans, self.beliefs
        if loans.part[node] >= 0:
            return
        if node < len(beliefs.table) and beliefs.table[node, :-1].max() > PROXY:
            known = loans.lent[node, : len(beliefs.group)]
            loans.begin(node, int(np.where(beliefs.group == beliefs.best[node], known, -1).argmax()))
        elif alike:
            loans.begin(node)

    def _believe(self) -> Beliefs:
        from scipy.sparse import coo_matrix

        node, m = self.affinities.node, self.affinities.m
        a, b = node[self.judged.a], node[self.judged.b]
        said = (self.judged.value != UNSURE) & (a != b)
        one = coo_matrix((self._worth[said], (a[said], b[said])), shape=(m, m)).tocsr()
        return self.loans.beliefs(one + one.T)

    def _settle(self) -> None:
        """Detach who no longer fits and join what belongs together, until nothing changes."""
        left: list[int] = []
        while True:
            self.beliefs = beliefs = self._believe()
            misfits = (beliefs.size[beliefs.part] > 1) & (beliefs.own() < LEAVE) & ~np.isin(beliefs.rows, left)
            if misfits.any():
                left.append(int(beliefs.rows[np.where(misfits, beliefs.own(), 1).argmin()]))
                self.loans.detach(left[-1])
                continue
            pairs = _disjoint(beliefs)
            if not pairs and not self._meet():
                return
            for kept, gone in sorted(pairs, key=lambda pair: -pair[1]):
                self.loans.join(kept, gone)

    def _meet(self) -> bool:
        """The node that most surely belongs to none of the parts, if there is one, becomes a new part."""
        none = self.beliefs.table[self.beliefs.denied, -1]
        if not len(none) or none.max() < MEET:
            return False
        self.loans.begin(int(self.beliefs.denied[none.argmax()]))
        return True

    def _dissolve(self) -> None:
        """Take parts to pieces that answers contradict more often than annotators err; what belongs together rejoins.

        Two parts that were once joined by mistake come apart here, for by now more is known of them.
        """
        part = self.loans.part[self.affinities.node]
        before = len(self._worth)  # answers that the parts were made of
        a, b, value = (column[:before] for column in (self.judged.a, self.judged.b, self.judged.value))
        inside = (part[a] == part[b]) & (part[a] >= 0) & (value != UNSURE)
        against = np.bincount(part[a][inside & (value < 0)], minlength=self.loans.count)
        every = np.bincount(part[a][inside], minlength=self.loans.count)
        expected = max(vars(self._errors.rates()).values()) * every
        for found in np.flatnonzero((against >= CONTRADICTED) & (against > expected))[::-1].tolist():
            self.loans.dissolve(found)

    def _part_impure(self, samples: set[int]) -> None:
        """Part a node of which one sample was found alike a part and another one different from it."""
        affinities = self.affinities
        for node in {int(affinities.node[sample]) for sample in samples}:
            if affinities.weight[node] < 2:
                continue
            found = self._contradiction(node)
            if found is not None:
                new = self.loans.split(node, *found)
                for sample in np.unique(np.concatenate([self.judged.a, self.judged.b])):
                    if affinities.node[sample] == new:
                        self._begin(new, True)

    def _contradiction(self, node: int) -> tuple[int, int] | None:
        of, part = self.affinities.node, self.loans.part
        ends = np.concatenate([np.c_[self.judged.a, self.judged.b], np.c_[self.judged.b, self.judged.a]])
        worth = np.concatenate([self._worth, self._worth])
        mine = (of[ends[:, 0]] == node) & (of[ends[:, 1]] != node)
        for other in np.unique(part[of[ends[mine, 1]]]):
            here = mine & (part[of[ends[:, 1]]] == other)
            samples, where = np.unique(ends[here, 0], return_inverse=True)
            total = np.bincount(where, worth[here])
            if total.max() > 0 > total.min():
                return int(samples[total.argmax()]), int(samples[total.argmin()])
        return None


def _disjoint(beliefs: Beliefs) -> list[tuple[int, int]]:
    """Pairs of parts to join now, the likeliest first and no part twice; only what an answer speaks for."""
    alone = beliefs.size == 1
    stake = np.maximum(np.minimum(beliefs.mass[:, None], beliefs.mass), 1e-12)
    several = np.clip(1 - MOVED / stake, ENOUGH, SURE)
    single = np.clip(1 - LENIENT / stake, ENOUGH, SURE_ENOUGH)
    need = np.where(alone[:, None] == alone, several, single)
    ready = np.triu((beliefs.favour > 0) & (beliefs.joined > need), 1)
    one, other = np.nonzero(ready)
    order = np.argsort(-beliefs.joined[one, other])
    used: set[int] = set()
    pairs = []
    for kept, gone in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if not {kept, gone} & used:
            used |= {kept, gone}
            pairs.append((kept, gone))
    return pairs
