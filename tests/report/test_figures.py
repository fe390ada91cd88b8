"""Figures, for light and for dark."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from likewise.report import curves, dots


def pixels(address):
    head, _, content = address.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA")).astype(int)


def inked(address, color):
    """How many pixels have a colour."""
    shown = pixels(address)
    return int((np.abs(shown[..., :3] - color).max(-1) < 7)[shown[..., 3] > 200].sum())


BLUE, INK, PALE = (59, 111, 224), (21, 24, 30), (236, 238, 242)
ROWS = [{"epoch": 1, "loss": 2.0}, {"epoch": 2}, {"epoch": 3, "loss": float("nan")}, {"epoch": 4, "loss": 1.0}]


def test_a_curve_passes_over_what_was_not_measured():
    whole = curves({"": ROWS}, "loss")
    assert inked(whole.light, BLUE) > 500  # a line from the first epoch to the last
    alone = curves({"": ROWS[:3]}, "loss")
    assert 10 < inked(alone.light, BLUE) < 200  # a single point is a dot
    assert not whole.wide
    assert curves({"one": ROWS, "two": ROWS}, "loss").wide


@pytest.mark.parametrize(
    "made",
    [
        lambda: curves(
            {"asked": [{"answers": 0, "value": 1.0}, {"answers": 9, "value": 2.0}]}, "value", over="answers"
        ),
        lambda: dots([("one", {"x": (0.5, 0.1)}), ("two", {})], ["x", "y"]),
    ],
)
def test_a_figure_is_drawn_for_both_looks_on_the_ground_of_the_page(made):
    found = made()
    assert pixels(found.light)[0, 0, 3] == pixels(found.dark)[0, 0, 3] == 0
    assert inked(found.light, BLUE) > 20
    assert inked(found.dark, BLUE) > 20
    assert inked(found.light, INK) > 20 > inked(found.light, PALE)
    assert inked(found.dark, PALE) > 20 > inked(found.dark, INK)
