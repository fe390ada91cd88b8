"""Series: from arrays, lists and tables; what was guessed is said; what cannot be read is named."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import torch

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)
WALKS = rng.standard_normal((8, 2, 30)).cumsum(-1)


def test_floats_outside_of_the_unit_range_are_series_and_the_guess_is_said():
    samples = open_samples(WALKS)
    assert (samples.kind, samples.shape, len(samples.notes)) == ("series", (2, 30), 1)
    assert "read as series of 2 channels and 30 steps; were they grey images, say modality='image'" in samples.notes[0]
    torch.testing.assert_close(samples.storage, torch.from_numpy(WALKS).float())
    assert repr(samples).startswith("8 series of 2 x 30, in memory")
    for source in (torch.from_numpy(WALKS), WALKS.astype(">f4")):
        assert open_samples(source).fingerprint == samples.fingerprint
    assert not open_samples(WALKS, modality="series").notes


def test_floats_in_the_unit_range_and_bytes_stay_images():
    wide = rng.random((6, 4, 40))
    samples = open_samples(wide)
    assert (samples.kind, samples.shape) == ("image", (1, 4, 40))
    assert "were they series of 4 channels and 40 steps, say modality='series'" in samples.notes[0]
    assert open_samples(wide, modality="series").shape == (4, 40)
    for usual in (rng.random((6, 16, 20)), (255 * wide).astype(np.uint8), rng.random((6, 4, 40, 3))):
        assert (open_samples(usual).kind, open_samples(usual).notes) == ("image", ())
    for square in (WALKS[:, :, :2], (100 * WALKS).astype(int)):
        with pytest.raises(LikewiseError, match="say modality='series' if they are series"):
            open_samples(square)
        assert open_samples(square, modality="series").kind == "series"


@pytest.mark.parametrize("scale", [1, 0.001])
def test_tall_floats_are_series_with_channels_last_and_it_is_said(scale):
    windows = np.abs(WALKS.transpose(0, 2, 1)) * scale
    samples = open_samples(windows)
    assert (samples.kind, samples.shape) == ("series", (2, 30))
    torch.testing.assert_close(samples.storage, torch.from_numpy(windows).float().movedim(2, 1))
    assert "read as series of 30 steps and 2 channels, channels last" in samples.notes[0]
    assert open_samples(windows, modality="series").shape == (30, 2)
    said = open_samples(windows, modality="series", modality_options={"channels": "last"})
    assert said.fingerprint == samples.fingerprint
    assert open_samples((255 * windows / windows.max()).astype(np.uint8)).kind == "image"
    with pytest.raises(LikewiseError, match="unknown choice for channels 'middle'"):
        open_samples(windows, modality="series", modality_options={"channels": "middle"})


def test_files_and_single_channels(tmp_path):
    np.save(tmp_path / "x.npy", WALKS)
    np.savez(tmp_path / "x.npz", x=WALKS, y=np.arange(8) % 2)
    resident, streamed = (open_samples(tmp_path / "x.npy", resident=each) for each in (True, False))
    assert (streamed.kind, streamed.fingerprint) == ("series", resident.fingerprint)
    assert open_samples(tmp_path / "x.npz", modality="series").classes == ("0", "1")
    flat = open_samples(WALKS[:, 0], modality="series")
    assert torch.equal(flat.storage, resident.storage[:, :1])
    assert open_samples(WALKS[:, 0]).kind == "vector"
    streamed = open_samples(WALKS[:, 0], modality="series", resident=False)
    assert torch.equal(streamed.read([3, 1]), flat.read([3, 1]))


def test_lists_of_series_of_one_length_or_padded():
    assert (open_samples(list(WALKS)).kind, open_samples([torch.zeros(4, 8), torch.zeros(4, 8)]).kind) == (
        "series",
        "image",
    )
    listed = open_samples([(walk, row % 2) for row, walk in enumerate(WALKS)], modality="series")
    torch.testing.assert_close(listed.storage, torch.from_numpy(WALKS).float())
    assert listed.labels.tolist() == [0, 1] * 4
    ragged = [WALKS[0, 0], WALKS[1, 0, :20]]
    with pytest.raises(LikewiseError, match=r"series 1 has 20 steps, but series 0 has 30: .* say lengths='pad'"):
        open_samples(ragged, modality="series")
    padded = open_samples(ragged, modality="series", modality_options={"lengths": "pad"})
    assert padded.shape == (1, 30)
    np.testing.assert_allclose(padded.read([1])[0, 0], np.r_[WALKS[1, 0, :20], [WALKS[1, 0, 19]] * 10], rtol=1e-6)
    with pytest.raises(LikewiseError, match="as many channels as the others"):
        open_samples([WALKS[0], WALKS[1, :1]], modality="series")
    with pytest.raises(LikewiseError, match="series 1 has no steps"):
        open_samples([WALKS[0], WALKS[1, :, :0]], modality="series", modality_options={"lengths": "pad"})


def test_wide_tables(tmp_path):
    rows = "\n".join(
        f"s{row},{','.join(f'{value:.6f}' for value in walk)},{row % 2}" for row, walk in enumerate(WALKS[:, 0])
    )
    (tmp_path / "w.csv").write_text(f"key,{','.join(f't{step}' for step in range(30))},label\n{rows}\n")
    samples = open_samples(tmp_path / "w.csv", modality="series")
    np.testing.assert_allclose(samples.storage[:, 0], WALKS[:, 0], atol=1e-5)
    assert (samples.keys.values[2], samples.labels.tolist(), samples.features) == ("s2", [0, 1] * 4, ())
    assert samples.notes == ("the 30 steps of each series are: t0 to t29",)
    some = open_samples(tmp_path / "w.csv", modality="series", modality_options={"values": "t3,t5"})
    np.testing.assert_allclose(some.storage[:, 0], WALKS[:, 0, [3, 5]], atol=1e-5)
    table = pa.table({"up": WALKS[:, 0].tolist(), "down": WALKS[:, 1].tolist(), "age": np.arange(8)})
    parquet.write_table(table, tmp_path / "lists.parquet")
    lists = open_samples(tmp_path / "lists.parquet", modality="series")
    np.testing.assert_allclose(lists.storage, WALKS, rtol=1e-6)
    assert lists["age"].tolist() == list(range(8))
    parquet.write_table(pa.table({"a": [[1.0, 2.0]] * 3, "b": [[1.0]] * 3}), tmp_path / "odd.parquet")
    with pytest.raises(LikewiseError, match="the columns a, b hold series of different lengths"):
        open_samples(tmp_path / "odd.parquet", modality="series")


@pytest.fixture
def long(tmp_path):
    """A table with a row for each step, in random order."""
    who, step = (each.ravel() for each in np.meshgrid(np.arange(8), np.arange(30), indexing="ij"))
    order = rng.permutation(len(who))
    columns = {"who": [f"p{i}" for i in who], "day": step, "up": WALKS[who, 0, step], "down": WALKS[who, 1, step]}
    columns |= {"label": [f"c{i % 2}" for i in who], "mood": rng.random(len(who))}
    table = pa.table({name: np.asarray(values)[order] for name, values in columns.items()})
    parquet.write_table(table, tmp_path / "long.parquet")
    return tmp_path / "long.parquet"


def test_long_tables(long):
    options = {"by": "who", "time": "day", "values": ["up", "down"]}
    samples = open_samples(long, modality="series", modality_options=options)
    rows = [int(key[1:]) for key in samples.keys.values]
    assert sorted(rows) == list(range(8))
    np.testing.assert_allclose(samples.storage, WALKS[rows], rtol=1e-6)
    assert samples.label_names.tolist() == [f"c{row % 2}" for row in rows]
    assert samples.notes == (
        "8 series of 240 rows, channels: up, down",
        "columns that change within a series are left out: day, mood",
    )
    rows = [row | {"day": f"day {row['day']:02d}"} for row in parquet.read_table(long).to_pylist()]
    parquet.write_table(pa.Table.from_pylist(rows), long)
    assert open_samples(long, modality="series", modality_options=options).fingerprint == samples.fingerprint
    every = open_samples(long, modality="series", modality_options={"by": "who", "time": "day"})
    assert every.shape == (3, 30)  # mood is a number, too


@pytest.mark.parametrize(
    ("options", "change", "sentence"),
    [
        ({"by": "whom"}, None, "unknown column 'whom': did you mean 'who'"),
        ({"time": "day"}, None, "say by= which column"),
        ({"by": "who", "time": "day", "values": "up"}, {"day": 3}, "has two rows of the time 3"),
        ({"by": "who", "time": "day", "values": "up"}, {"day": None}, "row 0 of the table has no time"),
        ({"by": "who", "values": "up"}, {"up": None}, "row 0 of the table has NaN, infinity or nothing in column 'up'"),
        ({"by": "who", "values": "up"}, {"who": "p9"}, "steps, but series 0 has 1: cut or resample"),
        ({"lengths": "cut"}, None, "unknown choice for lengths 'cut'"),
    ],
)
def test_bad_tables_are_named(long, options, change, sentence):
    if change:
        rows = parquet.read_table(long).to_pylist()
        rows[0] |= change
        if "day" in change and change["day"] is not None:
            rows[1] |= change | {"who": rows[0]["who"]}
        parquet.write_table(pa.Table.from_pylist(rows), long)
    with pytest.raises(LikewiseError, match=sentence):
        open_samples(long, modality="series", modality_options=options)


@pytest.mark.parametrize(
    ("source", "options", "sentence"),
    [
        (np.where(np.arange(8)[:, None, None] == 5, np.nan, WALKS), {}, "row 5 has NaN or infinite"),
        (WALKS[..., None], {}, r"series must have the shape \[n, C, T\] or \[n, T\], got \[8, 2, 30, 1\]"),
        (WALKS, {"size": 8}, r"size and channels are for images, but an array of shape \[8, 2, 30\] holds series"),
        (WALKS.astype(str), {}, "samples must be numbers"),
        (".", {}, r"holds pictures, and modality='series' reads none"),
    ],
)
def test_bad_series_are_named(source, options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        open_samples(source, modality="series", **options)


def test_series_are_trained_and_shown(tmp_path):
    samples = open_samples(WALKS.repeat(4, axis=0) + rng.standard_normal((32, 2, 30)), labels=np.arange(32) // 4)
    graph = lw.neighbors(lw.priors.pixels(samples), 2)
    run = lw.fit(samples, graph, epochs=1, batch_size=16, out=tmp_path / "run", quiet=True, monitor=0.0)
    assert run.record["encoder"]["name"] == "conv1d"
    assert run.embed(samples).shape == (32, 128)
    assert "data:image/svg+xml" in run.report(samples=samples).read_text()
    assert lw.priors.autoencoder(samples, 3, epochs=1, cache=tmp_path).array.shape == (32, 3)
    assert lw.priors.scaled(samples).array.shape == (32, 60)
    with pytest.raises(LikewiseError, match="size is a side in pixels for images, got 8 for samples of kind 'series'"):
        lw.priors.pixels(samples, size=8)
    with pytest.raises(LikewiseError, match="needs images, the samples are of kind 'series'"):
        lw.priors.timm("resnet18", samples)
