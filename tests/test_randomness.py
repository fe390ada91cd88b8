import numpy as np
import torch

from likewise.randomness import host_generator, numpy_generator, random_rows, seed_global, seed_of, torch_generator


def test_seeds_follow_every_part_and_their_order():
    parts = [(0,), (1,), (0, 0), (0, 1), (1, 0), (0, "draw"), (0, "views"), (1, 1, 0)]
    parts += [("a", "b"), ("a/b",), ("a~1b",), ("a~b",)]
    assert len({seed_of(*part) for part in parts}) == len(parts)
    assert seed_of(3, "draw") == seed_of(np.int64(3), "draw") == 7147066997784686233  # for ever: runs resume by it
    assert all(0 <= seed_of(step) < 1 << 63 for step in range(500))


def test_generators_repeat_themselves():
    a, b, c = (torch.rand(3, generator=torch_generator(0, "x", step)) for step in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    a, b, c = (numpy_generator(0, "x", step).random(3) for step in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_neighbouring_seeds_are_well_mixed():
    first = np.array([numpy_generator(0, step).random() for step in range(2000)])
    assert abs(first.mean() - 0.5) < 0.03
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.08


def test_a_generator_of_the_cpu_stays_and_one_of_another_device_seeds_one():
    mine = torch_generator(0, "x")
    assert host_generator(None) is None
    assert host_generator(mine) is mine


def test_global_generators_are_seeded_as_torch_does():
    seed_global(7, torch.device("cpu"))
    found = torch.rand(3)
    torch.manual_seed(7)
    assert torch.equal(found, torch.rand(3))


def test_random_rows_are_some_of_those_given_each_once_and_in_order():
    rows = random_rows(1000, 100, 0, "sample")
    assert len(np.unique(rows)) == 100
    assert np.array_equal(rows, np.sort(rows))
    assert abs(rows.mean() - 500) < 120
    assert np.array_equal(rows, random_rows(1000, 100, 0, "sample"))
    assert not np.array_equal(rows, random_rows(1000, 100, 1, "sample"))
    assert np.isin(random_rows(rows, 7, 3), rows).all()
    assert np.array_equal(random_rows(5, 100, 0), np.arange(5))
