"""Looking at a graph."""

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.page.test_http import HOST, digits

from likewise.graph import SimilarityGraph
from likewise.page import Looking, Pictures, make_view_app


@pytest.fixture(scope="module")
def world():
    samples, y = digits()
    n = len(y)
    random = np.random.default_rng(0)
    rows, cols = random.integers(0, n - 4, (2, 120))  # the last four are isolated
    weights = random.random(120).astype(np.float32)
    edges = SimilarityGraph.from_edges(n, rows, cols, weights, keys=samples.keys)
    labels = np.where(np.arange(n) < 8, y, -1)
    graph = edges | 0.5 * SimilarityGraph.from_labels(labels, keys=samples.keys)
    pixels = samples.storage.reshape(n, -1).float().numpy()
    pictures = Pictures(samples)
    return Looking(graph, pictures, "photos", labels=y, features=lambda ids: pixels[ids], space="pixels"), y


def test_positives_are_the_row_of_the_graph_with_their_sources(world):
    looking, y = world
    dense = looking.graph.to_scipy().toarray()
    for sample in range(looking.graph.n):
        found, count = looking.positives(sample)
        assert count == (dense[sample] > 0).sum()
        assert [p.weight for p in found] == sorted(dense[sample][dense[sample] > 0], reverse=True)
        for positive in found:
            other = positive.sample
            assert positive.mutual == (dense[other, sample] > 0)
            assert positive.agrees == (y[sample] == y[other])
            assert max(weight for _, weight in positive.sources) >= positive.weight - 1e-6
        fans, fan_count = looking.fans(sample)
        assert fans == np.flatnonzero(dense[:, sample])[:24].tolist()
        assert fan_count == (dense[:, sample] > 0).sum()


def test_the_worst_edges_come_first(world):
    looking, y = world
    found, count = looking.edges(0, 10_000)
    dense = looking.graph.to_scipy()
    assert count == len(found) == dense.nnz
    order = [(edge.agrees, -edge.weight) for edge in found]
    assert order == sorted(order)
    coo = dense.tocoo()
    assert looking.wrong() == (int((y[coo.row] != y[coo.col]).sum()), dense.nnz)
    assert looking.edges(7, 3)[0] == found[7:10]


def test_hubs_and_who_is_alone(world):
    looking, _ = world
    dense = looking.graph.to_scipy().toarray() > 0
    hubs = looking.hubs()
    assert hubs[0][1] == dense.sum(0).max()
    assert all(dense[:, row].sum() == count for row, count in hubs)
    assert looking.alone()[0] == np.flatnonzero(dense.sum(1) == 0).tolist()
    assert set(range(28, 32)) <= set(looking.alone()[0])


def test_every_page_answers(world):
    looking, _ = world
    client = TestClient(make_view_app(looking, [HOST]), base_url=f"http://{HOST}")
    for path in ("/", "/edges", "/edges?from=40", "/hubs", "/alone", "/map", "/sample/3", "/sample/31"):
        assert client.get(path).status_code == 200
    found = client.get("/api/map").json()
    assert sorted(found["ids"]) == list(range(32))
    assert len(found["points"]) == len(found["cards"]) == 32
    assert client.get("/find?name=photo 7.png", follow_redirects=False).headers["location"] == "/sample/7"
    assert client.get("/find?name=PHOTO", follow_redirects=False).headers["location"] == "/sample/0"
    assert client.get("/find?name=nobody").status_code == 404
    assert client.get("/sample/32").status_code == 400
    assert client.get("/edges?from=x").status_code == 400
    assert client.post("/edges", headers={"origin": f"http://{HOST}"}).status_code == 405


def test_without_samples_names_are_shown(world):
    graph = SimilarityGraph.none(3)
    looking = Looking(graph, Pictures(None, ["a", "<b>", "c"]), "nothing")
    client = TestClient(make_view_app(looking, [HOST]), base_url=f"http://{HOST}")
    for path in ("/", "/edges", "/hubs", "/alone", "/map", "/sample/1"):
        assert client.get(path).status_code == 200
    assert "&lt;b&gt;" in client.get("/alone").text
    assert client.get("/picture/1").status_code == 404
