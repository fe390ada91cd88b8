"""Corrections: which answers to record, and which to take back, so that groups come out as somebody says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from likewise.answers import Answer, Question, Value
from likewise.errors import LikewiseError
from likewise.labelling.answer_state import AnswerState, Pair, as_pair


@dataclass(frozen=True)
class Correction:
    """Answers to record, then numbers of answers to take back."""

    new: list[Answer]
    old: list[int]


def corrected(state: AnswerState, number: int, changes: Mapping[Pair, Value], who: str, operation: str) -> Correction:
    """A valid answer with some of its values changed, in the name of who changes them.

    Raises:
        LikewiseError: there is no such answer, or it says nothing of such a pair.
    """
    answer = state.valid.get(number)
    if answer is None:
        raise LikewiseError(f"there is no valid answer {number}: it was taken back, or never given.")
    wanted = {as_pair(*pair): value for pair, value in changes.items()}
    strangers = wanted.keys() - {as_pair(*pair) for pair in answer.question.pairs}
    if strangers:
        raise LikewiseError(f"answer {number} says nothing of the samples {sorted(strangers)[0]}.")
    return Correction([_changed(answer, wanted, who, f"{operation}-0")], [number])


def removed(
    state: AnswerState, sample: int, leaving: Sequence[int], who: str, operation: str, together: bool = False
) -> Correction:
    """What takes samples out of the component of one.

    Every alike answer between two parts becomes a different one, and what leaves is known to differ from what stays. A
    part that such answers alone held together is joined by new ones: whoever takes one out says that the rest belong
    together.

    Raises:
        LikewiseError: one of the leaving is not in the component, or it is the sample itself.
    """
    members = set(state.component(sample))
    gone = list(dict.fromkeys(leaving))
    stranger = next((one for one in gone if one not in members or one == sample), None)
    if not gone or stranger is not None:
        raise LikewiseError(f"sample {stranger} cannot leave the group of sample {sample}: choose some that are in it.")
    parts = [sorted(members - set(gone)), *([sorted(gone)] if together else [[one] for one in gone])]
    where = {one: place for place, part in enumerate(parts) for one in part}
    must_links, cannot_links = list[Pair](), set[Pair]()

    def crossing(answer: Answer) -> dict[Pair, Value]:
        alike = [(a, b) for a, b, value in answer.judgements if value == "alike" and a in where]
        apart = [(a, b) for a, b in alike if where[a] != where[b]]
        must_links.extend((a, b) for a, b in alike if where[a] == where[b])
        cannot_links.update(as_pair(where[a], where[b]) for a, b in apart)
        return {as_pair(a, b): "different" for a, b in apart}

    new, old = _replaced(state, crossing, who, operation)
    new_pairs: list[tuple[int, int, Value]] = [
        (sample, part[0], "different") for place, part in enumerate(parts) if place and (0, place) not in cannot_links
    ]
    for part in parts:
        first, *others = _connected(part, must_links)
        new_pairs += [(first[0], piece[0], "alike") for piece in others]
    for a, b, value in new_pairs:
        question = replace(Question.pair(a, b, strategy="groups"), id=f"{operation}-{len(new)}")
        new.append(Answer(question, (value,), who))
    return Correction(new, old)


def merged(state: AnswerState, sample: int, others: Sequence[int], who: str, operation: str) -> Correction:
    """What makes one group of those of a sample and of others.

    Whole groups are joined: every answer that says "different" or "unticked" between two of them becomes
    an alike one.

    Raises:
        LikewiseError: there is no such sample, or none was given.
    """
    stated = judged(sample, others, "alike", who, operation).new
    where = {one: state.component(member)[0] for member in (sample, *others) for one in state.component(member)}

    def crossing(answer: Answer) -> dict[Pair, Value]:
        apart = [(a, b) for a, b, value in answer.judgements if value in ("different", "unticked")]
        return {as_pair(a, b): "alike" for a, b in apart if a in where and b in where and where[a] != where[b]}

    new, old = _replaced(state, crossing, who, operation, len(stated))
    return Correction(stated + new, old)


def judged(sample: int, others: Sequence[int], value: Value, who: str, operation: str) -> Correction:
    """One answer about a sample and several others, which replaces none.

    Raises:
        LikewiseError: none was given, or one of them twice.
    """
    question = replace(Question.grid(sample, others, strategy="groups"), id=f"{operation}-0")
    return Correction([Answer(question, (value,) * len(question.tiles), who)], [])


def _replaced(
    state: AnswerState, changes: Callable[[Answer], Mapping[Pair, Value]], who: str, operation: str, first: int = 0
) -> tuple[list[Answer], list[int]]:
    """Valid answers with the changes that each of them needs, numbered from ``first``, and which they replace."""
    new, old = list[Answer](), list[int]()
    for answer in state.answers():
        wanted = changes(answer)
        if wanted and answer.number is not None:
            new.append(_changed(answer, wanted, who, f"{operation}-{first + len(new)}"))
            old.append(answer.number)
    return new, old


def _changed(answer: Answer, changes: Mapping[Pair, Value], who: str, id: str) -> Answer:
    values = [changes.get(as_pair(a, b), value) for a, b, value in answer.judgements]
    return Answer(replace(answer.question, id=id, strategy="correction"), tuple(values), who)


def _connected(part: Sequence[int], links: Sequence[Pair]) -> list[list[int]]:
    """The connected components of a part by alike answers, each sorted."""
    near: dict[int, list[int]] = {one: [] for one in part}
    for a, b in links:
        if a in near and b in near:
            near[a].append(b)
            near[b].append(a)
    pieces, seen = [], set[int]()
    for start in part:
        if start in seen:
            continue
        piece, stack = [], [start]
        seen.add(start)
        while stack:
            piece.append(stack.pop())
            fresh = [one for one in near[piece[-1]] if one not in seen]
            seen.update(fresh)
            stack += fresh
        pieces.append(sorted(piece))
    return pieces
