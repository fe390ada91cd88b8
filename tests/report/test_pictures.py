import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from likewise.data import open_samples
from likewise.graph import SimilarityGraph
from likewise.report import curves, dots, maps, positives, thumbnail


def picture(uri):
    head, _, content = uri.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.fixture
def samples():
    images = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
    return open_samples(images, labels=[0, 0, 0, 1, 1, -1], keys=[f'"{row}"' for row in range(6)])


def test_a_small_image_is_shown_as_it_is(samples):
    assert np.array_equal(np.asarray(picture(thumbnail(samples, 2))), samples.read([2])[0].permute(1, 2, 0).numpy())


def test_a_large_image_is_made_smaller():
    images = np.zeros((2, 300, 200, 3), np.uint8)
    assert max(picture(thumbnail(open_samples(images), 0)).size) == 96


def test_a_vector_is_bars():
    samples = open_samples(np.array([[1.0, -1.0], [0.0, 0.0]], np.float32))
    bars = np.asarray(picture(thumbnail(samples, 0)))
    assert (bars[5, :40] == 60).all()  # up on the left
    assert (bars[-5, 60:] == 60).all()  # down on the right
    assert bars[5, 60] == 255


def test_positives_are_framed_by_whether_labels_agree(samples):
    graph = SimilarityGraph.from_edges(6, [0, 1, 2], [1, 3, 5])
    graph = replace(graph, self_weight=np.zeros(6, np.float32))  # nobody is drawn as their own partner
    shown = positives(samples, graph, [0, 1, 2], count=2)
    assert shown.count('class="anchor"') == 3
    assert shown.count('class="alike"') == 2  # 0 with 1
    assert shown.count('class="unlike"') == 2  # 1 with 3
    assert shown.count('class=""') == 2  # nobody knows of 5
    assert "&quot;1&quot;" in shown


def test_maps_curves_and_dots_are_pictures():
    features = np.random.default_rng(0).standard_normal((30, 4))
    assert picture(maps({"a": features, "b": features}, np.arange(30) % 2, ["x", "y"])).size[0] > 300
    rows = [{"epoch": 1, "loss": 2.0}, {"epoch": 2}, {"epoch": 3, "loss": 1.0}]
    plain = curves({"run": rows}, "loss", "loss")
    assert picture(plain).size[0] > 300
    assert plain != curves({"run": rows, "other": rows}, "loss", "loss")
    assert picture(curves({"asked": [{"answers": 0, "value": 1.0}]}, "value", "share", over="answers")).size[0] > 300
    assert picture(dots([("one", {"x": (0.5, 0.1)}), ("two", {})], ["x", "y"])).size[0] > 300
