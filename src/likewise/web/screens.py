"""The screens that the server renders: groups, contradictions, people, results."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from likewise.answers import Conflict
from likewise.errors import LikewiseError
from likewise.labelling.annotators import people
from likewise.labelling.groups import galleries, gallery_of
from likewise.labelling.status import standing_of
from likewise.web import parsing
from likewise.web.context import Setting
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
    return Screen("ask.html", {"tab": "ask", "screens": call.setting.screens})


def groups(call: Call) -> Screen:
    """All groups found so far."""
    found = galleries(call.setting.engine)
    start = parsing.number(call.fields, "from", len(found)) or 0
    shown = [(gallery, _cards(call.setting, [*gallery.known, *gallery.expected][:6])) for gallery in found]
    values = {"tab": "groups", "groups": shown[start : start + PAGE], "count": len(found), "start": start}
    return Screen("groups.html", values | {"next": start + PAGE if start + PAGE < len(found) else None})


def group(call: Call) -> Screen:
    """One group as a gallery."""
    sample = parsing.required(call.fields, "sample", len(call.setting.pictures) - 1)
    gallery = gallery_of(call.setting.engine, sample)
    if gallery is None:
        return Screen(to="/groups")
    known, expected = (_cards(call.setting, list(part[:SHOWN])) for part in (gallery.known, gallery.expected))
    for card, membership in zip(expected, gallery.membership, strict=False):  # of those that are shown
        card["membership"] = membership
    return Screen("group.html", {"tab": "groups", "group": gallery, "known": known, "expected": expected})


def merge(call: Call) -> Screen:
    """Join groups into the first of them."""
    first, *others = parsing.numbers(call.fields, "sample", len(call.setting.pictures) - 1)
    if not others:
        raise LikewiseError("one group alone cannot be merged: tick at least two.")
    call.setting.engine.say(call.who, first, others, "alike", parsing.operation(call.fields))
    return Screen(to=f"/groups/{first}")


def change(call: Call) -> Screen:
    """Name a group, or say of some samples whether they belong to it."""
    most = len(call.setting.pictures) - 1
    sample, what = parsing.required(call.fields, "sample", most), parsing.one_of(call.fields, "do", CHANGES)
    if what == "name":
        given = parsing.text(call.fields, "name", most=80)
        call.setting.engine.name(sample, parsing.name_of(given) if given.strip() else "")
        return Screen(to=f"/groups/{sample}")
    chosen = parsing.numbers(call.fields, "chosen", most)
    operation = parsing.operation(call.fields)
    if what in ("belong", "different"):
        call.setting.engine.say(call.who, sample, chosen, "alike" if what == "belong" else "different", operation)
    else:
        stays = [one for one in call.setting.engine.ledger.component(sample) if one not in chosen]
        sample = stays[0] if stays else sample
        call.setting.engine.part(call.who, sample, chosen, operation, together=what == "split")
    return Screen(to=f"/groups/{sample}")


def contradictions(call: Call) -> Screen:
    """Answers that cannot all be right, each with the chain that shows why."""
    found = call.setting.engine.ledger.contradictions(PAGE)
    shown = [_conflict(call.setting, conflict) for conflict in found]
    return Screen("contradictions.html", {"tab": "contradictions", "conflicts": shown})


def settle(call: Call) -> Screen:
    """Correct one answer of a contradiction."""
    most = len(call.setting.pictures) - 1
    pair = parsing.required(call.fields, "a", most), parsing.required(call.fields, "b", most)
    value: Any = parsing.one_of(call.fields, "value", ("alike", "different"))
    number = parsing.required(call.fields, "number", 2**53)
    call.setting.engine.correct(call.who, number, {pair: value}, parsing.operation(call.fields))
    return Screen(to="/contradictions")


def everybody(call: Call) -> Screen:
    """Who answered, and how far they agree."""
    persons, agreed = people(call.setting.engine)
    return Screen("people.html", {"tab": "people", "people": persons, "agreements": agreed})


def take_name(call: Call) -> Screen:
    """Take a name."""
    name = parsing.name_of(parsing.text(call.fields, "name", most=200))
    if name != call.who:
        call.setting.engine.desk.leave(call.who)
    return Screen(to="/", name=name)


def results(call: Call) -> Screen:
    """What the answers have come to, and what can be done with it."""
    graph = call.setting.graph_now()
    samples = call.setting.pictures.samples
    labels = None if samples is None else samples.labels
    values = {
        "tab": "results",
        "diagnosis": str(graph.diagnose(labels)) if call.setting.engine.ledger.spent else "",
        "standing": standing_of(call.setting.engine, call.who, False),
        "out": call.setting.out,
        "saved": "saved" in call.fields,
        "trainable": call.setting.train is not None,
        "work": call.setting.work,
    }
    return Screen("results.html", values)


def save(call: Call) -> Screen:
    """Write the graph where the command said."""
    if call.setting.out is not None:
        call.setting.graph_now().save(call.setting.out)
    return Screen(to="/results?saved=1")


def train(call: Call) -> Screen:
    """Train an encoder on the graph, in the background."""
    if call.setting.train is not None:
        call.setting.work.begin(call.setting.train)
    return Screen(to="/results#training")


def operation() -> str:
    """A fresh id for what a form does."""
    return uuid.uuid4().hex


def _cards(setting: Setting, samples: list[int]) -> list[dict[str, Any]]:
    return [setting.pictures.card(sample) for sample in samples]


def _conflict(setting: Setting, conflict: Conflict) -> dict[str, Any]:
    """A contradiction with its pictures, and who said each step of it."""
    standing = setting.engine.ledger.standing
    numbers = [*conflict.alike, conflict.different]
    said = [standing.get(number) if isinstance(number, int) else None for number in numbers]
    steps = [*pairwise(conflict.chain), (conflict.chain[-1], conflict.chain[0])]
    return {
        "cards": _cards(setting, list(conflict.chain)),
        "steps": [
            {"pair": pair, "number": number, "who": answer.who if answer else "somebody"}
            for pair, number, answer in zip(steps, numbers, said, strict=True)
        ],
    }
