import json

import numpy as np
import pytest

from likewise.training.files import append_metrics, plain, read_metrics, reason, write_json, write_whole


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x"
    write_whole(path, lambda file: file.write(b"old"))

    def fail(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as error:
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert reason(error.value) == "No space left on device"
    assert reason(RuntimeError("a\nb")) == "a"


def test_json_holds_numpy_numbers_as_pythons(tmp_path):
    write_json(tmp_path / "x.json", {"a": np.float32(0.5), "b": (1, np.int64(2))})
    assert json.loads((tmp_path / "x.json").read_text()) == plain({"a": 0.5, "b": [1, 2]})


def test_metrics_of_epochs_that_come_again_fall_away(tmp_path):
    path = tmp_path / "metrics.csv"
    assert read_metrics(path) == []
    append_metrics(path, 1, {"loss": 1.5, "knn": 0.25})
    append_metrics(path, 2, {"loss": 1.0})
    append_metrics(path, 3, {"loss": 0.5, "rankme": 7.0})
    append_metrics(path, 2, {"loss": 0.75})
    rows = read_metrics(path)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["loss"] for row in rows] == [1.5, 0.75]
    assert rows[0]["knn"] == 0.25
    assert np.isnan(rows[1]["knn"])
