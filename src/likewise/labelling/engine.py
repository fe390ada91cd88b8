"""The engine of labelling by several people: dispatches questions, keeps answers, knows what follows.

It knows nothing of HTTP. The page drives it, and so can a notebook, another labelling tool or a model: ``ask`` for
questions, ``tell`` answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from likewise.active import Strategy
from likewise.active.answer_graph import answer_graph, expected_graph
from likewise.active.session import unsure
from likewise.answers import Answer, AnswerStore, Question, Value, group_names, name_group
from likewise.errors import LikewiseError, unknown_name
from likewise.graph import SimilarityGraph
from likewise.labelling.answer_state import AnswerState, Pair
from likewise.labelling.corrections import Correction, corrected, judged, merged, removed
from likewise.labelling.dispatcher import Dispatcher
from likewise.labelling.planner import Planner
from likewise.space import Space

KINDS = ("pair", "grid")


class Engine:
    """Questions for several people at a time, from one strategy, into one store.

    State lives here and in the store; nothing that takes long happens in ``ask`` and ``tell``. Several threads may
    call at a time. Use it in a ``with``, or ``start`` and ``stop`` it.

    Args:
        store: where answers are kept; what it holds already counts.
        make: makes the strategy, the same whenever it is called; called in a thread of its own.
        budget: judgements in all.
        tiles: samples on a screen beside the anchor.
        patient: go on even when answers change nothing any more.
        options: of ``Dispatcher``: seconds, repeats, seed, clock.

    Raises:
        LikewiseError: a budget below 1, or a share of repeats outside of [0, 1).
    """

    def __init__(
        self,
        store: AnswerStore,
        make: Callable[[], Strategy],
        budget: int = 300,
        *,
        tiles: int = 12,
        patient: bool = False,
        **options: Any,
    ) -> None:
        if not isinstance(budget, int) or budget < 1:
            raise LikewiseError(f"the budget is a number of judgements, at least 1, got {budget!r}.")
        if not 0 <= options.get("repeats", 0) < 1:
            raise LikewiseError(f"repeats is a share of questions in [0, 1), got {options['repeats']}.")
        self.store, self.patient = store, patient
        self.state = AnswerState(store)
        self.planner = Planner(self.state, make, budget, tiles)
        self.dispatcher = Dispatcher(store, self.state, self.planner, **options)

    def start(self) -> Engine:
        """Begin to plan questions."""
        self.planner.start()
        return self

    def stop(self) -> None:
        """End; the store stays open."""
        self.planner.stop()

    def __enter__(self) -> Engine:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- asking and telling ------------------------------------------------------------------------------------

    def ask(self, who: str = "me", n: int = 1, *, kind: str = "pair", showing: str = "") -> list[Question]:
        """At most n questions that this annotator now holds, the one to answer first in front.

        Asked again without an answer in between, it gives the same question in front: nothing is lost by a reload.
        It never waits: before the first plan is ready there are none (``planner.wait``).

        Args:
            who: the annotator.
            n: how many; more than one to have the next ready.
            kind: "pair" or "grid".
            showing: the id of the question that the annotator looks at: it stays, while those behind it may be
                exchanged for better ones.

        Raises:
            LikewiseError: an unknown kind, or grids of a strategy that asks about pairs alone.
        """
        if kind not in KINDS:
            raise unknown_name("kind of question", kind, KINDS)
        if kind == "grid" and self.planner.queue.number and not self.planner.has_screens:
            raise LikewiseError("the strategy asks about pairs alone, so there are no grids: ask for pairs.")
        return self.dispatcher.dispatch(who, n, kind, showing, closed=not self.open)

    def tell(
        self, who: str, id: str, values: Sequence[Value], *, ms: int | None = None, session: str = ""
    ) -> Answer | None:
        """Keep an answer; on the disk when this returns. None where the same answer was kept before.

        Raises:
            LikewiseError: nobody was asked this question, the values do not fit it, or the annotator answered it
                otherwise before.
        """
        question = self.dispatcher.question(id)
        recorded = self.store.record([Answer(question, tuple(values), who, ms, session)])
        self.state.add(recorded)
        self.dispatcher.complete(who, question)
        self.planner.wake()
        return recorded[0] if recorded else None

    def skip(self, who: str, id: str, *, ms: int | None = None) -> None:
        """Pass a question over.

        Raises:
            LikewiseError: nobody was asked this question.
        """
        question = self.dispatcher.question(id)
        self.store.skip(question, who, ms=ms)
        self.dispatcher.complete(who, question, skipped=True)
        self.planner.skipped(unsure(question, who))

    def undo(self, who: str, number: int | None = None) -> Question | None:
        """Take back one's last answer, or the one of this number; its question comes again at once, under a new id.

        None where there is nothing to take back, or it was taken back before.

        Raises:
            LikewiseError: there is no such answer, or it is not this annotator's.
        """
        last = self.state.latest(who)
        if number is None and not last:
            return None
        number = last[0].number if number is None else number
        valid = self.state.valid.get(number or 0)
        if valid is not None and valid.who != who:
            raise LikewiseError(f"answer {number} is not one of {who}'s: only one's own can be taken back.")
        taken = self.store.undo(who, number)
        if taken is None or taken.number is None:
            return None
        self.state.retract(taken.number)
        again = self.dispatcher.reissue(who, taken.question)
        self.planner.wake()
        return again

    def go_on(self, more: int = 0) -> None:
        """Ask on although answers change nothing any more, or with so many more judgements."""
        self.patient = True
        self.planner.budget += max(0, more)
        self.planner.wake(needs_questions=True)

    # -- setting right -----------------------------------------------------------------------------------------

    def correct(self, who: str, number: int, changes: Mapping[Pair, Value], operation: str) -> None:
        """Replace what a valid answer says of some pairs, whosever it is: this settles a contradiction.

        Args:
            who: who says so.
            number: of the answer.
            changes: the new value of each pair.
            operation: made by the client, so that a resent request counts once.

        Raises:
            LikewiseError: there is no such answer, or it says nothing of such a pair.
        """
        self._apply(who, operation, lambda: corrected(self.state, number, changes, who, operation))

    def remove(self, who: str, sample: int, leaving: Sequence[int], operation: str, *, together: bool = False) -> None:
        """Take samples out of the group of one: each on its own, or ``together`` as a group.

        The answers that held them there are replaced by "different"; those who stay are known to belong together.

        Raises:
            LikewiseError: one of them is not in the group, or it is the sample itself.
        """
        self._apply(who, operation, lambda: removed(self.state, sample, leaving, who, operation, together))
        names = group_names(self.store)
        for left in names.keys() & set(leaving):  # the name stays with the group
            name_group(self.store, left, "")
            self.name(sample, names[left])

    def judge(self, who: str, sample: int, others: Sequence[int], value: Value, operation: str) -> None:
        """Say of several samples at once that they are alike a sample, or different from it.

        Alike joins whole groups: answers that set them apart are replaced by alike ones.

        Raises:
            LikewiseError: there is no such sample, or none was given.
        """

        def correction() -> Correction:
            if value == "alike":
                return merged(self.state, sample, others, who, operation)
            return judged(sample, others, value, who, operation)

        self._apply(who, operation, correction)

    def name(self, sample: int, name: str) -> None:
        """Name the group of a sample; an empty name takes it away.

        Raises:
            LikewiseError: there is no such sample.
        """
        for named in set(self.state.component(sample)) & group_names(self.store).keys():
            name_group(self.store, named, "")
        name_group(self.store, sample, name)

    # -- looking -----------------------------------------------------------------------------------------------

    @property
    def budget(self) -> int:
        """Judgements in all."""
        return self.planner.budget

    @property
    def open(self) -> bool:
        """Whether questions are dispatched."""
        return self.state.spent < self.budget and (self.patient or not self.planner.snapshot.converged)

    def graph(
        self, space: Space | None = None, *, neighbors: int = 0, expected: float | None = None
    ) -> SimilarityGraph:
        """The graph of what follows from the answers and, with a space, of what else ``lw.ask`` can add.

        Args:
            space: the prior space.
            neighbors: also joins each sample with so many near ones, as answers calibrate them; needs the space.
            expected: also joins unqueried samples to the group where the strategy expects them with this probability.

        Raises:
            LikewiseError: neighbours without a space, or a strategy that gives no membership probabilities.
        """
        if neighbors and space is None:
            raise LikewiseError("neighbours are those of a prior space: give it.")
        codes = None if expected is None else self.planner.expected(expected)
        likely = None
        if codes is not None and expected is not None:
            likely = expected_graph(self.planner.strategy, codes, expected, self.store.keys)
        graph, answers = self.state.graph(), self.state.answers() if neighbors else []
        return answer_graph(graph, answers, self.store.keys, space, neighbors=neighbors, expected=likely)

    def _apply(self, who: str, operation: str, correction: Callable[[], Correction]) -> None:
        """Carry a correction out: first what is new, then what is taken back, so that nothing is lost in between."""
        if not operation.isalnum():
            raise LikewiseError("an operation is named by letters and digits.")
        if self.state.recorded(f"{operation}-0"):
            return
        planned = correction()
        self.state.add(self.store.record(planned.new))
        for number in planned.old:
            self.store.undo(who, number)
            self.state.retract(number)
        self.planner.wake()
