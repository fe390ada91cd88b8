import pytest

from likewise.data.levels import of_folders
from likewise.errors import LikewiseError


def paths(*folders, each=3):
    return [f"{folder}/{row}.jpg" for folder in folders for row in range(each)]


def test_parts_of_the_data_are_no_classes():
    columns, notes = of_folders(paths("train/cat", "train/dog", "Val/cat", "Val/dog"))
    assert sorted(set(columns["split"])) == ["Val", "train"]
    assert (
        columns["label"].tolist() == columns["folder"].tolist() == ["cat"] * 3 + ["dog"] * 3 + ["cat"] * 3 + ["dog"] * 3
    )
    assert notes[0].startswith("the folders Val, train are parts of the data, not classes")


def test_parts_of_the_data_are_found_at_any_level():
    assert set(of_folders(paths("cat/train", "cat/test", "dog/train", "dog/test"))[0]["label"]) == {"cat", "dog"}
    columns, _ = of_folders(paths("pets/train/cat", "pets/train/dog", "pets/test/cat"))
    assert (set(columns["split"]), set(columns["label"])) == ({"train", "test"}, {"cat", "dog"})


@pytest.mark.parametrize(
    "names", ["train2017 val2017", "Training Validation Test", "train_set test-set", "train unlabeled"]
)
def test_parts_have_many_names(names):
    columns, _ = of_folders(paths(*(f"{name}/{kind}" for name in names.split() for kind in ("cat", "dog"))))
    assert set(columns["split"]) == set(names.split())
    assert set(columns["label"]) == {"cat", "dog"}


def test_parts_without_classes_give_no_labels():
    columns, _ = of_folders(paths("train", "test"))
    assert set(columns) == {"split"}


def test_a_class_called_like_a_part_is_a_class_beside_others():
    columns, _ = of_folders(paths("test", "cat", "dog"))
    assert set(columns) == {"folder", "label"}
    assert set(columns["label"]) == {"test", "cat", "dog"}


def test_labels_are_the_deepest_level_that_repeats():
    columns, notes = of_folders(paths("fruit/lime", "fruit/apple/red", "fruit/apple/green", "milk/oat"))
    assert set(columns["label"]) == {"lime", "red", "green", "oat"}
    assert set(columns["folder"]) == {"fruit", "milk"}
    assert notes == [
        'labels are the folders of level 3 of 3 (4 names); labels="level:2" (--labels) takes level 2 (3 names)'
    ]


def test_folders_of_one_image_or_under_several_classes_are_no_labels():
    single = of_folders([f"{name}/{row}/x.jpg" for name in ("cat", "dog") for row in range(4)])
    crossed = of_folders(paths("cat/day", "cat/night", "dog/day", "dog/night"))
    for columns, _ in (single, crossed):
        assert set(columns["label"]) == {"cat", "dog"}
    assert "label" not in of_folders([f"{row}/x.jpg" for row in range(4)])[0]


def test_another_level_is_taken_by_number():
    files = [*paths("a/b/c", "a/d/e"), "a/z.jpg"]
    assert set(of_folders(files, "level:1")[0]["level:1"]) == {"a"}
    assert set(of_folders(files, "level:2")[0]["level:2"]) == {"b", "d", "a"}
    assert set(of_folders(files, "level:-1")[0]["level:-1"]) == {"c", "e", "a"}
    assert set(of_folders(files, "level:-2")[0]["level:-2"]) == {"b", "d", ""}
    assert "label" not in of_folders(files, "level:1")[0]
    for wrong in ("level:4", "level:0", "level:x"):
        with pytest.raises(LikewiseError, match="must be a level of the 3 levels of folders"):
            of_folders(files, wrong)
