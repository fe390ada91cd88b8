import numpy as np
import pytest
import torch

from likewise.data import open_samples
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)
PIXELS = rng.integers(0, 256, (6, 8, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy])
def test_the_channel_axis_is_found(make):
    expected = torch.from_numpy(PIXELS.transpose(0, 3, 1, 2).copy())
    assert torch.equal(open_samples(make(PIXELS)).read(np.arange(6)), expected)
    assert torch.equal(open_samples(make(PIXELS.transpose(0, 3, 1, 2).copy())).read(np.arange(6)), expected)
    assert open_samples(make(PIXELS[..., 0].copy())).shape == (1, 8, 9)
    assert open_samples(np.zeros((4, 13, 20, 21), np.uint8)).shape == (13, 20, 21)


@pytest.mark.parametrize("shape", [(4, 3, 8, 3), (4, 1, 28, 1), (4, 8, 9, 8)])
def test_ambiguous_channels_are_an_error_that_says_how(shape):
    with pytest.raises(LikewiseError, match=r"bring it to \[n, C, H, W\]"):
        open_samples(np.zeros(shape, np.uint8))


def test_float_images_and_other_numbers_become_bytes():
    assert torch.equal(open_samples(PIXELS / 255).storage, open_samples(PIXELS).storage)
    assert torch.equal(open_samples(PIXELS.astype(np.int32)).storage, open_samples(PIXELS).storage)
    assert torch.equal(open_samples(PIXELS.astype(">u2")).storage, open_samples(PIXELS).storage)
    assert open_samples(np.ones((2, 4, 5), bool)).storage.unique().tolist() == [255]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((0, 4)), "holds no samples"),
        (np.zeros((1, 4)), "1 sample: .* at least 2"),
        (np.zeros(4), r"must have the shape .* got \[4\]"),
        (np.array([["a"], ["b"]]), "must be numbers"),
        (np.array([[0.0], [1.0], [np.nan]]), "row 2 has NaN or infinite"),
        (np.array([[0.0], [1e300]]), "row 1 has NaN or infinite"),
        (np.stack([np.zeros((3, 3)), np.full((3, 3), 1.5)]), r"floats? images must lie in \[0, 1\], but row 1"),
        (np.stack([np.zeros((3, 3), int), np.full((3, 3), 256)]), r"\[0, 255\], but row 1"),
        ((PIXELS, [1] * 6), "labels by labels="),
        ({"train": PIXELS}, r"source\['train'\]"),
        ([], "holds no samples"),
        (3, "cannot open a int"),
        ("no/such/place", "no file or folder"),
    ],
)
def test_bad_sources_are_named(source, message):
    with pytest.raises(LikewiseError, match=message):
        open_samples(source)


def test_size_and_channels_of_arrays():
    flat = np.broadcast_to(np.array([10, 20, 30], np.uint8), (4, 16, 24, 3)).copy()
    small = open_samples(flat, size=8)
    assert small.shape == (3, 8, 8)
    assert torch.equal(small.storage[0, :, 0, 0], torch.tensor([10, 20, 30], dtype=torch.uint8))
    assert "brought to 3 x 8 x 8" in small.notes[0]
    assert open_samples(flat, channels=1).storage.unique().tolist() == [round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)]
    assert open_samples(flat[..., 0].copy(), channels=3).shape == (3, 16, 24)
    with pytest.raises(LikewiseError, match="holds vectors"):
        open_samples(np.eye(4), size=8)
    with pytest.raises(LikewiseError, match="channels must be 1"):
        open_samples(flat, channels=2)


def test_streamed_arrays_read_as_resident_ones(tmp_path):
    np.save(tmp_path / "x.npy", PIXELS)
    streamed = open_samples(tmp_path / "x.npy", resident=False)
    resident = open_samples(tmp_path / "x.npy")
    ids = np.array([[5, 0], [0, 3]])
    assert (streamed.resident, resident.resident) == (False, True)
    assert streamed.storage is None
    assert torch.equal(streamed.read(ids), resident.read(ids))
    assert streamed.fingerprint == resident.fingerprint
    assert streamed.keys == resident.keys
    nan = open_samples(np.array([[0.0], [1.0], [np.nan]]), resident=False)
    with pytest.raises(LikewiseError, match="row 2 has NaN"):
        nan.read([0, 2])


def test_a_part_of_an_archive(tmp_path):
    parts = {"train_images": PIXELS, "train_labels": np.arange(6), "test_images": PIXELS[:4], "test_labels": np.ones(4)}
    np.savez(tmp_path / "parts.npz", **parts)
    assert open_samples(tmp_path / "parts.npz:train").labels.tolist() == list(range(6))
    assert len(open_samples(f"{tmp_path}/parts.npz:test")) == 4
    with pytest.raises(LikewiseError, match=r"it has parts: open .*parts.npz:test, say"):
        open_samples(tmp_path / "parts.npz")
    with pytest.raises(LikewiseError, match="has no array val_x"):
        open_samples(tmp_path / "parts.npz:val")


def test_npz_names_and_no_pickles(tmp_path):
    np.savez(tmp_path / "a.npz", images=PIXELS, labels=np.arange(6)[:, None])
    assert open_samples(tmp_path / "a.npz").labels.tolist() == list(range(6))
    np.savez(tmp_path / "b.npz", pictures=PIXELS)
    with pytest.raises(LikewiseError, match=r"no array x, images, data; it has pictures"):
        open_samples(tmp_path / "b.npz")
    np.save(tmp_path / "c.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(LikewiseError, match=r"cannot read .*c\.npy"):
        open_samples(tmp_path / "c.npy")
    (tmp_path / "d.txt").write_text("?")
    with pytest.raises(LikewiseError, match=r"give a folder of images, a \.npy"):
        open_samples(tmp_path / "d.txt")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_are_separated_by_what_their_header_has(tmp_path, mark):
    pytest.importorskip("pyarrow")
    (tmp_path / "t.csv").write_text("a,b,place\n1,2.5,north\n3,4,south\n".replace(",", mark))
    table = open_samples(tmp_path / "t.csv")
    assert table.storage.tolist() == [[1.0, 2.5], [3.0, 4.0]]
    assert table["place"].tolist() == ["north", "south"]


def test_tables_of_vectors(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    (tmp_path / "t.csv").write_text("key,a,b,label,place\nk1,1,2.5,cat,north\nk2,3,4,dog,\nk3,5,6,cat,south\n")
    table = open_samples(tmp_path / "t.csv")
    assert table.read([1]).tolist() == [[3.0, 4.0]]
    assert table["place"].tolist() == ["north", "", "south"]
    assert (table.features, table.subset([1]).features) == (("a", "b"), ("a", "b"))
    assert (table.classes, table.labels.tolist()) == (("cat", "dog"), [0, 1, 0])
    assert open_samples(tmp_path / "t.csv", keys="key", labels="place").keys.values.tolist() == ["k1", "k2", "k3"]
    parquet.write_table(pa.table({"embedding": [[1.0, 2.0], [3.0, 4.0]], "name": ["a", "b"]}), tmp_path / "e.parquet")
    vectors = open_samples(tmp_path / "e.parquet")
    assert vectors.storage.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert vectors.features == ()
    (tmp_path / "gap.csv").write_text("a,b\n1,2\n3,\n")
    with pytest.raises(LikewiseError, match="row 1 of the table has NaN, infinity or nothing in column 'b'"):
        open_samples(tmp_path / "gap.csv")
    (tmp_path / "words.csv").write_text("a,b\nx,y\n")
    with pytest.raises(LikewiseError, match=r"no column of numbers.*a, b"):
        open_samples(tmp_path / "words.csv")
    parquet.write_table(pa.table({"e": [[1.0, 2.0], [3.0]]}), tmp_path / "ragged.parquet")
    with pytest.raises(LikewiseError, match="lists of column 'e' differ"):
        open_samples(tmp_path / "ragged.parquet")
    (tmp_path / "broken.parquet").write_text("not arrow")
    with pytest.raises(LikewiseError, match=r"broken\.parquet cannot be read as Parquet"):
        open_samples(tmp_path / "broken.parquet")


def test_labels_keys_and_columns_are_checked(tmp_path):
    with pytest.raises(LikewiseError, match=r"'label' has the shape \[5\], but there are 6 samples"):
        open_samples(PIXELS, labels=np.zeros(5))
    with pytest.raises(LikewiseError, match="'patient' has the shape"):
        open_samples(PIXELS, columns={"patient": ["p"]})
    with pytest.raises(LikewiseError, match="key 'a' occurs twice"):
        open_samples(PIXELS, keys=list("abcdea"))
    with pytest.raises(LikewiseError, match="unknown column 'lable'"):
        open_samples(PIXELS, labels="lable")
    (tmp_path / "c.csv").write_text("key,age\n" + "".join(f"{key},{row}\n" for row, key in enumerate("fedcba")))
    joined = open_samples(PIXELS, keys=list("abcdef"), columns=tmp_path / "c.csv")
    assert joined["age"].tolist() == [5, 4, 3, 2, 1, 0]
    with pytest.raises(LikewiseError, match=r"no row for the key 'x' \(1 of 6"):
        open_samples(PIXELS, keys=list("abcdex"), columns=tmp_path / "c.csv")
    (tmp_path / "twice.csv").write_text("key,age\na,1\na,2\n")
    with pytest.raises(LikewiseError, match="key 'a' occurs twice"):
        open_samples(PIXELS, keys=list("abcdef"), columns=tmp_path / "twice.csv")
    (tmp_path / "nokey.csv").write_text("age\n1\n")
    with pytest.raises(LikewiseError, match='needs a column "key"'):
        open_samples(PIXELS, keys=list("abcdef"), columns=tmp_path / "nokey.csv")
