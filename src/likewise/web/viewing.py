"""The viewing pages as a web application: overview, one sample, edges, hubs, who is alone, a map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from likewise.show import Looking
from likewise.show.planes import map_data
from likewise.web import parsing
from likewise.web.app import application, common, require_web, screen, script
from likewise.web.context import ViewContext
from likewise.web.guard import Guard
from likewise.web.parsing import Call
from likewise.web.screens import Screen

EDGES, ALONE = 40, 240


def make_view_app(looking: Looking, hosts: Iterable[str], token: str | None = None) -> Guard:
    """The viewing pages as an ASGI application; the arguments are those of ``make_app``."""
    require_web()
    from starlette.routing import Route

    view = ViewContext(looking)
    pages = {"/": overview, "/sample/{sample:int}": sample, "/find": find, "/edges": edges, "/hubs": hubs}
    pages |= {"/alone": alone, "/map": plane}
    routes = [Route(path, screen(view, work), methods=["GET"]) for path, work in pages.items()]
    routes.append(Route("/api/map", script(view, points), methods=["GET"]))
    return Guard(application(view, [*routes, *common(looking.pictures)]), hosts, token)


def overview(call: Call) -> Screen:
    """What the graph is worth, and some samples with what they are alike."""
    looking = _looking(call)
    return _screen(looking, "overview", anchors=looking.examples())


def sample(call: Call) -> Screen:
    """One sample: what it is alike, how strongly and why, and who is alike it."""
    looking = _looking(call)
    row = parsing.required(call.fields, "sample", looking.graph.n - 1)
    positives, count = looking.positives(row)
    fans, fan_count = looking.fans(row)
    values = {"card": looking.card(row), "positives": positives, "count": count, "fans": fans, "fan_count": fan_count}
    return _screen(looking, "sample", **values)


def find(call: Call) -> Screen:
    """A sample by its name, or the first whose name holds what was typed."""
    wanted = parsing.text(call.fields, "name").strip()
    names = [str(name) for name in _looking(call).pictures.names]
    hits = [row for row, name in enumerate(names) if wanted and wanted.lower() in name.lower()]
    hits = [row for row in hits if names[row] == wanted] or hits
    if not hits:
        return Screen.refusal(f"no sample's name holds {wanted!r}.", 404)
    return Screen(to=f"/sample/{hits[0]}")


def edges(call: Call) -> Screen:
    """Edges, the worst first."""
    looking = _looking(call)
    start = parsing.number(call.fields, "from", 2**53) or 0
    found, count = looking.edges(start, EDGES)
    return _screen(looking, "edges", found=found, count=count, **_turning(start, EDGES, count))


def hubs(call: Call) -> Screen:
    """The samples that most others are alike."""
    looking = _looking(call)
    return _screen(looking, "hubs", found=looking.hubs())


def alone(call: Call) -> Screen:
    """Samples that are alike nobody."""
    looking = _looking(call)
    start = parsing.number(call.fields, "from", 2**53) or 0
    found, count = looking.alone(start, ALONE)
    return _screen(looking, "alone", found=found, count=count, **_turning(start, ALONE, count))


def plane(call: Call) -> Screen:
    """The map; the script draws it."""
    return _screen(_looking(call), "map")


def points(call: Call) -> dict[str, Any]:
    """The map's points, and what is shown of each when it is pointed at."""
    looking = _looking(call)
    return looking.map() if looking.mappable else map_data([], np.zeros(0, int), [], [])


def _looking(call: Call) -> Looking:
    view: ViewContext = call.context
    return view.looking


def _screen(looking: Looking, tab: str, **values: Any) -> Screen:
    return Screen(f"view_{tab}.html", {"tab": tab, "looking": looking, **values})


def _turning(start: int, step: int, count: int) -> dict[str, Any]:
    """Where the pages before and after begin."""
    return {"start": start, "step": step, "next": start + step if start + step < count else None}
