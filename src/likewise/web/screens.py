"""The screens that the server renders: groups, contradictions, people, results."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from likewise.answers import Conflict
from likewise.errors import LikewiseError
from likewise.labelling.annotators import annotators
from likewise.labelling.groups import found_groups, group_of
from likewise.labelling.status import status_of
from likewise.web import parsing
from likewise.web.context import AskContext
from likewise.web.parsing import Call

PAGE = 60
"""Groups, or contradictions, on a screen."""
SHOWN = 240
"""Samples of a group on a screen."""
CHANGES = ("name", "belong", "different", "leave", "split")


@dataclass(frozen=True)
class Screen:
    """A template and what it needs; or, with ``to``, another address to go to."""

    template: str = ""
    values: Mapping[str, Any] | None = None
    to: str = ""
    status: int = 200
    name: str | None = None

    @classmethod
    def refusal(cls, sentence: str, status: int = 400) -> Screen:
        """What is shown in the place of what cannot be."""
        return cls("error.html", {"tab": "", "sentence": sentence}, status=status)


def ask(call: Call) -> Screen:
    """The asking screen; the script fills it."""
    return Screen("ask.html", {"tab": "ask", "screens": call.context.screens})


def groups(call: Call) -> Screen:
    """All groups found so far."""
    found = found_groups(call.context.engine)
    start = parsing.number(call.fields, "from", len(found)) or 0
    shown = [(group, _cards(call.context, [*group.known, *group.expected][:6])) for group in found]
    values = {"tab": "groups", "groups": shown[start : start + PAGE], "count": len(found), "start": start}
    return Screen("groups.html", values | {"next": start + PAGE if start + PAGE < len(found) else None})


def group(call: Call) -> Screen:
    """One group and its samples."""
    sample = parsing.required(call.fields, "sample", len(call.context.pictures) - 1)
    group = group_of(call.context.engine, sample)
    if group is None:
        return Screen(to="/groups")
    known, expected = (_cards(call.context, list(part[:SHOWN])) for part in (group.known, group.expected))
    for card, membership in zip(expected, group.membership, strict=False):  # of those that are shown
        card["membership"] = membership
    return Screen("group.html", {"tab": "groups", "group": group, "known": known, "expected": expected})


def merge(call: Call) -> Screen:
    """Join groups into the first of them."""
    first, *others = parsing.numbers(call.fields, "sample", len(call.context.pictures) - 1)
    if not others:
        raise LikewiseError("one group alone cannot be merged: tick at least two.")
    call.context.engine.judge(call.who, first, others, "alike", parsing.operation(call.fields))
    return Screen(to=f"/groups/{first}")


def change(call: Call) -> Screen:
    """Name a group, or say of some samples whether they belong to it."""
    most = len(call.context.pictures) - 1
    sample, what = parsing.required(call.fields, "sample", most), parsing.one_of(call.fields, "do", CHANGES)
    if what == "name":
        given = parsing.text(call.fields, "name", most=80)
        call.context.engine.name(sample, parsing.name_of(given) if given.strip() else "")
        return Screen(to=f"/groups/{sample}")
    chosen = parsing.numbers(call.fields, "chosen", most)
    operation = parsing.operation(call.fields)
    if what in ("belong", "different"):
        call.context.engine.judge(call.who, sample, chosen, "alike" if what == "belong" else "different", operation)
    else:
        stays = [one for one in call.context.engine.state.component(sample) if one not in chosen]
        sample = stays[0] if stays else sample
        call.context.engine.remove(call.who, sample, chosen, operation, together=what == "split")
    return Screen(to=f"/groups/{sample}")


def contradictions(call: Call) -> Screen:
    """Answers that cannot all be right, each with the chain that shows why."""
    found = call.context.engine.state.contradictions(PAGE)
    shown = [_conflict(call.context, conflict) for conflict in found]
    return Screen("contradictions.html", {"tab": "contradictions", "conflicts": shown})


def settle(call: Call) -> Screen:
    """Correct one answer of a contradiction."""
    most = len(call.context.pictures) - 1
    pair = parsing.required(call.fields, "a", most), parsing.required(call.fields, "b", most)
    value: Any = parsing.one_of(call.fields, "value", ("alike", "different"))
    number = parsing.required(call.fields, "number", 2**53)
    call.context.engine.correct(call.who, number, {pair: value}, parsing.operation(call.fields))
    return Screen(to="/contradictions")


def everybody(call: Call) -> Screen:
    """Who answered, and how far they agree."""
    persons, agreed = annotators(call.context.engine)
    return Screen("people.html", {"tab": "people", "people": persons, "agreements": agreed})


def take_name(call: Call) -> Screen:
    """Take a name."""
    name = parsing.name_of(parsing.text(call.fields, "name", most=200))
    if name != call.who:
        call.context.engine.dispatcher.release(call.who)
    return Screen(to="/", name=name)


def results(call: Call) -> Screen:
    """What the answers have come to, and what can be done with it."""
    graph = call.context.graph_now()
    samples = call.context.pictures.samples
    labels = None if samples is None else samples.labels
    values = {
        "tab": "results",
        "diagnosis": str(graph.diagnose(labels)) if call.context.engine.state.spent else "",
        "status": status_of(call.context.engine, call.who, False),
        "out": call.context.out,
        "saved": "saved" in call.fields,
        "trainable": call.context.train is not None,
        "training": call.context.training,
    }
    return Screen("results.html", values)


def save(call: Call) -> Screen:
    """Write the graph where the command said."""
    if call.context.out is not None:
        call.context.graph_now().save(call.context.out)
    return Screen(to="/results?saved=1")


def train(call: Call) -> Screen:
    """Train an encoder on the graph, in the background."""
    if call.context.train is not None:
        call.context.training.begin(call.context.train)
    return Screen(to="/results#training")


def operation() -> str:
    """A fresh id for what a form does."""
    return uuid.uuid4().hex


def _cards(context: AskContext, samples: list[int]) -> list[dict[str, Any]]:
    return [context.pictures.card(sample) for sample in samples]


def _conflict(context: AskContext, conflict: Conflict) -> dict[str, Any]:
    """A contradiction with its pictures, and who said each step of it."""
    valid = context.engine.state.valid
    numbers = [*conflict.alike, conflict.different]
    said = [valid.get(number) if isinstance(number, int) else None for number in numbers]
    steps = [*pairwise(conflict.chain), (conflict.chain[-1], conflict.chain[0])]
    return {
        "cards": _cards(context, list(conflict.chain)),
        "steps": [
            {"pair": pair, "number": number, "who": answer.who if answer else "somebody"}
            for pair, number, answer in zip(steps, numbers, said, strict=True)
        ],
    }
