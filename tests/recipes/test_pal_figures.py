"""The reduced form of PAL's figures: a few trials, beside what was published."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "recipes" / "pal_figures.py"


@pytest.fixture(scope="module")
def figures():
    made = importlib.util.spec_from_file_location("pal_figures", FILE)
    module = importlib.util.module_from_spec(made)
    import sys

    sys.modules["pal_figures"] = module
    made.loader.exec_module(module)
    return module


def means(found):
    return {at: optimistic.mean for at, (optimistic, _) in found.items()}


@pytest.mark.parametrize("name", ["missing entries", "label noise"])
def test_the_errors_are_those_that_were_published(figures, name):
    found = means(figures.run(name, 4))
    published = figures.PUBLISHED[name]
    assert set(found) == set(published)
    assert max(abs(found[at] - published[at]) for at in found) < 0.12
    assert np.mean([abs(found[at] - published[at]) for at in found]) < 0.04


def test_the_published_rule_needs_fewer_questions_than_chance_and_ours_fewer_still(figures, monkeypatch):
    monkeypatch.setattr(figures, "BUDGETS", (0, 100, 200, 400))
    active, passive, ours = (means(figures.run(name, 2)) for name in ("active", "passive", "ours"))
    assert abs(active[100] - 0.344) < 0.15
    assert abs(active[400] - 0.021) < 0.03
    assert abs(passive[400] - 0.185) < 0.1
    assert active[200] < passive[200] - 0.1
    assert ours[200] <= active[200] + 0.02


def test_known_differences_pay_in_the_end(figures, monkeypatch):
    monkeypatch.setattr(figures, "BUDGETS", (0, 500))
    contrastive, without = (means(figures.run(name, 1)) for name in ("contrastive", "non-contrastive"))
    assert contrastive[500] < without[500]


def test_a_probe_on_the_test_labels_flatters(figures, tmp_path):
    found = {"interpolation": figures.run("interpolation", 2)}
    optimistic, honest = found["interpolation"][10]
    assert optimistic.mean < honest.mean
    figures.draw(found, tmp_path / "figures.png")
    assert (tmp_path / "figures.png").stat().st_size > 10_000
    assert "interpolation" in figures.table("interpolation", found["interpolation"], 2)
