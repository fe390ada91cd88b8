"""Maps."""

import json

import numpy as np
import pytest

from likewise.show import Plane, flat_map, map_data


@pytest.fixture(scope="module")
def plane():
    random = np.random.default_rng(0)
    return Plane.of("two heaps", random.standard_normal((40, 3)) + 9 * (np.arange(40) % 2)[:, None])


def test_points_fill_the_unit_square_and_heaps_stay_apart(plane):
    assert plane.points.min(0).tolist() == [0, 0]
    assert plane.points.max(0) == pytest.approx([1, 1])
    one, other = plane.points[::2], plane.points[1::2]
    within = np.linalg.norm(one[:, None] - one, axis=-1).mean()
    assert np.linalg.norm(one[:, None] - other, axis=-1).mean() > within


def test_the_same_seed_gives_the_same_map():
    features = np.random.default_rng(0).standard_normal((20, 4))
    np.testing.assert_array_equal(flat_map(features), flat_map(features))


@pytest.mark.parametrize("shape", [(1, 5), (2, 5), (3, 2), (4, 2), (9, 1)])
def test_few_samples_and_narrow_spaces_have_a_map_too(shape):
    points = Plane.of("", np.random.default_rng(0).standard_normal(shape)).points
    assert points.shape == (shape[0], 2)
    assert np.isfinite(points).all()


def test_the_drawing_holds_every_point_once_in_the_ink_of_its_class(plane):
    codes = np.r_[np.zeros(30, int), np.full(10, -1)]
    strokes = dict(plane.strokes(codes))
    assert {ink: path.count("M") for ink, path in strokes.items()} == {"#8a93a3": 10, "#3b6fe0": 30}
    x, y = strokes["#3b6fe0"].split("h0")[0][1:].split()
    assert [float(x), float(y)] == pytest.approx(4 + plane.points[0] * (152, 92), abs=0.06)


def test_the_script_is_given_json_and_an_ink_for_no_class(plane):
    facts = [[f"column {place}", str(place)] for place in range(9)]
    cards = [{"name": "a", "picture": None, "text": "a", "facts": facts[:8]}] * 39
    cards.append(cards[0] | {"facts": facts})
    data = json.loads(json.dumps(map_data([plane], np.full(40, -2), ["x", "y"], cards)))
    assert data["inks"] == ["#3b6fe0", "#d1495b", "#8a93a3"]
    assert set(data["codes"]) == {-1}
    assert data["cards"][0] == {"name": "a", "picture": None, "text": "a", "page": None, "facts": facts[:8]}
    assert data["cards"][39]["facts"] == [*facts[:8], ["…", ""]]
    assert len(data["planes"][0]["points"]) == 40
