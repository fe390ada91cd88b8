import importlib.metadata
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

import likewise as lw
from likewise.errors import LikewiseError
from likewise.losses import LOSSES, contrastive
from likewise.modalities import MODALITIES
from likewise.registry import WHERE, Registry, call_with, qualified_name, registry_of
from likewise.views import Compose, image, make_views

BUILTIN = {"contrastive": "likewise.losses.info_nce:contrastive", "lost": "likewise.nowhere:lost"}


class Entry(SimpleNamespace):
    """An entry point of an installed package."""

    def load(self):
        if isinstance(self.part, Exception):
            raise self.part
        return self.part


def entry(name, part, package="others"):
    return Entry(name=name, part=part, value=f"{package}:{name}", module=package, dist=SimpleNamespace(name=package))


@pytest.fixture
def installed(monkeypatch):
    """Entry points of a group, as if packages were installed that have them."""
    entries = {}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries.get(group, []))
    return entries


def registry():
    return Registry("loss", BUILTIN, group="likewise.losses")


def test_builtin_parts_are_listed_without_being_loaded(installed):
    losses = registry()
    assert list(losses) == ["contrastive", "lost"]
    assert len(losses) == 2
    assert "lost" in losses
    assert losses["contrastive"] is contrastive
    with pytest.raises(ModuleNotFoundError):
        losses["lost"]


def test_a_function_is_registered_by_its_name_or_another(installed):
    losses = registry()

    @losses.register()
    def mine(q, k=None, relation=None):
        return q.sum()

    assert losses.register("ours")(mine) is mine
    assert losses["mine"] is losses["ours"] is mine
    assert list(losses) == ["contrastive", "lost", "mine", "ours"]
    assert losses.get("yours") is None


def test_what_cannot_be_registered_is_refused_in_one_sentence(installed):
    losses = registry()
    installed["likewise.losses"] = [entry("theirs", len)]
    losses.register("mine")(max)
    for name, part, sentence in [
        ("contrastive", min, "there is a loss 'contrastive' already, built in: register yours under another name"),
        ("mine", min, r"there is a loss 'mine' already, builtins\.max"),
        ("theirs", min, "there is a loss 'theirs' already, of the package 'others'"),
        ("number", 3, "a loss is a function or a class, got 3"),
        (None, lambda q: q, "has no name of its own"),
    ]:
        with pytest.raises(LikewiseError, match=sentence):
            losses.register(name)(part)
    assert list(losses) == ["contrastive", "lost", "mine", "theirs"]


def test_a_function_that_is_defined_again_takes_its_own_place(installed):
    losses = registry()
    first, second = (eval("lambda q: q") for _ in range(2))
    for each in (first, second):
        each.__name__ = each.__qualname__ = "mine"
        losses.register()(each)
    assert losses["mine"] is second


def test_parts_of_installed_packages_are_loaded_when_they_are_used(installed):
    losses = registry()
    installed["likewise.losses"] = [entry("theirs", len), entry("broken", ImportError("no module named cuda"))]
    installed["likewise.methods"] = [entry("unrelated", len)]
    assert list(losses) == ["broken", "contrastive", "lost", "theirs"]
    assert losses["theirs"] is len
    with pytest.raises(
        LikewiseError, match="the loss 'broken' of the package 'others' cannot be loaded from 'others:bro"
    ):
        losses["broken"]
    assert losses["contrastive"] is contrastive


def test_an_entry_point_that_is_no_function_is_refused_when_it_is_used(installed):
    losses = registry()
    installed["likewise.losses"] = [entry("number", 3)]
    with pytest.raises(LikewiseError, match="the loss 'number' of the package 'others' is 3, which cannot be called"):
        losses["number"]


def test_an_entry_point_does_not_take_the_place_of_another_part(installed):
    losses = registry()
    installed["likewise.losses"] = [entry("contrastive", len), entry("same", len), entry("same", max, "third")]
    with (
        pytest.warns(UserWarning, match="the loss 'contrastive' of the package 'others' is left out"),
        pytest.warns(UserWarning, match="the loss 'same' of the package 'third' is left out"),
    ):
        assert losses["same"] is len
    assert losses["contrastive"] is contrastive


def test_unknown_names_list_everything_there_is(installed):
    losses = registry()
    installed["likewise.losses"] = [entry("theirs", len)]
    losses.register("contrast")(max)
    with pytest.raises(LikewiseError) as error:
        losses["contrastiv"]
    assert str(error.value) == (
        "unknown loss 'contrastiv': did you mean 'contrastive' or 'contrast'? "
        "Choose from contrast, contrastive, lost, theirs."
    )
    assert isinstance(error.value, KeyError)


@pytest.mark.parametrize("kind", [*WHERE, "image views", "vector views"])
def test_there_is_a_registry_of_each_kind(kind, monkeypatch):
    parts = registry_of(kind)
    monkeypatch.setattr(parts, "_own", {})
    lw.register(kind, "mine")(max)
    assert parts["mine"] is max
    assert parts.kind == kind
    assert parts.builtin
    assert all(callable(parts[name]) for name in parts.builtin)


def test_an_unknown_kind_is_refused():
    with pytest.raises(LikewiseError, match="unknown kind of part 'los': did you mean 'loss'"):
        lw.register("los")


def test_registered_views_serve_by_name(monkeypatch):
    monkeypatch.setattr(MODALITIES["image"].views, "_own", {})

    @lw.register("image views")
    def jumps(shape, *, pixels=2):
        return Compose(image.Shift(min(pixels, shape[1])))

    views = make_views("jumps", (3, 8, 8), normalize="cifar10", pixels=5)
    assert views.names == (("Shift", "Normalize"),)
    assert "pixels=5" in repr(views)
    lw.register("image views", "odd")(lambda shape: 3)
    with pytest.raises(LikewiseError, match="views 'odd': give one Compose for all views, or two"):
        make_views("odd", (3, 8, 8), normalize="cifar10")


def test_options_that_a_part_does_not_have_are_refused():
    def part(x, *, width=3, depth=1):
        return x * width * depth

    assert call_with(part, "the part", {"width": 2}, 5) == 10
    with pytest.raises(LikewiseError, match="unknown option of the part 'widht': did you mean 'width'"):
        call_with(part, "the part", {"widht": 2}, 5)
    with pytest.raises(LikewiseError, match="the part: there are no options to choose, got width="):
        call_with(lambda x: x, "the part", {"width": 2}, [])
    assert call_with(lambda **options: options, "the part", {"width": 2}) == {"width": 2}


def test_qualified_names_say_where_a_part_is():
    assert qualified_name(contrastive) == "likewise.losses.info_nce.contrastive"
    assert qualified_name(torch.nn.Linear(2, 2)) == "torch.nn.modules.linear.Linear"
    assert qualified_name(torch.nn.Linear) == "torch.nn.modules.linear.Linear"
    assert qualified_name(len) == "builtins.len"


def test_listing_names_imports_nothing_heavy():
    program = (
        "import sys\n"
        "from likewise.losses import LOSSES\n"
        "from likewise.methods import METHODS\n"
        "from likewise.modalities import MODALITIES\n"
        "assert len(LOSSES) >= 6 and len(METHODS) >= 9 and len(MODALITIES['image'].views) >= 5\n"
        "print([name for name in ('lightning', 'timm', 'sklearn', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert "contrastive" in LOSSES
