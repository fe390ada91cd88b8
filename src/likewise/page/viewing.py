"""The viewing pages as a web application: overview, one sample, edges, hubs, who is alone, a map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from likewise.page import incoming
from likewise.page.app import application, common, require_web, screen, script
from likewise.page.guard import Guard
from likewise.page.incoming import Call
from likewise.page.looking import Looking
from likewise.page.screens import Screen

EDGES, ALONE = 40, 240


def make_view_app(looking: Looking, hosts: Iterable[str], token: str | None = None) -> Guard:
    """The viewing pages as an ASGI application; the arguments are those of ``make_app``."""
    require_web()
    from starlette.routing import Route

    pages = {"/": overview, "/sample/{sample:int}": sample, "/find": find, "/edges": edges, "/hubs": hubs}
    pages |= {"/alone": alone, "/map": plane}
    routes = [Route(path, screen(looking, work), methods=["GET"]) for path, work in pages.items()]
    routes.append(Route("/api/map", script(looking, points), methods=["GET"]))
    return Guard(application([*routes, *common(looking.pictures)]), hosts, token)


def overview(call: Call) -> Screen:
    """What the graph is worth, and some samples with what they are alike."""
    looking: Looking = call.setting
    rows = [_row(looking, anchor) for anchor in looking.examples()]
    return Screen("view_overview.html", {"tab": "overview", "rows": rows, "diagnosis": looking.diagnosis})


def sample(call: Call) -> Screen:
    """One sample: what it is alike, how strongly and why, and who is alike it."""
    looking: Looking = call.setting
    row = incoming.required(call.fields, "sample", looking.graph.n - 1)
    positives, count = looking.positives(row)
    fans, fan_count = looking.fans(row)
    shown = [(positive, card(looking, positive.sample)) for positive in positives]
    values = {"tab": "", "card": card(looking, row), "positives": shown, "count": count, "fan_count": fan_count}
    return Screen("view_sample.html", values | {"fans": [card(looking, fan) for fan in fans]})


def find(call: Call) -> Screen:
    """A sample by its name, or the first whose name holds what was typed."""
    looking: Looking = call.setting
    wanted = incoming.text(call.fields, "name").strip()
    names = [str(name) for name in looking.pictures.names]
    hits = [row for row, name in enumerate(names) if wanted and wanted.lower() in name.lower()]
    hits = [row for row in hits if names[row] == wanted] or hits
    if not hits:
        return Screen("error.html", {"tab": "", "sentence": f"no sample's name holds {wanted!r}."}, status=404)
    return Screen(to=f"/sample/{hits[0]}")


def edges(call: Call) -> Screen:
    """Edges, the worst first."""
    looking: Looking = call.setting
    start = incoming.number(call.fields, "from", 2**53) or 0
    found, count = looking.edges(start, EDGES)
    shown = [(edge, card(looking, edge.a), card(looking, edge.b)) for edge in found]
    values = {"tab": "edges", "edges": shown, "count": count, "start": start, "wrong": looking.wrong()}
    return Screen("view_edges.html", values | {"next": start + EDGES if start + EDGES < count else None, "step": EDGES})


def hubs(call: Call) -> Screen:
    """The samples that most others are alike."""
    looking: Looking = call.setting
    found = [(card(looking, row), count) for row, count in looking.hubs()]
    return Screen("view_hubs.html", {"tab": "hubs", "hubs": found, "degree": looking.diagnosis.degree})


def alone(call: Call) -> Screen:
    """Samples that are alike nobody."""
    looking: Looking = call.setting
    start = incoming.number(call.fields, "from", 2**53) or 0
    found, count = looking.alone(start, ALONE)
    values = {"tab": "alone", "cards": [card(looking, row) for row in found], "count": count, "start": start}
    return Screen("view_alone.html", values | {"next": start + ALONE if start + ALONE < count else None, "step": ALONE})


def plane(call: Call) -> Screen:
    """The map; the script draws it."""
    return Screen("view_map.html", {"tab": "map", "mappable": call.setting.mappable})


def points(call: Call) -> dict[str, Any]:
    """The map's points, and what is shown of each when it is pointed at."""
    looking: Looking = call.setting
    found = looking.map() if looking.mappable else {"ids": [], "points": [], "codes": [], "classes": []}
    return found | {"cards": [looking.pictures.card(row) for row in found["ids"]]}


def card(looking: Looking, row: int) -> dict[str, Any]:
    """What is shown of a sample, its label with it."""
    return looking.pictures.card(row) | {"label": looking.label(row)}


def _row(looking: Looking, anchor: int, count: int = 8) -> Any:
    positives, every = looking.positives(anchor, count)
    return card(looking, anchor), [(positive, card(looking, positive.sample)) for positive in positives], every
