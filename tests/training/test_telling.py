"""What a person sees while a run trains."""

import re
import time

import pytest

from likewise.training import telling
from likewise.training.telling import Teller


class Clock:
    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(telling.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def trained(teller, clock, steps, seconds):
    for _ in range(steps):
        clock.now += seconds
        if teller.stepped():
            teller.tell_step(1.5)


def test_after_ten_steps_one_line_says_how_long_it_will_take(clock, capfd):
    teller = Teller(epochs=20, steps=100)
    clock.now = 60.0  # setting up takes its time, which later steps do not
    trained(teller, clock, 12, 2.0)
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("after")]
    assert lines == ["after 10 steps: an epoch of 100 steps takes about 3 min 20 s, the run about 1 h 6 min"]


def test_a_resumed_run_tells_what_is_left(clock, capfd):
    trained(Teller(epochs=2, steps=100, done=100), clock, 10, 1.0)
    assert capfd.readouterr().err.strip().endswith("the rest of the run about 1 min 30 s")


def test_long_epochs_move_every_thirty_seconds(clock, capfd):
    teller = Teller(epochs=1, steps=1000)
    trained(teller, clock, 400, 1.0)
    lines = capfd.readouterr().err.splitlines()
    assert 400 / 30 <= len(lines) <= 400 / 25 + 2
    assert re.fullmatch(r"epoch    1/1  step \d+/1,000  loss 1.5000  1\d min \d+ s left", lines[1])


def test_epochs_that_pass_quickly_share_a_line(clock, capfd):
    teller = Teller(epochs=10, steps=1)
    for epoch in range(1, 11):
        trained(teller, clock, 1, 0.5)
        teller.tell_epoch(epoch, {"loss": 0.25, "images_per_second": 1e4, "waiting": 0.01, "knn": 0.5, "rankme": 3.0})
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("epoch")]
    assert told[0] == "epoch    1/10  loss 0.2500  kNN 50.0%  RankMe 3.0  10,000 samples/s, waiting 1.0%  4 s left"
    assert [int(line.split()[1].split("/")[0]) for line in told] == [1, 5, 9, 10]


def test_something_moves_also_within_a_step(monkeypatch, capfd):
    monkeypatch.setattr(telling, "SELDOM", 0.0)
    teller = Teller(epochs=1, steps=5)
    teller.doing = "measuring"
    with teller.heartbeat():
        until = time.monotonic() + 30
        while not (said := capfd.readouterr().err) and time.monotonic() < until:
            time.sleep(0.05)
    assert re.match(r"step 0 of 5: measuring, for \d+ s so far", said)


def test_quiet_is_quiet(clock, capfd):
    teller = Teller(epochs=1, steps=100, quiet=True)
    with teller.heartbeat():
        trained(teller, clock, 100, 10.0)
        teller.tell_epoch(1, {"loss": 1.0, "images_per_second": 1.0, "waiting": 0.0})
    assert capfd.readouterr() == ("", "")
