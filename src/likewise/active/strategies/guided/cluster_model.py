"""What answers teach about the parts of a space: who joins, who leaves, and what is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from likewise.active.strategies.guided.affinity_graph import Affinities
from likewise.active.strategies.guided.platt_calibration import Foretold
from likewise.active.strategies.guided.posterior import Ties, beliefs_of, ties_of
from likewise.active.strategies.guided.propagation import NEW, Loans
from likewise.active.strategies.guided.regression import Features, regress
from likewise.answers import UNSURE, Answer, Judgements, Rates, estimate_errors
from likewise.arrays import Array

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
STRENGTH = 200.0
"""How many checked judgements the expected error rates are worth: few hardly tell one kind of error from another."""
RECHECK = 50
"""After so many judgements each, the annotators' error rates are estimated again."""
REACH = 20
"""After so many judgements the reach of loans is chosen by them, and again whenever there are a tenth more."""

BEGIN = 32
"""At most so many parts begin at a time, also before the first answer: of few groups they must be joined again."""
SOON = 2.0
"""At most so many begin with each answer."""


class Knowledge:
    """Answers, and what they make of the nodes of a space.

    Args:
        affinities: the nodes.
        rates: how often answers are expected to be wrong, before they have been checked.

    Attributes:
        beliefs: at the moment.
        foretold: beliefs about nodes that were in no part, beside what was answered then.
        judged: every judgement so far.
        asked: the pairs of samples that were judged, in either order.
        turns: int ``[n]``, how often each sample was shown.
        doubtful: int ``[n]``, how often nobody could tell.
    """

    def __init__(self, affinities: Affinities, rates: Rates) -> None:
        self.affinities, self._rates = affinities, rates
        self.loans = Loans(affinities)
        self.foretold = Foretold()
        self._features: Features | None = None
        self.judged = Judgements.of([])
        self.asked: set[tuple[int, int]] = set()
        self.turns = np.zeros(len(affinities.node), int)
        self.doubtful = np.zeros(len(affinities.node), int)
        self._worth, self._checked, self._reached, self._owed = np.zeros(0), 0, REACH, 0.0
        self.loans.meet(int(self.loans.spread(affinities.weight).argmax()))
        self._meet_all()
        self._settle()

    def tell(self, answers: Sequence[Answer]) -> None:
        """Take in answers; the next questions depend on them."""
        if not answers:
            return
        self.judged = self.judged.followed_by(Judgements.of(answers))
        if len(self.judged) >= self._checked + RECHECK or not self._checked:
            self._checked = len(self.judged)
            self._errors = estimate_errors(self.judged, prior=self._rates, strength=STRENGTH)
        self._worth = self._errors.log_odds(self.judged)
        self._remember(answers)
        for answer in answers:
            for a, b, value in answer.judgements:
                self.turns[[a, b]] += 1
                self.asked |= {(a, b), (b, a)}
                if value == "unsure":
                    self.doubtful[[a, b]] += 1
                for sample in (a, b):
                    self._begin(sample, value == "alike")
        if len(self.judged) >= self._reached:
            self._reached = max(self._reached + 10, round(1.1 * len(self.judged)))
            one, other, said = self._pairs()
            self.loans.choose(one[said], other[said], self.judged.value[said] > 0)
            self._settle()
            self._regress()
        self._meet(len(answers))
        self._settle()

    def _remember(self, answers: Sequence[Answer]) -> None:
        """What was believed of nodes in no part, beside what is answered now."""
        beliefs, part, group = self.beliefs, self.loans.part, self.beliefs.ties.group
        judged = [pair for answer in answers for pair in answer.judgements]
        for (a, b, _), worth in zip(judged, self._worth[-len(judged) :].tolist(), strict=True):
            for one, other in ((a, b), (b, a)):
                node, home = int(self.affinities.node[one]), int(part[self.affinities.node[other]])
                if part[node] < 0 <= home and group[home] == beliefs.best[node]:
                    self.foretold.hear(float(beliefs.alike[node]), worth)

    def _regress(self) -> None:
        """Fit the linear model anew, on the nodes of groups of which at least two are known."""
        ties = self.beliefs.ties
        group, own = ties.group[ties.part], ties.own()
        used = own > 0.5
        size = np.bincount(group[used], minlength=int(ties.group.max()) + 1)
        used &= size[group] > 1
        found, of_node = np.unique(group[used], return_inverse=True)
        self.loans.model = None
        if len(found) < 2:
            return
        rows = ties.rows[used]
        lent = np.zeros((len(size), len(rows)), np.float32)
        np.add.at(lent, ties.group, self.loans.of_others(rows))
        offset = np.log(lent[found].T + NEW / len(found))
        self._features = self._features or Features(self.affinities.centers)
        self.loans.model = regress(self._features, self.affinities.centers, rows, of_node, own[used], offset)

    def _begin(self, sample: int, alike: bool) -> None:
        """A sample that was asked about is a node of its own from now on.

        Found alike something, or surely belonging to a part, it becomes part of what is known.
        """
        loans, beliefs, was = self.loans, self.beliefs, int(self.affinities.node[sample])
        node = loans.single_out(sample)
        if loans.part[node] >= 0:
            return
        if was < len(beliefs.alike) and beliefs.alike[was] > PROXY:
            group = beliefs.ties.group
            known = loans.lent_to(node)[: len(group)]
            loans.begin(node, int(np.where(group == beliefs.best[was], known, -1).argmax()))
        elif alike:
            loans.begin(node)

    def _pairs(self) -> tuple[Array, Array, Array]:
        """The nodes of each judgement, and whether it says something of them."""
        return self.affinities.node[self.judged.a], self.affinities.node[self.judged.b], self.judged.value != UNSURE

    def _evidence(self) -> Any:
        from scipy.sparse import coo_matrix

        a, b, said = self._pairs()
        one = coo_matrix((self._worth[said], (a[said], b[said])), shape=(self.affinities.m,) * 2).tocsr()
        return one + one.T

    def _settle(self) -> None:
        """Detach who no longer fits and join what belongs together, until nothing changes."""
        evidence, left = self._evidence(), np.zeros(self.affinities.m, bool)
        while True:
            ties = ties_of(self.loans, evidence)
            misfits = ties.rows[(ties.size[ties.part] > 1) & (ties.own() < LEAVE) & ~left[ties.rows]]
            left[misfits] = True
            for node in misfits.tolist():
                if (self.loans.part == self.loans.part[node]).sum() > 1:  # somebody stays
                    self.loans.detach(node)
            pairs = [] if len(misfits) else _disjoint(ties)
            if not pairs and not len(misfits):
                break
            for kept, gone in sorted(pairs, key=lambda pair: -pair[1]):  # the last part takes the number of the gone
                self.loans.join(kept, gone)
        self.beliefs = beliefs_of(self.loans, evidence, ties)

    def _meet_all(self) -> None:
        """Parts begin until each node was lent more by one of them than it takes to be something known."""
        total, most = self.loans.lent.sum(0), self.loans.lent.max(0)
        while (most < NEW).any() and self.loans.count < BEGIN:
            new = NEW / (total + NEW)
            around = self.loans.spread(self.affinities.weight * new)
            self.loans.meet(int(np.where(most < NEW, new * around, -1).argmax()))
            total, most = total + self.loans.lent[-1], np.maximum(most, self.loans.lent[-1])

    def _meet(self, answers: int) -> None:
        """Where something new was likelier than anything known, the nodes in the midst of it begin parts.

        With each answer as many as the odds that such a part is a group of its own: many groups are met soon, and where
        there are few, what is strange is rather something known.
        """
        self._owed += answers * self._novelty()
        limit, self._owed = min(int(self._owed), BEGIN), self._owed % 1
        new, m = self.beliefs.new, len(self.beliefs.new)
        strange = (new > self.beliefs.alike) & (self.loans.part[:m] < 0)
        if not strange.any():
            return
        around = self.loans.spread(np.pad(self.affinities.weight[:m] * new, (0, self.affinities.m - m)))[:m]
        for _ in range(limit):
            if not strange.any():
                break
            self.loans.meet(int(np.where(strange, new * around, -1).argmax()))
            strange &= self.loans.by_last()[:m] < NEW

    def _novelty(self) -> float:
        """The odds that a part which begins unasked is a group of its own: how often those were that were asked about.

        Counted as Good and Turing do (Good 1953): the groups that were met once, among all meetings.
        """
        ties = self.beliefs.ties
        asked = np.bincount(self.affinities.node, self.turns, self.affinities.m) > 0
        met = ties.part[self.loans.met[ties.rows] & asked[ties.rows]]
        once = (np.bincount(ties.group[met]) == 1).sum()
        share = (once + 1) / (len(met) + 2)
        return float(min(share / (1 - share), SOON))


def _disjoint(ties: Ties) -> list[tuple[int, int]]:
    """Pairs of parts to join now, the likeliest first and no part twice; only what an answer speaks for."""
    alone = ties.size == 1
    stake = np.maximum(np.minimum(ties.mass[:, None], ties.mass), 1e-12)
    several = np.clip(1 - MOVED / stake, ENOUGH, SURE)
    single = np.clip(1 - LENIENT / stake, ENOUGH, SURE_ENOUGH)
    need = np.where(alone[:, None] == alone, several, single)
    ready = np.triu((ties.favour > 0) & (ties.joined > need), 1)
    one, other = np.nonzero(ready)
    order = np.argsort(-ties.joined[one, other])
    used: set[int] = set()
    pairs = []
    for kept, gone in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if not {kept, gone} & used:
            used |= {kept, gone}
            pairs.append((kept, gone))
    return pairs
