import numpy as np
import pytest

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.training import TrainedRun


@pytest.fixture
def samples():
    return open_samples(np.eye(6), keys=list("abcdef"))


def run_of(folder, graph):
    graph.save(folder / "graph")
    return TrainedRun(folder, {"mined": 0})


def test_the_samples_of_a_run_come_in_its_order(tmp_path, samples):
    inside = samples.subset([4, 1, 2])
    found = run_of(tmp_path, SimilarityGraph.none(3).with_keys(inside.keys)).trained_on(samples)
    assert found.keys.values.tolist() == ["e", "b", "c"]
    np.testing.assert_array_equal(found.storage, inside.storage)


def test_other_samples_are_refused(tmp_path, samples):
    run = run_of(tmp_path, SimilarityGraph.none(6).with_keys(samples.keys))
    with pytest.raises(LikewiseError, match=r"not the samples that the run trained on: 'd' is missing"):
        run.trained_on(samples.subset([0, 1, 2]))


def test_a_run_without_keys_cannot_find_its_samples(tmp_path, samples):
    with pytest.raises(LikewiseError, match="does not say which samples"):
        run_of(tmp_path, SimilarityGraph.none(6)).trained_on(samples)
