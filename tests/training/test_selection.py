"""Which epoch's encoder is kept."""

import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, PIXELS, N, digits, equal, neighbors, quick
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.training import TrainedRun, monitors, watching
from likewise.training.selection import Selection, hold_out_pairs, pair_auc
from likewise.views import statistics


@pytest.mark.parametrize("graph", [neighbors(k=4), lw.labels(CLASSES)])
def test_held_out_pairs_leave_the_graph_in_both_directions(graph):
    rest, pairs = hold_out_pairs(graph, seed=3)
    before, after = (g.symmetric().to_scipy().toarray() for g in (graph, rest))
    assert pairs.shape == (2, round(0.05 * N))
    assert (before[pairs[0], pairs[1]] > 0).all()
    assert (after[pairs[0], pairs[1]] == 0).all()
    assert (before != after).sum() <= 2 * pairs.shape[1]
    again = hold_out_pairs(graph, seed=3)[1]
    assert torch.equal(pairs, again)


def test_graphs_without_pairs_are_refused():
    with pytest.raises(LikewiseError, match="needs a graph with pairs of different samples"):
        hold_out_pairs(lw.SimilarityGraph.none(N), 0)


def test_pairs_are_held_out_of_every_part_of_a_mix():
    mixture = lw.mix(neighbors(), lw.labels(CLASSES), 0.5)
    left, pairs = hold_out_pairs(mixture, seed=3)
    a, b = pairs.numpy()
    assert [share for share, _ in left.parts] == [0.5, 0.5]
    for _, part in left.parts:
        matrix = part.to_scipy().toarray()
        assert not matrix[a, b].any()
        assert not matrix[b, a].any()
    assert (mixture.to_scipy().toarray()[a, b] > 0).all()


def test_the_measure_is_the_share_of_random_samples_that_are_less_similar():
    samples = lw.open(PIXELS.astype(np.float32))
    pairs = torch.tensor([[0, 1, 2], [10, 20, 30]])
    normalize = statistics(samples)
    found = pair_auc(nn.Identity(), samples, normalize, pairs, seed=0)
    x = (PIXELS - np.array(normalize.mean)) / np.array(normalize.std)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    slow = [
        (x[i] @ x[j] > x[i] @ x[r]) + 0.5 * (x[i] @ x[j] == x[i] @ x[r])
        for i, j in pairs.T.tolist()
        for r in range(N)
        if r not in (i, j)
    ]
    assert found == pytest.approx(np.mean(slow), abs=1e-6)


def test_only_a_better_epoch_is_remembered():
    selection = Selection("rankme")
    assert selection.writes
    found = [selection.improved(epoch, {"rankme": value}) for epoch, value in ((1, 2.0), (2, 5.0), (3, 4.0))]
    assert found == [True, True, False]
    assert not selection.improved(4, {"loss": 1.0})
    assert (selection.best, selection.epoch, selection.writes) == (5.0, 2, False)
    assert Selection("last").writes


@pytest.mark.parametrize("rule", ["rankme", "pairs"])
def test_the_encoder_of_the_best_epoch_is_kept_also_when_resumed(rule, tmp_path, capfd):
    """With a rate that grows absurd the first measured epoch is rarely the last; epochs are compared one by one."""
    options = {"keep": rule, "lr": 3.0, "epochs": 4, "save_every": 0.0}
    encoders = {}

    class Keeps:
        def on_epoch(self, state):
            encoders[state.epoch] = {name: value.clone() for name, value in state.encoder.state_dict().items()}

    whole = quick(tmp_path / "whole", graph=neighbors(), callbacks=[Keeps()], quiet=False, **options)
    column = {"rankme": "rankme", "pairs": "pair_auc"}[rule]
    measured = {int(row["epoch"]): row[column] for row in whole.metrics() if row.get(column) == row.get(column)}
    best = max(measured, key=measured.get)
    assert whole.record["kept"]["epoch"] == best
    assert whole.record["kept"]["measure"] == pytest.approx(measured[best], rel=1e-5)
    assert f"the encoder of epoch {best} is kept ({rule})" in capfd.readouterr().err
    kept = whole.encoder().state_dict()
    assert all(torch.equal(kept[name], value) for name, value in encoders[best].items())
    part = quick(tmp_path / "part", graph=neighbors(), minutes=0, **options)
    while not part.finished:
        part = quick(part.path, graph=neighbors(), minutes=0, resume=True, **options)
    assert equal(whole, part)
    assert part.record["kept"] == whole.record["kept"]
    np.testing.assert_array_equal(TrainedRun.load(part.path).embed(digits()), whole.embed(digits()))


def test_held_out_pairs_stay_out_of_mined_graphs_also_when_resumed(tmp_path):
    """What is mined joins all of a class, and so has every pair that was held out."""
    options = {"graph": lw.labels(CLASSES), "keep": "pairs", "remine": 1, "save_every": 0.0}
    options["remine_with"] = lambda space, epoch: lw.labels(CLASSES)
    whole = quick(tmp_path / "whole", **options)
    part = quick(tmp_path / "part", minutes=0, **options)
    while not part.finished:
        part = quick(part.path, minutes=0, resume=True, **options)
    assert equal(whole, part)
    given, pairs = hold_out_pairs(options["graph"], seed=0)
    for run in (whole, part):
        assert run.record["mined"] == 2
        np.testing.assert_array_equal(run.graph.to_scipy().toarray(), given.to_scipy().toarray())
        begun = lw.SimilarityGraph.load(run.path / "graph").to_scipy().toarray()
        assert (begun[pairs[0], pairs[1]] > 0).all()  # whole, so that run.json repeats the run
    assert part.record["kept"] == whole.record["kept"]
    assert {row["epoch"] for row in whole.metrics() if row["pair_auc"] == row["pair_auc"]} >= {1, 3}


@pytest.mark.parametrize("stops", [[9], [15], range(1, 18)], ids=str)
def test_what_is_kept_does_not_depend_on_where_a_run_stopped(stops, tmp_path, monkeypatch):
    """Every second epoch is due; the third and the fifth are measured only by a run that stops there."""
    monkeypatch.setattr(monitors, "SHARE", 0.2)
    found = {1: 1.0, 2: 2.0, 3: 9.0, 4: 3.0, 5: 8.0, 6: 2.5}
    monkeypatch.setattr(watching, "measure", lambda learner, watch: {"rankme": found[learner.epochs_done]})

    class Stops:
        def on_step(self, state):
            if state.step in stops:
                state.stop()

    options = {"graph": neighbors(), "keep": "rankme", "epochs": 6}
    whole = quick(tmp_path / "whole", **options)
    assert whole.record["kept"] == {"epoch": 4, "measure": 3.0}
    part = quick(tmp_path / "part", callbacks=[Stops()], **options)
    for _ in stops:
        assert not part.finished
        part = quick(part.path, callbacks=[Stops()], resume=True, **options)
    assert part.finished
    assert part.record["kept"] == whole.record["kept"]
    np.testing.assert_array_equal(part.embed(digits()), whole.embed(digits()))
