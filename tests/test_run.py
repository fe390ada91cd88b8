import numpy as np
import pytest
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.run import folder_for
from likewise.training import train


def test_processes_started_beside_each_other_are_told_to_name_a_folder(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    samples = lw.open(np.eye(40, dtype=np.float32))
    with pytest.raises(LikewiseError, match="say where they keep it with out="):
        lw.fit(samples)


@pytest.fixture
def second(tmp_path, monkeypatch):
    """A working folder in which the clock stands still."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda *_: "20260102-030405")
    return tmp_path / "runs" / "20260102-030405"


def test_runs_that_begin_in_the_same_second_get_a_folder_each(second):
    samples = lw.open(np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32))
    runs = [lw.fit(samples, width=4, epochs=1, quiet=True) for _ in range(3)]
    assert [run.path.name for run in runs] == [second.name, f"{second.name}-2", f"{second.name}-3"]
    assert all(run.finished for run in runs)


def test_a_folder_is_a_runs_own_before_anything_is_written_and_goes_if_nothing_is(second):
    with folder_for(None) as one, folder_for(None) as two:
        assert [one.name, two.name] == [second.name, f"{second.name}-2"]
        (two / "run.json").write_text("{}")
    assert [path.name for path in second.parent.iterdir()] == [two.name]
    with pytest.raises(LikewiseError, match="unknown method"):
        lw.fit(lw.open(np.eye(40)), method="simclrr")
    assert [path.name for path in second.parent.iterdir()] == [two.name]


def test_a_folder_that_cannot_be_made_is_one_sentence(second):
    second.parent.write_text("")
    with pytest.raises(LikewiseError, match=r"could not make runs/20260102-030405 \(.*\): say where"):
        lw.fit(lw.open(np.eye(40)))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": "1e-3"}, "lr must be a number of at least 0, got '1e-3'"),
        ({"minutes": "5"}, "minutes must be a number of at least 0, got '5'"),
        ({"monitor": "a"}, "monitor must be a number in"),
        ({"devices": 2}, "devices=2, but 1 process was started: start as many with `torchrun --nproc-per-node 2"),
        ({"num_workers": 2}, "unknown setting of fit with method simclr 'num_workers': did you mean 'workers'"),
        ({"encodr": "mlp"}, "'encodr': did you mean 'encoder'"),
        ({"device": 1}, "'device': did you mean 'devices'"),
    ],
)
def test_bad_options_are_one_sentence_that_knows_every_name(options, sentence, tmp_path):
    with pytest.raises(LikewiseError, match=sentence):
        lw.fit(lw.open(np.eye(40)), out=tmp_path / "run", epochs=1, quiet=True, **options)
    assert not (tmp_path / "run").exists()


def test_what_was_not_opened_is_refused(tmp_path):
    for fit in (lw.fit, train):
        with pytest.raises(LikewiseError, match="needs samples, got a ndarray: open it first"):
            fit(np.eye(40), out=tmp_path / "run")


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
