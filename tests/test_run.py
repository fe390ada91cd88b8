import numpy as np
import pytest
from torch import nn

import likewise as lw
from likewise import run
from likewise.errors import LikewiseError


def test_processes_started_beside_each_other_are_told_to_name_a_folder(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.delenv(run.STAMP, raising=False)
    samples = lw.open(np.eye(40, dtype=np.float32))
    with pytest.raises(LikewiseError, match="say where they keep it with out="):
        lw.fit(samples, devices=2)


def test_a_run_remembers_a_module_of_yours(tmp_path):
    x = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    samples = lw.open(x, labels=np.arange(40) % 2)
    run = lw.fit(samples, encoder=nn.Linear(6, 4), epochs=1, out=tmp_path / "run", views="weak", quiet=True)
    assert run.embed(samples).shape == (40, 4)
    assert 0 <= run.evaluate(samples, samples, metrics=["knn"])["knn"] <= 1
    assert run.export(tmp_path / "encoder.safetensors").is_file()
