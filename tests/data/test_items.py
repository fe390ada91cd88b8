import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, TensorDataset

from likewise.data import open_samples
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)
PIXELS = rng.integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
EXPECTED = torch.from_numpy(PIXELS.transpose(0, 3, 1, 2).copy())


class Pictures(Dataset):
    classes = ("cat", "dog", "elk")

    def __init__(self, make):
        self.make = make

    def __len__(self):
        return len(PIXELS)

    def __getitem__(self, row):
        return self.make(row)


@pytest.mark.parametrize(
    "make",
    [
        lambda row: (Image.fromarray(PIXELS[row]), row % 3),
        lambda row: (EXPECTED[row], torch.tensor(row % 3)),
        lambda row: (EXPECTED[row] / 255, row % 3),
        lambda row: {"image": PIXELS[row], "label": row % 3},
    ],
)
@pytest.mark.parametrize("resident", [True, False])
def test_images_of_torch_datasets(make, resident):
    samples = open_samples(Pictures(make), resident=resident)
    assert torch.equal(samples.read(np.arange(5)), EXPECTED)
    assert samples.classes == ("cat", "dog", "elk")
    assert samples.labels.tolist() == [0, 1, 2, 0, 1]


def test_images_without_labels_and_of_two_sizes():
    assert open_samples(Pictures(lambda row: EXPECTED[row])).labels is None
    assert torch.equal(open_samples([Image.fromarray(x) for x in PIXELS]).storage, EXPECTED)
    mixed = open_samples(Pictures(lambda row: Image.fromarray(PIXELS[row, : 4 + row % 2])), size=4)
    assert mixed.shape == (3, 4, 4)


def test_vectors_of_torch_datasets():
    x, y = torch.randn(6, 3), torch.tensor([0, 2, 1, 0, 2, 1])
    samples = open_samples(TensorDataset(x, y))
    assert torch.equal(samples.storage, x)
    assert samples.labels.tolist() == y.tolist()


def test_codes_outside_of_a_datasets_classes_are_no_labels():
    samples = open_samples(Pictures(lambda row: (EXPECTED[row], row % 3 - 1)))
    assert samples.classes == ("cat", "dog", "elk")
    assert samples.labels.tolist() == [-1, 0, 1, -1, 0]


def test_bad_items_are_named():
    with pytest.raises(LikewiseError, match=r"\[0, 1\], but row 3"):
        open_samples(Pictures(lambda row: EXPECTED[row] / 255 - float(row == 3)))
    with pytest.raises(LikewiseError, match="item 0 has 5 channels"):
        open_samples(Pictures(lambda row: torch.zeros(5, 8, 8)))
    with pytest.raises(LikewiseError, match="need an entry image"):
        open_samples(Pictures(lambda row: {"picture": PIXELS[row]}))
    with pytest.raises(LikewiseError, match="differ in shape"):
        open_samples(Pictures(lambda row: torch.zeros(row + 1)))


def test_hugging_face_images_and_vectors():
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "photo": datasets.Image(),
            "label": datasets.ClassLabel(names=["wolf", "bear"]),
            "age": datasets.Value("int64"),
            "place": datasets.Value("string"),
        }
    )
    rows = {
        "photo": [Image.fromarray(x) for x in PIXELS],
        "label": [0, 1, -1, 0, 1],
        "age": [1, 2, 3, 4, 5],
        "place": ["a", None, "b", "c", "d"],
    }
    samples = open_samples(datasets.Dataset.from_dict(rows, features=features))
    assert torch.equal(samples.storage, EXPECTED)
    assert samples.classes == ("wolf", "bear")
    assert samples.labels.tolist() == [0, 1, -1, 0, 1]
    assert samples["age"].tolist() == [1, 2, 3, 4, 5]
    assert samples["place"].tolist() == ["a", "", "b", "c", "d"]

    vectors = open_samples(datasets.Dataset.from_dict({"v": [[1.0, 2.0], [3.0, 4.0]], "id": [7, 8]}), keys="id")
    assert vectors.storage.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert vectors.keys.values.tolist() == ["7", "8"]
    with pytest.raises(LikewiseError, match=r"no column of images or vectors; it has text \(Value\)"):
        open_samples(datasets.Dataset.from_dict({"text": ["a", "b"]}))
    with pytest.raises(LikewiseError, match=r"source\['train'\]"):
        open_samples(datasets.DatasetDict({"train": datasets.Dataset.from_dict({"v": [[1.0], [3.0]]})}))


class Listed(Pictures):
    """As torchvision's ImageFolder: a root, the files, their classes."""

    def __init__(self, root, make):
        super().__init__(make)
        self.root = str(root)
        self.samples = [(f"{root}/{self.classes[row % 3]}/{row}.png", row % 3) for row in range(len(PIXELS))]


def test_datasets_of_files_have_the_keys_of_the_folder(tmp_path):
    def make(row):
        return Image.fromarray(PIXELS[row]), row % 3

    dataset = Listed(tmp_path, make)
    names = [f"{('cat', 'dog', 'elk')[row % 3]}/{row}.png" for row in range(5)]
    for name, pixels in zip(names, PIXELS, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / name)
    samples, folder = open_samples(dataset), open_samples(tmp_path)
    assert samples.keys.values.tolist() == names
    assert sorted(names) == folder.keys.values.tolist()
    assert dict(zip(samples.keys.values, samples.label_names, strict=True)) == dict(
        zip(folder.keys.values, folder.label_names, strict=True)
    )
    subset = open_samples(torch.utils.data.Subset(dataset, [4, 0, 1]))
    assert subset.keys.values.tolist() == [names[4], names[0], names[1]]
    assert subset.label_names.tolist() == ["dog", "cat", "dog"]
    (dataset.samples).append(("elsewhere.png", 0))
    assert open_samples(dataset).named is None


@pytest.mark.parametrize("vectors", [True, False])
def test_random_transforms_are_noticed(vectors):
    draw = np.random.default_rng(0)
    change = Pictures(
        lambda row: draw.random(7) if vectors else Image.fromarray(PIXELS[row] ^ draw.integers(0, 255, dtype=np.uint8))
    )
    (note,) = [note for note in open_samples(change).notes if "reading" in note]
    assert note.startswith("item 0 changes from reading to reading (by a random transform?)")
    still = Pictures(lambda row: np.full(7, row / 9) if vectors else Image.fromarray(PIXELS[row]))
    assert not [note for note in open_samples(still).notes if "reading" in note]


def test_streamed_datasets_lead_out():
    datasets = pytest.importorskip("datasets")
    stream = datasets.Dataset.from_dict({"v": [[1.0], [2.0]]}).to_iterable_dataset()
    with pytest.raises(LikewiseError, match="load it with streaming=False"):
        open_samples(stream)


@pytest.mark.parametrize("rows", [[[1, 5, 7], [3, 9, 40]], [(1.5, 2.5), (3.5, 4.5)], [[np.float32(1), 2], [3, 4]]])
def test_lists_of_numbers_are_samples_and_no_pairs_of_one_and_its_label(rows):
    samples = open_samples(rows)
    assert np.array_equal(samples.read([0, 1]).numpy(), np.array(rows, np.float32))
    assert "label" not in samples.columns
    series = open_samples(rows, modality="series")
    assert series.shape == (1, len(rows[0]))
