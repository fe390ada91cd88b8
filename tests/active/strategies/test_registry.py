"""Strategies by name: ours, one's own, and those of installed packages."""

import importlib.metadata
import subprocess
import sys
from types import SimpleNamespace

import pytest
from tests.active.cases import blobs, seeds_of

import likewise as lw
from likewise.active import STRATEGIES, LabelOracle, RandomPairs, ask, make_strategy, require_strategy
from likewise.errors import LikewiseError


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A registry as after the import, so that tests leave nothing behind."""
    for table, value in (("_own", {}), ("_entries", None), ("_resolved", {})):
        monkeypatch.setattr(STRATEGIES, table, value)


def test_ours_are_made_by_their_names():
    space, y = blobs()
    for name in STRATEGIES:
        assert make_strategy(name, space, **({"seeds": seeds_of(y)} if name == "pal" else {})).name == name
    assert make_strategy("ours", space, tiles=3).next()[0].kind == "grid"


def test_one_of_ones_own_is_registered_and_asks():
    space, y = blobs()

    @lw.register("strategy")
    class Mine(RandomPairs):
        name = "mine"

        def __init__(self, space, *, seed, depth=1):
            super().__init__(space, seed=seed)
            self.depth = depth

    assert make_strategy("Mine", space, depth=3).depth == 3
    reported = []
    ask(None, space, 5, oracle=LabelOracle(y), strategy="Mine", report=reported.append)
    assert reported[-1].spent == 5
    with pytest.raises(LikewiseError, match="unknown option of the strategy 'Mine' 'dephts': did you mean 'depth'"):
        make_strategy("Mine", space, dephts=3)
    with pytest.raises(LikewiseError, match="there is a strategy 'ours' already, built in"):
        STRATEGIES.register("ours")(RandomPairs)


def test_those_of_installed_packages_are_loaded_when_they_are_made(monkeypatch):
    def load():
        loaded.append("theirs")
        return RandomPairs

    loaded = []
    entry = SimpleNamespace(name="theirs", load=load, dist=SimpleNamespace(name="others"), value="others:theirs")
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: [entry] if group == "likewise.strategies" else []
    )
    assert "theirs" in list(STRATEGIES)
    assert loaded == []
    assert make_strategy("theirs", blobs()[0]).name == "random"
    assert loaded == ["theirs"]


def test_an_unknown_name_lists_what_there_is():
    STRATEGIES.register("mine")(RandomPairs)
    with pytest.raises(LikewiseError) as error:
        make_strategy("oours", blobs()[0])
    assert str(error.value) == (
        "unknown strategy 'oours': did you mean 'ours' or 'cobras'? Choose from cobras, mine, nearest, ours, pal, "
        "random, uncertain, ward."
    )


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("ward", {"tiles": 3}, "'ward' asks about pairs: leave tiles out"),
        ("ours", {"tiles": -1}, "at least one tile"),
        ("pal", {}, "'pal' cannot do without seeds: give it seeds="),
        ("ward", {"sise": 3}, "unknown option of the strategy 'ward' 'sise': did you mean 'size'"),
        ("nothing", {}, "unknown strategy 'nothing'"),
    ],
)
def test_what_cannot_be_made_is_refused_before_a_space_is_at_hand(name, options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        require_strategy(name, **options)


def test_what_makes_no_strategy_is_refused():
    STRATEGIES.register("odd")(lambda space, *, seed: 3)
    with pytest.raises(LikewiseError, match="int is no strategy, for it has no name and no next"):
        make_strategy("odd", blobs()[0])


def test_names_are_listed_without_loading_a_package():
    program = "from likewise.active.strategies.registry import STRATEGIES; print(*STRATEGIES)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split()[:2] == ["cobras", "nearest"]
