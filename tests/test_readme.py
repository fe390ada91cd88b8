"""What the front page shows works as it stands, but for its size: small pictures, one epoch, pixels as the prior."""

import re
import shlex
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.cli.main import app, main
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.losses import LOSSES
from likewise.methods.encoders import ENCODERS
from likewise.modalities import MODALITIES
from likewise.sources import SOURCES

README = (Path(__file__).parents[1] / "README.md").read_text()
GUIDE = (Path(__file__).parents[1] / "docs" / "guide.md").read_text()
CONTRIBUTING = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
SMALLER = {
    'lw.priors.timm("vit_small_patch14_dinov2", train)': "lw.priors.pixels(train)",
    'encoder="resnet18", epochs=100': 'encoder="conv3", epochs=1',
    "timm:vit_small_patch14_dinov2": "pixels",
    "--epochs 100": "--epochs 1 --encoder conv3",
}


def blocks(language):
    found = [
        body
        for name, body in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
        if name == language
    ]
    assert found
    for name, smaller in SMALLER.items():
        found = [block.replace(name, smaller) for block in found]
    return found


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with pictures of two kinds and a table about them, and a person who says yes to every other question."""
    draw = np.random.default_rng(0)
    rows = ["key,patient"]
    for row in range(48):
        kind = "dark" if row % 2 else "bright"
        (tmp_path / "photos" / kind).mkdir(parents=True, exist_ok=True)
        pixels = (draw.integers(0, 90, (16, 16, 3)) + (0 if row % 2 else 150)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / kind / f"{row:02d}.png")
        rows.append(f"{kind}/{row:02d}.png,p{row // 4}")
    (tmp_path / "photos.csv").write_text("\n".join(rows))
    monkeypatch.chdir(tmp_path)
    answers = cycle("yn")  # were all alike, there would be nothing to contrast, which training says
    monkeypatch.setattr("builtins.input", lambda *_: next(answers))
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("block", blocks("python"))
def test_the_python_of_the_front_page_runs(home, block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    if "run.export" in block:
        assert (home / "encoder.safetensors").is_file()
        assert "purity" in capsys.readouterr().out


def test_the_guide_runs_from_top_to_bottom(home):
    names = {}
    for body in re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE):
        exec(compile(body, "guide.md", "exec"), names)
    assert names["asked"].n == len(names["train"])
    assert set(names["table"].rows) == {"no graph", "the graph", "random graph"}


def test_the_commands_of_the_front_page_run(home, capsys):
    lines = [line for block in blocks("") for line in block.splitlines() if line.startswith("likewise ")]
    assert len(lines) >= 9
    for line in lines:
        assert main(shlex.split(line, comments=True)[1:]) == 0, capsys.readouterr().err
    for made in ("space.npz", "graph", "asked", "answers.db", "runs/first/report.html", "embeddings.parquet"):
        assert (home / made).exists(), made
    assert (home / "encoder.safetensors").is_file()


@pytest.mark.parametrize("command", app.registered_commands, ids=lambda command: command.callback.__name__)
def test_each_command_has_an_example_and_speaks_to_machines(command, capsys):
    name = command.callback.__name__
    assert main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Example: likewise {name}" in said
    assert ("--json" in said) == (name != "view")


def test_what_the_front_page_links_to_is_there():
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (Path(__file__).parents[1] / link).exists(), link


@pytest.fixture
def pages(monkeypatch):
    """The examples of the contributing page, whose registered parts are forgotten afterwards."""
    for registry in (MODALITIES, ENCODERS, SOURCES, LOSSES):
        monkeypatch.setattr(registry, "_own", {})
    return re.findall(r"^```python\n(.*?)^```$", CONTRIBUTING, re.DOTALL | re.MULTILINE)


def test_the_source_and_the_loss_of_the_contributing_page_run(home, pages):
    names = {}
    exec(compile(pages[0], "CONTRIBUTING.md", "exec"), names)
    assert names["run"].record["settings"]["loss"] == "pulling"
    assert "brightness" in SOURCES


def test_the_kind_of_data_of_the_contributing_page_runs(home, pages):
    body = pages[1]
    names = {}
    exec(compile(body, "CONTRIBUTING.md", "exec"), names)
    assert names["run"].record["encoder"]["name"] == "pointnet"
    with pytest.raises(LikewiseError, match="clouds have three coordinates"):
        open_samples(np.zeros((4, 2, 9)), modality="cloud")
