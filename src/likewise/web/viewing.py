"""The viewing pages as a web application: overview, one sample, edges, hubs, isolated samples, a map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from likewise.show import GraphView
from likewise.show.planes import map_data
from likewise.web import parsing
from likewise.web.app import application, common, require_web, screen, script
from likewise.web.context import ViewContext
from likewise.web.guard import Guard
from likewise.web.parsing import Call
from likewise.web.screens import Screen

EDGES, ISOLATED = 40, 240


def make_view_app(view: GraphView, hosts: Iterable[str], token: str | None = None) -> Guard:
    """The viewing pages as an ASGI application; the arguments are those of ``make_app``."""
    require_web()
    from starlette.routing import Route

    context = ViewContext(view)
    pages = {"/": overview, "/sample/{sample:int}": sample, "/find": find, "/edges": edges, "/hubs": hubs}
    pages |= {"/isolated": isolated, "/map": plane}
    routes = [Route(path, screen(context, work), methods=["GET"]) for path, work in pages.items()]
    routes.append(Route("/api/map", script(context, points), methods=["GET"]))
    return Guard(application(context, [*routes, *common(view.pictures)]), hosts, token)


def overview(call: Call) -> Screen:
    """What the graph is worth, and some samples with what they are alike."""
    view = _view(call)
    return _screen(view, "overview", anchors=view.examples())


def sample(call: Call) -> Screen:
    """One sample: what it is alike, how strongly and why, and who is alike it."""
    view = _view(call)
    row = parsing.required(call.fields, "sample", view.graph.n - 1)
    positives, count = view.positives(row)
    into, in_degree = view.in_neighbors(row)
    values = {"card": view.card(row), "positives": positives, "count": count}
    return _screen(view, "sample", **values, in_neighbors=into, in_neighbor_count=in_degree)


def find(call: Call) -> Screen:
    """A sample by its name, or the first whose name holds what was typed."""
    wanted = parsing.text(call.fields, "name").strip()
    names = [str(name) for name in _view(call).pictures.names]
    hits = [row for row, name in enumerate(names) if wanted and wanted.lower() in name.lower()]
    hits = [row for row in hits if names[row] == wanted] or hits
    if not hits:
        return Screen.refusal(f"no sample's name holds {wanted!r}.", 404)
    return Screen(to=f"/sample/{hits[0]}")


def edges(call: Call) -> Screen:
    """Edges, the worst first."""
    return _paged(call, "edges", _view(call).edges, EDGES)


def hubs(call: Call) -> Screen:
    """The samples that most others are alike."""
    view = _view(call)
    return _screen(view, "hubs", found=view.hubs())


def isolated(call: Call) -> Screen:
    """Samples that are alike nobody."""
    return _paged(call, "isolated", _view(call).isolated, ISOLATED)


def plane(call: Call) -> Screen:
    """The map; the script draws it."""
    return _screen(_view(call), "map")


def points(call: Call) -> dict[str, Any]:
    """The map's points, and what is shown of each when it is pointed at."""
    view = _view(call)
    return view.map() if view.mappable else map_data([], np.zeros(0, int), [], [])


def _view(call: Call) -> GraphView:
    context: ViewContext = call.context
    return context.view


def _screen(view: GraphView, tab: str, **values: Any) -> Screen:
    return Screen(f"view_{tab}.html", {"tab": tab, "view": view, **values})


def _paged(call: Call, tab: str, listed: Callable[[int, int], tuple[Any, int]], step: int) -> Screen:
    """A part of a list, from where the address says, and where the next one begins."""
    start = parsing.number(call.fields, "from", 2**53) or 0
    found, count = listed(start, step)
    following = start + step if start + step < count else None
    return _screen(_view(call), tab, found=found, count=count, start=start, step=step, next=following)
