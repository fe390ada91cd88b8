import re

import numpy as np
import torch

from likewise.data import open_samples
from likewise.modalities.lines import plot, sparkline


def points(svg):
    """The lines of a plot, float [C, points, 2]."""
    lines = re.findall(rb'points="([^"]*)"', svg)
    return np.array([[[float(each) for each in pair.split(b",")] for pair in line.split()] for line in lines])


def test_a_plot_has_a_line_for_each_channel_and_higher_is_further_up():
    series = np.stack([np.linspace(0, 1, 50), np.linspace(1, 0, 50)])
    found = points(plot(series, 0.0, 1.0))
    assert found.shape == (2, 50, 2)
    np.testing.assert_allclose(found[0, :, 0], np.linspace(2, 98, 50), atol=0.01)
    np.testing.assert_allclose(found[:, :, 1], 96 - 92 * series, atol=0.01)
    assert points(plot(np.zeros((20, 5000)), 0.0, 0.0)).shape == (8, 256, 2)


def test_all_series_of_a_data_set_are_drawn_on_one_scale():
    samples = open_samples(np.stack([np.full((1, 9), level) for level in (-4.0, 0.0, 4.0)]))
    draw = samples.modality.drawing(samples)
    assert [points(draw(samples.read([row])[0]))[0, 0, 1] for row in range(3)] == [96, 50, 4]


def test_sparklines_and_sketches():
    assert sparkline(np.arange(8.0)) == "▁▂▃▄▅▆▇█"
    assert sparkline(np.zeros(3)) == "▁▁▁"
    assert len(sparkline(np.arange(1000.0))) == 40
    modality = open_samples(np.full((3, 6, 20), 2.0)).modality
    assert modality.sketch(torch.zeros(6, 20)).splitlines() == ["  " + "▁" * 20] * 4 + ["  and 2 more channels"]
