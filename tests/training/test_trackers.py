"""Numbers go to trackers, by name or by object."""

import sys
from importlib.util import find_spec

import pytest
from accelerate.tracking import GeneralTracker, on_main_process
from tests.training.cases import quick

from likewise.errors import LikewiseError
from likewise.training import trackers
from likewise.training.trackers import make_trackers


class Remembers(GeneralTracker):
    name = "remembers"
    requires_logging_directory = False

    def __init__(self):
        super().__init__()
        self.config, self.rows, self.finished = {}, [], 0

    @property
    def tracker(self):
        return self

    @on_main_process
    def store_init_configuration(self, values):
        self.config = values

    @on_main_process
    def log(self, values, step=None, **options):
        self.rows.append((step, values))

    @on_main_process
    def finish(self):
        self.finished += 1


def test_a_tracker_of_yours_gets_settings_and_epochs(tmp_path):
    mine = Remembers()
    run = quick(tmp_path / "run", logger=mine, epochs=2)
    assert mine.config["options.hidden"] == 16
    assert mine.config["epochs"] == 2
    assert [step for step, _ in mine.rows] == [3, 6]
    assert [values["loss"] for _, values in mine.rows] == pytest.approx([r["loss"] for r in run.metrics()], rel=1e-5)
    assert mine.finished == 1


def test_a_tracker_is_finished_after_an_error_too(tmp_path):
    mine = Remembers()
    with pytest.raises(LikewiseError, match="not finite"):
        quick(tmp_path / "run", logger=[mine], lr=1e30, warmup=0, method="barlow")
    assert mine.finished == 1


@pytest.mark.parametrize(
    ("logger", "sentence"),
    [("tensorbord", "unknown logger 'tensorbord': did you mean 'tensorboard'"), (3, "got a int"), ([3], "got a int")],
)
def test_what_is_no_tracker_is_refused(logger, sentence, tmp_path):
    with pytest.raises(LikewiseError, match=sentence):
        make_trackers(logger, tmp_path)


def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda name: None if name == "wandb" else find_spec(name))
    with pytest.raises(LikewiseError, match=r"logging to wandb needs the package 'wandb': pip install"):
        make_trackers(["wandb"], tmp_path)
    assert make_trackers(None, tmp_path) == []
    assert "wandb" not in sys.modules
