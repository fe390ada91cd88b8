import numpy as np
import pytest
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError


def test_a_run_remembers_a_module_of_yours(tmp_path):
    x = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    samples = lw.open(x, labels=np.arange(40) % 2)
    run = lw.fit(samples, encoder=nn.Linear(6, 4), epochs=1, out=tmp_path / "run", views="weak", quiet=True)
    assert run.embed(samples).shape == (40, 4)
    assert 0 <= run.evaluate(samples, samples, metrics=["knn"])["knn"] <= 1
    assert run.export(tmp_path / "encoder.safetensors").is_file()


def test_samples_opened_apart_agree_on_their_classes_by_name(tmp_path):
    random = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], 30)
    x = np.eye(3)[np.unique(y, return_inverse=True)[1]].repeat(2, 1) * 4 + random.standard_normal((90, 6))
    train = lw.open(x.astype(np.float32), labels=y)
    test = lw.open(x[y != "a"].astype(np.float32), labels=y[y != "a"])
    run = lw.fit(train, encoder=nn.Linear(6, 16), epochs=1, lr=0.0, out=tmp_path / "run", views="weak", quiet=True)
    assert run.evaluate(train, test, metrics=["knn"])["knn"] > 0.9
    with pytest.raises(LikewiseError, match="'a'"):
        run.evaluate(test, train, metrics=["knn"])
