"""The commands as a person uses them, from a folder of pictures to an exported encoder."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from likewise.cli.main import main
from likewise.training import load_encoder

ENCODER = ["--encoder", "conv3", "--batch-size", "16"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Forty small pictures in two nested folders, of several modes and sizes, dark and bright."""
    home = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(0)
    for row in range(40):
        place = home / ("dark" if row % 2 else "bright") / f"batch-{row // 20}"
        place.mkdir(parents=True, exist_ok=True)
        side = 12 + row % 3
        pixels = (draw.integers(0, 90, (side, side, 3)) + (0 if row % 2 else 150)).astype(np.uint8)
        picture = Image.fromarray(pixels)
        picture.convert(("RGB", "L", "P", "RGBA")[row % 4]).save(place / f"{row:02d}.png")
    return home


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "first"
    assert main(["fit", str(folder), "--neighbors", "3", "--epochs", "2", *ENCODER, "--out", str(out)]) == 0
    return out


def refused(capsys, *arguments):
    """The one sentence with which a command refuses."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].startswith("likewise: ")
    assert not any("Traceback" in line for line in said)
    return said[-1]


def test_the_whole_way_in_processes_of_their_own(folder, tmp_path):
    def likewise(*arguments):
        command = [sys.executable, "-c", "from likewise.cli.main import run; run()", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    graph = likewise("graph", folder, "--neighbors", "3", "--out", "graph", "--json")
    assert graph["labels"]["purity"] > 0.9
    run = likewise("fit", folder, "--graph", "graph", "--epochs", "1", *ENCODER, "--out", "run", "--json")
    assert run["finished"]
    assert (tmp_path / "run" / "encoder.safetensors").is_file()


def test_a_space_is_written_and_measured(folder, tmp_path, capsys):
    assert main(["space", str(folder), "--prior", "pca", "--dim", "8", "--out", str(tmp_path / "s.npz"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["dimension"] == 8
    assert facts["knn_accuracy"] > 0.8
    assert (
        main(["graph", str(folder), "--prior", str(tmp_path / "s.npz"), "--band", "auto", "--out", str(tmp_path / "g")])
        == 0
    )


def test_priors_are_joined_by_name(folder, tmp_path, capsys):
    line = ["space", str(folder), "--json", "--out", str(tmp_path / "s.npz"), "--prior"]
    assert main([*line, "color*2+texture"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "color * 2 + texture"
    assert main([*line, "pixels:4+columns:folder"]) == 0
    assert json.loads(capsys.readouterr().out)["dimension"] == 3 * 4 * 4 + 2
    assert main([*line, f"{tmp_path / 's.npz'}+pca"]) == 0
    assert "unknown prior 'colr': did you mean 'color'" in refused(capsys, *line, "pixels+colr")
    assert "NAME+NAME" in refused(capsys, *line, "pixels*many")
    assert "--dim is for" in refused(capsys, *line, "pixels+color", "--dim", "3")


def test_large_images_are_compared_small_and_it_is_said(tmp_path, capsys):
    for row in range(3):
        Image.fromarray(np.full((70, 70), 40 * row, np.uint8)).save(tmp_path / f"{row}.png")
    line = ["space", str(tmp_path), "--json", "--out", str(tmp_path / "s.npz")]
    assert main(line) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["dimension"] == 32 * 32
    assert "note: images of 70 pixels a side are compared as pixels at 32 x 32; pixels:70 takes all" in said.err
    assert main([*line, "--prior", "pixels:70"]) == 0
    said = capsys.readouterr()
    assert (json.loads(said.out)["dimension"], "note: images" in said.err) == (70 * 70, False)


def test_a_run_is_evaluated_embedded_exported_and_reported(run, folder, tmp_path, capsys):
    assert main(["evaluate", str(run), str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"]["knn"] >= 0.5
    assert main(["embed", str(run), str(folder), "--out", str(tmp_path / "e.npy"), "--json"]) == 0
    assert np.load(tmp_path / "e.npy").shape == (40, 128)
    assert main(["export", str(run), "--out", str(tmp_path / "e.safetensors")]) == 0
    assert not load_encoder(tmp_path / "e.safetensors")[0].training
    assert main(["report", str(run), str(folder), "--out", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<img") > 40


def test_a_stopped_run_goes_on(folder, tmp_path, capsys):
    command = ["fit", str(folder), "--epochs", "2", *ENCODER, "--out", str(tmp_path / "run"), "--json"]
    assert main([*command, "--minutes", "0.0001"]) == 0
    assert not json.loads(capsys.readouterr().out)["finished"]
    assert "holds a run" in refused(capsys, *command)
    assert main([*command, "--resume"]) == 0
    assert json.loads(capsys.readouterr().out)["finished"]


def test_bad_input_is_one_sentence_and_exit_code_2(folder, run, tmp_path, capsys):
    out = ["--out", tmp_path / "x"]
    assert "no-such" in refused(capsys, "fit", tmp_path / "no-such", *out)
    (tmp_path / "empty").mkdir()
    refused(capsys, "fit", tmp_path / "empty", *out)
    assert "simclr" in refused(capsys, "fit", folder, "--method", "simclrr", *out)
    assert "39" in refused(capsys, "graph", folder, "--neighbors", "40", *out)
    assert "say who is alike" in refused(capsys, "graph", folder, *out)
    refused(capsys, "fit", folder, "--batch-size", "500", "--encoder", "conv3", *out)
    refused(capsys, "graph", folder, "--same", "patient", *out)
    refused(capsys, "evaluate", tmp_path / "nothing", folder)
    refused(capsys, "fit", folder, "--graph", tmp_path / "nothing", *out)
    refused(capsys, "fit", folder, "--epochs", "many", *out)
    assert not (tmp_path / "x").exists()


def test_an_unreadable_picture_is_named_even_if_it_is_skipped(tmp_path, capsys):
    for row in range(6):
        Image.fromarray(np.full((9, 9), 40 * row, np.uint8)).save(tmp_path / f"{row}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert "broken.png" in refused(capsys, "graph", tmp_path, "--neighbors", "2", "--out", tmp_path / "g")
    assert main(["graph", str(tmp_path), "--neighbors", "2", "--skip-unreadable", "--out", str(tmp_path / "g")]) == 0
    assert f"1 unreadable image skipped: {tmp_path / 'broken.png'}\n" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["space", "graph", "fit", "evaluate", "embed", "export", "report", "demo"])
def test_every_command_explains_itself(command, capsys):
    assert main([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_what_a_person_is_shown_does_not_say_the_label(folder):
    from likewise.data import open_samples

    samples = open_samples(folder)
    assert samples.label_names[:2].tolist() == [name.split("/")[0] for name in samples.keys.values[:2]]
    assert not {"label", "folder"} & set(samples.facts)


def test_a_graph_in_the_place_of_another_is_said(folder, tmp_path, capsys):
    line = ["graph", str(folder), "--neighbors", "2", "--out", str(tmp_path / "g")]
    for said in (f"written to {tmp_path / 'g'}\n", "in place of the graph that was there\n"):
        assert main(line) == 0
        assert capsys.readouterr().err.endswith(said)
