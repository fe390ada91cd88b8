import pytest
import torch
from tests.training.cases import quick

from likewise.errors import LikewiseError
from likewise.settings import Settings
from likewise.training.devices import device_type, true_precision


@pytest.fixture
def machine(monkeypatch):
    def has(cuda=False, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))

    return has


def test_training_goes_where_it_is_told_else_to_the_best_accelerator(machine):
    machine(mps=True)
    assert device_type(Settings()) == "mps"
    assert true_precision(Settings()) == "float32"
    assert device_type(Settings(accelerator="cpu")) == "cpu"
    machine(cuda=True)
    assert device_type(Settings()) == "cuda"
    assert true_precision(Settings()) == "bf16"
    machine()
    assert device_type(Settings()) == "cpu"
    assert Settings.from_json(Settings(accelerator="cuda").as_json()).accelerator == "cuda"  # of a run from elsewhere


def test_an_accelerator_that_is_not_here_is_named(tmp_path):
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(LikewiseError, match=f"there is no '{absent}' here: choose accelerator= from .*cpu"):
        quick(tmp_path / "run", accelerator=absent)
    with pytest.raises(LikewiseError, match="unknown accelerator 'gpu'"):
        quick(tmp_path / "run", accelerator="gpu")
    assert not (tmp_path / "run").exists()
    assert quick(tmp_path / "run", accelerator="cpu", epochs=1).finished
