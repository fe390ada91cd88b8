"""The viewing pages over HTTP."""

import pytest
from starlette.testclient import TestClient
from tests.show.cases import looked_at
from tests.web.test_http import HOST

from likewise.graph import SimilarityGraph
from likewise.show import GraphView, Pictures
from likewise.web import make_view_app


@pytest.fixture(scope="module")
def world():
    return looked_at()


def test_every_page_answers(world):
    view, _ = world
    client = TestClient(make_view_app(view, [HOST]), base_url=f"http://{HOST}")
    for path in ("/", "/edges", "/edges?from=40", "/hubs", "/isolated", "/map", "/sample/3", "/sample/31"):
        assert client.get(path).status_code == 200
    found = client.get("/api/map").json()
    assert sorted(card["page"] for card in found["cards"]) == sorted(f"/sample/{row}" for row in range(32))
    assert len(found["planes"][0]["points"]) == len(found["codes"]) == 32
    for name in ("show.css", "page.css", "map.js", "mark.svg"):
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/find?name=photo 7.png", follow_redirects=False).headers["location"] == "/sample/7"
    assert client.get("/find?name=PHOTO", follow_redirects=False).headers["location"] == "/sample/0"
    assert client.get("/find?name=nobody").status_code == 404
    assert client.get("/sample/32").status_code == 400
    assert client.get("/edges?from=x").status_code == 400
    lost = client.get("/nowhere", headers={"accept": "text/html"})
    assert (lost.status_code, "There is nothing at /nowhere." in lost.text) == (404, True)
    assert client.post("/edges", headers={"origin": f"http://{HOST}"}).status_code == 405


def test_without_samples_names_are_shown(world):
    graph = SimilarityGraph.none(3)
    view = GraphView(graph, Pictures(None, ["a", "<b>", "c"]), "nothing")
    client = TestClient(make_view_app(view, [HOST]), base_url=f"http://{HOST}")
    for path in ("/", "/edges", "/hubs", "/isolated", "/map", "/sample/1"):
        assert client.get(path).status_code == 200
    assert "&lt;b&gt;" in client.get("/isolated").text
    assert client.get("/picture/1").status_code == 404
